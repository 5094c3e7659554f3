import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { freshDatabase } from '../harness/postgres/database.ts';
import { Runs } from './runs.ts';

const runs = new Runs();

test('a server on PostgreSQL keeps everything there, and finds it when it starts again', async () => {
  const env = { DATA_DIR: await runs.directory(), DATABASE_URL: await freshDatabase() };
  const first = await runs.serving({ env });
  const [, key = ''] = await first.run.prints(/API key {4}(\S+)\n/);
  expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
  const { code, output } = await first.run.stop();
  expect(code).toBe(0);
  expect(output).toContain(`PostgreSQL at ${new URL(env.DATABASE_URL).host}, database bellhop_test_`);
  expect(output).not.toContain(env.DATABASE_URL);
  expect((await readdir(env.DATA_DIR)).filter((name) => name.startsWith('bellhop.db'))).toEqual([]);

  const second = await runs.serving({ env });
  const me = await fetch(`${second.url}/v1/me`, { headers: { Authorization: `Bearer ${key}` } });
  expect(me.status).toBe(200);
});

test('a database that does not answer, or lets nobody in, is named without its password', async () => {
  const DATA_DIR = await runs.directory();
  const wrong = new URL(await freshDatabase());
  wrong.password = 'sesame';
  const nobody = 'postgres://bellhop:sesame@127.0.0.1:1/bellhop';
  for (const [DATABASE_URL, problem] of [
    [nobody, 'the database at 127.0.0.1:1 cannot be used (connect ECONNREFUSED 127.0.0.1:1)'],
    [wrong.href, `the database at ${wrong.host} cannot be used (password authentication failed`],
  ] as const) {
    const says = await runs.refusal({ env: { DATA_DIR, DATABASE_URL } });
    expect(says).toContain(`DATABASE_URL: ${problem}`);
    expect(says).not.toContain('sesame');
  }
});
