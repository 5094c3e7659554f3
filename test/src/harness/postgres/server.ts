import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Postmaster } from './postmaster.ts';

/**
 * A PostgreSQL server that lives as long as somebody keeps the standard input of this process open: it is stopped and its
 * data are removed however the test run ends. Prints the URL of its databases once it answers. Does what the lines of the
 * input say, `kill` and `start`, and prints a line when it is done.
 */

/** What is written outlives its processes all the same: the system keeps it. */
const settings = { fsync: 'off', full_page_writes: 'off' };

async function obey(server: Postmaster): Promise<void> {
  for await (const order of createInterface({ input: process.stdin })) {
    if (order === 'kill') await server.kill();
    else await server.start();
    process.stdout.write(`${order}\n`);
  }
}

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'bellhop-postgres-'));
  // Whoever listens may end at any moment, too.
  process.stdout.on('error', () => {});
  try {
    const server = await Postmaster.prepare(directory, settings);
    await server.start();
    process.stdout.write(`${server.url}\n`);
    await obey(server);
    await server.stop();
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  process.exit();
}

await main();
