import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { Runs } from '../api/runs.ts';
import { eventually } from '../harness/eventually.ts';
import { bench, rowsOf } from './run.ts';

const runs = new Runs();

test('a quick run measures, prints what it was measured on, and leaves nothing behind', async () => {
  const { run, temporary } = await bench(runs, 'memory', '--quick');
  const { code, output } = await run.ended;
  expect(output).toMatch(/^CPU +.+, \d+ cores$/m);
  expect(output).toMatch(/^Memory +[\d,]+ MiB$/m);
  expect(output).toContain(`Node ${process.version}`);
  expect(output).toMatch(/^Load +\d+\.\d\d \d+\.\d\d \d+\.\d\d /m);
  const rows = rowsOf(output, 'Memory');
  expect(rows.map(([when, deliveries]) => [when, deliveries])).toEqual([
    ['after the start', '0'],
    ['before, warmed up', '0'],
    ['all accepted, none answered', '5,000'],
  ]);
  for (const [, , resident] of rows) expect(resident).toMatch(/^[1-9]\d* MiB$/);
  expect(output).toMatch(/- [1-9][\d,]+ requests were on the wire/);
  expect(code).toBe(0);
  expect(await readdir(temporary)).toEqual([]);
}, 60_000);

test('a run that is interrupted ends its processes and removes its files', async () => {
  const { run, temporary } = await bench(runs, 'memory', '--quick');
  await run.prints(/^Run /m);
  await eventually(
    () => readdir(temporary),
    ({ length }) => length > 0,
  );
  const { code, output } = await run.stop('SIGTERM');
  expect(code).toBe(143);
  expect(output).not.toContain('###');
  expect(await readdir(temporary)).toEqual([]);
}, 60_000);

test('a scenario that does not exist is named, with those that do', async () => {
  const { run } = await bench(runs, 'speed');
  const { code, output } = await run.ended;
  expect(code).toBe(1);
  expect(output).toContain('There is no scenario "speed".');
  for (const name of ['cpu', 'latency', 'memory', 'isolation', 'scale', 'nodes'])
    expect(output).toMatch(new RegExp(`^  ${name} `, 'm'));
});
