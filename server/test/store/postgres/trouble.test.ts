import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { retryable, toStoreError } from '../../../src/store/postgres/errors.ts';
import type { Db } from '../../../src/store/tables.ts';
import { freshDatabase } from '../../databases.ts';
import { openStore, openTables } from './support.ts';

const unavailable = { name: 'StoreError', code: 'unavailable' };

/** Ends every connection to the database but this one. */
async function endConnections(tables: Db): Promise<void> {
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`.execute(tables);
}

test('a connection that breaks is replaced, and what it carried is told', async () => {
  const url = await freshDatabase();
  const store = openStore(url);
  const tables = openTables(url);
  const blocked = await tables.transaction().execute(async (tx) => {
    await sql`lock table notes`.execute(tx);
    const call = store.remember('name', 'text');
    const refused = expect(call).rejects.toMatchObject(unavailable);
    for (;;) {
      const { rows } = await sql`select 1 from pg_locks where not granted`.execute(tx);
      if (rows.length > 0) break;
    }
    await endConnections(tx);
    await refused;
    return true;
  });
  expect(blocked).toBe(true);
  // A connection that ended idle may be noticed only by the call that gets it.
  const again = () => store.remember('name', 'another');
  expect(await again().catch(again).catch(again)).toBe('another');
  await tables.destroy();
});

test('a store that is closed finishes what it was asked, and refuses what comes later', async () => {
  const store = openStore(await freshDatabase());
  const asked = store.remember('name', 'text');
  const closed = store.close();
  await expect(store.remember('name', 'text')).rejects.toMatchObject(unavailable);
  expect(await asked).toBe('text');
  await closed;
});

test('a database that nobody can reach is unavailable', async () => {
  await expect(openStore('postgres://bellhop@127.0.0.1:1/bellhop').lastSeen()).rejects.toMatchObject(unavailable);
  const missing = new URL(await freshDatabase());
  missing.pathname = '/missing';
  await expect(openStore(missing.href).lastSeen()).rejects.toMatchObject(unavailable);
});

test.each([
  ['53100', 'storage_full'],
  ['53300', 'unavailable'],
  ['57P01', 'unavailable'],
  ['08006', 'unavailable'],
  ['40P01', 'unavailable'],
  ['25006', 'unavailable'],
  ['57014', 'unavailable'],
  ['25P03', 'unavailable'],
  ['ECONNRESET', 'unavailable'],
  ['EPIPE', 'unavailable'],
  ['23505', 'failed'],
  ['22021', 'failed'],
])('%s is %s', (code, meaning) => {
  expect(toStoreError(Object.assign(new Error('problem'), { code }))).toMatchObject({ code: meaning });
});

test('what two transactions did to each other is tried again, what one did alone is not', () => {
  const failing = (code: string, constraint?: string) => retryable(Object.assign(new Error(), { code, constraint }));
  expect([failing('40P01'), failing('40001'), failing('23505', 'webhooks_subscription_key')]).toEqual([
    true,
    true,
    true,
  ]);
  expect([failing('23505', 'organizations_pkey'), failing('08006'), failing('57P01')]).toEqual([false, false, false]);
});
