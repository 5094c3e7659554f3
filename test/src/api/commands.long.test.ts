import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createClient } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { emptyDatabase, freshDatabase } from '../harness/postgres/database.ts';
import { query } from '../harness/postgres/query.ts';
import { repository } from '../harness/server-run.ts';
import { Runs } from './runs.ts';

const runs = new Runs();

/** As `npm install` links it, run by the Node that comes first on the PATH. */
const bellhop = (...words: string[]): [string, ...string[]] => [
  join(repository, 'node_modules/.bin/bellhop'),
  ...words,
];

type Place = Readonly<Record<string, string>>;

/** Runs a command to its end. */
async function command(words: string, env: Place = {}) {
  return runs.start({ env, command: bellhop(...words.split(' ').filter(Boolean)) }).ended;
}

const unreachable = 'postgres://bellhop:sesame@127.0.0.1:1/bellhop';
const [applied, upToDate] = [/^Applied 0001-initial, .*\.\n$/, 'The tables are up to date.\n'];

/** A server that has taken so many events, and still runs. */
async function serverWith(events: number, env: Place) {
  const { run, url } = await runs.serving({ env });
  const [, apiKey = ''] = await run.prints(/API key +(sk_live_\S+)\n/);
  const client = createClient({ baseUrl: url, apiKey });
  const params = { provider: 'boltly', type: 'message.sent' };
  const { sample: data } = await client.getEventType({ params });
  await client.publishBatch({ body: { events: Array.from({ length: events }, () => ({ ...params, data })) } });
  return { run, client };
}

describe('bellhop', () => {
  test('without a word starts the server, and so does start', async () => {
    for (const words of [bellhop(), bellhop('start')]) {
      const env = { DATA_DIR: await runs.directory() };
      const { run, url } = await runs.serving({ env, command: words });
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      expect((await run.stop()).code).toBe(0);
    }
  });

  test('compiled code is kept where that can be written; elsewhere a command does without', async () => {
    const DATA_DIR = await runs.directory();
    const cache = await runs.directory();
    for (const NODE_COMPILE_CACHE of [join(cache, 'new'), join(DATA_DIR, 'bellhop.db', 'no-directory')]) {
      expect((await command('migrate', { DATA_DIR, NODE_COMPILE_CACHE })).code).toBe(0);
    }
    const [version = ''] = await readdir(join(cache, 'new'));
    expect(await readdir(join(cache, 'new', version))).not.toEqual([]);
  });

  test.each(['help', '--help', '-h'])('%s says what there is', async (word) => {
    const { code, output } = await command(word);
    expect(code).toBe(0);
    for (const each of ['start', 'migrate', 'prune', 'help']) expect(output).toMatch(new RegExp(`^  ${each} {4}`, 'm'));
  });

  test.each([
    ['frobnicate', 'Unknown command "frobnicate".'],
    ['toString', 'Unknown command "toString".'],
    ['migrate now', 'bellhop migrate takes no arguments.'],
  ])('%s is not understood, which exit code 2 says', async (words, problem) => {
    const { code, output } = await command(words, { DATA_DIR: '/nowhere' });
    expect(code).toBe(2);
    expect(output).toBe(`${problem}\n\n${(await command('help')).output}`);
  });
});

