import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Postmaster } from '@bellhop/test/harness/postgres/postmaster';
import { answerCalls } from './calls.ts';

/** A PostgreSQL server with its own defaults: a commit is on the disk when it is answered. */
const settings = {
  // Counts what clients ask. A statement that it forgot to make room for others would be missing from the sum.
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.max': '20000',
};

let server: Postmaster | undefined;

answerCalls({
  start: async (parent: string) => {
    const directory = join(parent, 'postgres');
    mkdirSync(directory);
    server = await Postmaster.prepare(directory, settings);
    await server.start();
    return { url: server.url, pid: server.pid };
  },
  stop: () => server?.stop(),
});
