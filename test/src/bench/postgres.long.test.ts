import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Runs } from '../api/runs.ts';
import { eventually } from '../harness/eventually.ts';
import { bench, rowsOf } from './run.ts';

const runs = new Runs();
/** A figure, or the median of some with the least and the most. */
const measured = /^[\d.,]+( \([\d.,]+–[\d.,]+\))?$/;
const positive = /[1-9]/;

test('one, two and four nodes on PostgreSQL are measured beside SQLite', async () => {
  const { run, temporary } = await bench(runs, 'nodes', '--quick');
  const { code, output } = await run.ended;
  const rows = rowsOf(output, 'Nodes on PostgreSQL');
  const stores = ['SQLite', 'PostgreSQL, 1 node', 'PostgreSQL, 2 nodes', 'PostgreSQL, 4 nodes'];
  expect(rows.map(([store]) => store)).toEqual([
    ...stores,
    'PostgreSQL, 4 nodes, load of one',
    ...stores.map((store) => `${store}, burst`),
  ]);
  for (const [store = '', perSecond, nodes, database, statements, aim, transactions] of rows) {
    for (const figure of [perSecond, nodes]) expect(figure).toMatch(positive);
    const onPostgres = store.startsWith('PostgreSQL');
    expect(aim).toMatch(onPostgres ? /^≤ 0.1: (met|missed)$/ : /^–$/);
    for (const figure of [database, statements, transactions]) {
      expect(figure).toMatch(onPostgres ? measured : /^–$/);
    }
    // Where nothing is to be locked, no transaction is opened for it.
    if (onPostgres) for (const figure of [database, statements]) expect(figure).toMatch(positive);
  }
  expect(code).toBe(0);
  expect(await readdir(temporary)).toEqual([]);
}, 240_000);

test('the steps of a store are measured on SQLite and on PostgreSQL, and a server on each', async () => {
  const { run, temporary } = await bench(runs, 'scale', '--quick');
  const { code, output } = await run.ended;
  const [sqlite, postgres] = ['SQLite', 'PostgreSQL'].map((name) => rowsOf(output, `Scale: the store, ${name}`));
  expect(sqlite?.map(([step]) => step)).toEqual(postgres?.map(([step]) => step));
  for (const [, small, big, ratio] of [...(sqlite ?? []), ...(postgres ?? [])]) {
    for (const figure of [small, big, ratio]) expect(figure).toMatch(measured);
  }
  const sizes = ['1,000 waiting, 1,000 webhooks', '100,000 waiting, 10,000 webhooks'];
  expect(rowsOf(output, 'Scale: a server on such a store').map(([store]) => store)).toEqual(
    ['SQLite', 'PostgreSQL'].flatMap((name) => sizes.map((size) => `${name}, ${size}`)),
  );
  expect(code).toBe(0);
  expect(await readdir(temporary)).toEqual([]);
}, 240_000);

test('the calm latency of nodes on PostgreSQL is measured beside that of SQLite', async () => {
  const { run, temporary } = await bench(runs, 'latency', '--quick');
  const { code, output } = await run.ended;
  const calm = rowsOf(output, 'Latency').filter(([load]) => load?.startsWith('fan-out 1, calm'));
  expect(calm.map(([load]) => load)).toEqual([
    'fan-out 1, calm',
    'fan-out 1, calm, PostgreSQL',
    'fan-out 1, calm, PostgreSQL, 2 nodes',
  ]);
  for (const [, , ...latencies] of calm) {
    for (const figure of latencies.slice(0, 4)) expect(figure).toMatch(measured);
  }
  expect(code).toBe(0);
  expect(await readdir(temporary)).toEqual([]);
}, 240_000);

test('a run over PostgreSQL that is interrupted ends the database with it', async () => {
  const { run, temporary } = await bench(runs, 'latency', '--quick');
  // initdb has such a file as well, which is never ready.
  const [pid] = await eventually(
    async () => (await pidFile(temporary)).split('\n'),
    (lines) => lines.some((line) => line.trim() === 'ready'),
  );
  const { code } = await run.stop('SIGTERM');
  expect(code).toBe(143);
  expect(await readdir(temporary)).toEqual([]);
  await eventually(
    async () => isRunning(Number(pid)),
    (running) => !running,
  );
}, 60_000);

/** Empty when there is none. */
async function pidFile(directory: string): Promise<string> {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  const name = names.find((each) => each.endsWith('postmaster.pid'));
  return name === undefined ? '' : readFile(join(directory, name), 'utf8').catch(() => '');
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