describe('bellhop migrate', () => {
  test('makes the tables of SQLite and ends, in production without keys too; a server starts on them', async () => {
    const env = { DATA_DIR: join(await runs.directory(), 'data') };
    const first = await command('migrate', { ...env, NODE_ENV: 'production' });
    expect(first).toMatchObject({ code: 0, output: expect.stringMatching(applied) });
    expect(await readdir(env.DATA_DIR)).not.toContain('development-keys.json');
    expect(await command('migrate', env)).toMatchObject({ code: 0, output: upToDate });
    await runs.serving({ env });
  });

  test('makes the tables of PostgreSQL once, however many do it together, and beside a server', async () => {
    const env = { DATA_DIR: await runs.directory(), DATABASE_URL: await emptyDatabase() };
    const ended = await Promise.all(Array.from({ length: 3 }, () => command('migrate', env)));
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
    const outputs = ended.map(({ output }) => output);
    expect(outputs.filter((output) => output === upToDate)).toHaveLength(2);
    expect(outputs.filter((output) => applied.test(output))).toHaveLength(1);
    const { url } = await runs.serving({ env });
    expect(await command('migrate', env)).toMatchObject({ code: 0, output: upToDate });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  test('says what is wrong with the environment, and with a database that nobody can reach', async () => {
    const DATA_DIR = await runs.directory();
    const migrate = (env: Place) => runs.refusal({ env: { DATA_DIR, ...env }, command: bellhop('migrate') });
    expect(await migrate({ DATABASE_URL: 'mysql://bellhop:sesame@localhost/x' })).toContain(
      'DATABASE_URL: must be a URL',
    );
    const says = await migrate({ DATABASE_URL: unreachable });
    expect(says).toContain('DATABASE_URL: the database at 127.0.0.1:1 cannot be used (connect ECONNREFUSED');
    expect(says).not.toContain('sesame');
  });
});

describe('bellhop prune', () => {
  const pruned = /^Pruned in (\d+) steps?, \d+\.\d seconds\.\n$/;

  test('is refused while a server uses the SQLite file, and applies the retention settings once it has ended', async () => {
    const env = { DATA_DIR: await runs.directory() };
    const { run } = await serverWith(1000, env);
    expect(await runs.refusal({ env, command: bellhop('prune') })).toContain(
      `Another Bellhop server already uses ${env.DATA_DIR}`,
    );
    await run.stop();
    const file = join(env.DATA_DIR, 'bellhop.db');
    ask(file, 'update events set created_at = 0 where id in (select id from events order by id limit 900)');
    const { code, output } = await command('prune', env);
    expect(code).toBe(0);
    expect(Number(pruned.exec(output)?.[1])).toBeGreaterThanOrEqual(2);
    expect(ask(file, 'select count(*) as count from events')).toBe(100);
    expect(await command('prune', env)).toMatchObject({ code: 0, output: expect.stringMatching(pruned) });
  });

  test('works beside the servers of a PostgreSQL database', async () => {
    const env = { DATA_DIR: await runs.directory(), DATABASE_URL: await freshDatabase() };
    const { client } = await serverWith(1000, env);
    await query(
      env.DATABASE_URL,
      'update events set created_at = 0 where id in (select id from events order by id limit 990)',
    );
    expect(await command('prune', env)).toMatchObject({ code: 0, output: expect.stringMatching(pruned) });
    expect((await client.listEvents({ query: { limit: 100 } })).data).toHaveLength(10);
  });

  test('says where there is nothing to prune', async () => {
    const DATA_DIR = await runs.directory();
    const prune = (env: Place) => runs.refusal({ env: { DATA_DIR, ...env }, command: bellhop('prune') });
    expect(await prune({})).toBe(
      `${DATA_DIR}/bellhop.db does not exist. Set DATA_DIR to the server's data directory, or DATABASE_URL to its database.`,
    );
    expect(await readdir(DATA_DIR)).toEqual([]);
    expect(await prune({ DATABASE_URL: await emptyDatabase() })).toContain('run: bellhop migrate');
    expect(await prune({ DATABASE_URL: unreachable })).toContain('the database at 127.0.0.1:1 cannot be used');
  });
});

/** Runs a statement on a SQLite file that no server uses; answers its `count`. */
function ask(file: string, statement: string): unknown {
  const database = new DatabaseSync(file);
  try {
    return database.prepare(statement).get()?.count;
  } finally {
    database.close();
  }
}

describe('BELLHOP_ROLES', () => {
  test.each(['deliver', 'api', ' deliver , api', 'api,deliver'])('%j', async (BELLHOP_ROLES) => {
    const env = { DATA_DIR: await runs.directory(), DATABASE_URL: await freshDatabase(), BELLHOP_ROLES };
    const { url } = await runs.serving({ env });
    expect((await fetch(`${url}/v1/webhooks`)).status).toBe(BELLHOP_ROLES.includes('api') ? 401 : 404);
  });

  test.each(['both', 'api;deliver', 'api,api', ','])('%j is refused', async (BELLHOP_ROLES) => {
    const env = { DATA_DIR: await runs.directory(), BELLHOP_ROLES };
    expect(await runs.refusal({ env })).toBe(
      'Invalid environment variables:\n  - BELLHOP_ROLES: must be api, deliver, or api,deliver for both',
    );
  });

  test('one of them alone needs PostgreSQL; both do not', async () => {
    const env = { DATA_DIR: await runs.directory() };
    expect(await runs.refusal({ env: { ...env, BELLHOP_ROLES: 'deliver' } })).toContain(
      '- BELLHOP_ROLES: a server with only one role works with others on one PostgreSQL database; set DATABASE_URL',
    );
    await runs.serving({ env: { ...env, BELLHOP_ROLES: 'deliver,api' } });
  });
});
