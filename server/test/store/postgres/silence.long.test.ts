import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Db } from '../../../src/store/tables.ts';
import { freshDatabase } from '../../databases.ts';
import { BlackHole } from './black-hole.ts';
import { openStore, openTables } from './support.ts';

/** A database that hangs, or that cannot be heard any more, without anybody saying so. */

const soon = { connectSeconds: 2, querySeconds: 1 };
const late = {
  name: 'StoreError',
  code: 'unavailable',
  message: expect.stringMatching('did not answer a query within 1 s'),
};

let url: string;
let hole: BlackHole;
let opened: Db[];

beforeEach(async () => {
  url = await freshDatabase();
  hole = await BlackHole.before(url);
  opened = [];
});
afterEach(async () => {
  for (const tables of opened) await tables.destroy();
});

/** Connections of their own, by the way that may fall silent or directly. */
function tablesAt(address: string, poolSize = 2): Db {
  const tables = openTables(address, { ...soon, poolSize });
  opened.push(tables);
  return tables;
}

async function backend(tables: Db): Promise<number | undefined> {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tables);
  return rows[0]?.pid;
}

test('a call over a connection that fell silent fails in time, and the next one works once the way is open', async () => {
  const store = openStore(hole.url, soon);
  const remember = (name: string) => store.remember(name, 'text');
  await Promise.all(['a', 'b', 'c', 'd'].map(remember));
  hole.swallow();
  const asked = performance.now();
  await expect(remember('e')).rejects.toMatchObject(late);
  expect(performance.now() - asked).toBeLessThan(8000);
  await expect(remember('f')).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/connection timeout|trying to connect/),
  });
  hole.open();
  // Idle connections that are as silent as the one that was tried are not tried one by one.
  expect(await remember('g')).toBe('text');
});

test('a query that takes too long never answers another one', async () => {
  const tables = tablesAt(url, 1);
  const first = await backend(tables);
  await expect(sql`select pg_sleep(60)`.execute(tables)).rejects.toMatchObject(late);
  expect(await backend(tables)).not.toBe(first);
});

test('a transaction that fell silent says why it failed, and the server lets its locks go', async () => {
  const cutOff = tablesAt(hole.url);
  const other = tablesAt(url);
  const failed = cutOff.transaction().execute(async (tx) => {
    await sql`lock table notes`.execute(tx);
    hole.swallow();
    await sql`select 1`.execute(tx);
  });
  await expect(failed).rejects.toMatchObject(late);
  await lockedInTheEnd(other, 'notes');
});

test('a statement of a session that fell silent waits for others no longer, and the server lets its locks go', async () => {
  const cutOff = tablesAt(hole.url);
  const [holder, other] = [tablesAt(url), tablesAt(url)];
  await holder.transaction().execute(async (tx) => {
    await sql`lock table jobs`.execute(tx);
    const failed = cutOff.transaction().execute(async (cut) => {
      await sql`lock table notes`.execute(cut);
      const waiting = sql`lock table jobs`.execute(cut);
      hole.swallow();
      await waiting;
    });
    await expect(failed).rejects.toMatchObject(late);
    // This one has a session in whose transaction nothing may stand still for long either.
    await lockedInTheEnd(other, 'notes', () => sql`select 1`.execute(tx));
  });
});

/** Resolves once the lock on a table is to be had. */
async function lockedInTheEnd(tables: Db, table: string, between: () => Promise<unknown> = async () => {}) {
  for (;;) {
    await between();
    const locking = tables.transaction().execute((tx) => sql`lock table ${sql.table(table)}`.execute(tx));
    if (
      await locking.then(
        () => true,
        () => false,
      )
    )
      return;
  }
}

test('migrations wait for each other and take the time they need', async () => {
  const tables = tablesAt(url, 1);
  const store = openStore(url, soon);
  await tables.connection().execute(async (session) => {
    // The lock that Kysely takes.
    await sql`select pg_advisory_lock(3853314791062309107)`.execute(session);
    const migrated = store.migrate();
    for (let second = 0; second < 3; second += 1) await sql`select pg_sleep(0.8)`.execute(session);
    await sql`select pg_advisory_unlock(3853314791062309107)`.execute(session);
    expect(await migrated).toEqual([]);
  });
});

test('a connection to a server that has become a standby is given up', async () => {
  const tables = tablesAt(url, 1);
  const first = await backend(tables);
  await sql`set default_transaction_read_only = on`.execute(tables);
  const insert = () => tables.insertInto('notes').values({ name: 'name', text: 'text' }).execute();
  await expect(insert()).rejects.toMatchObject({ code: '25006' });
  await insert();
  expect(await backend(tables)).not.toBe(first);
});

test('what a caller did wrong costs no connection', async () => {
  const tables = tablesAt(url, 1);
  const first = await backend(tables);
  await expect(sql`select 1 / 0`.execute(tables)).rejects.toMatchObject({ code: '22012' });
  expect(await backend(tables)).toBe(first);
});

test("sessions tell the server how long to wait for a silent client; the URL's own options count more", async () => {
  const names = ['statement_timeout', 'idle_in_transaction_session_timeout', 'tcp_user_timeout', 'tcp_keepalives_idle'];
  const settings = async (address: string) => {
    const values = names.map((name) => sql<string>`current_setting(${name})`);
    const { rows } = await sql<{ settings: string[] }>`select array[${sql.join(values)}] as settings`.execute(
      tablesAt(address),
    );
    return rows[0]?.settings;
  };
  expect(await settings(url)).toEqual(['2s', '2s', '2000', '10']);
  const own = new URL(url);
  own.searchParams.set('options', '-c statement_timeout=7s');
  expect(await settings(own.href)).toEqual(['7s', '2s', '2000', '10']);
});
