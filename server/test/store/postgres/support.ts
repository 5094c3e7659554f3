import { Kysely } from 'kysely';
import type { Store } from '../../../src/store/contract.ts';
import { StoreDialect } from '../../../src/store/postgres/dialect.ts';
import type { PoolSettings } from '../../../src/store/postgres/pool.ts';
import { openPool } from '../../../src/store/postgres/pool.ts';
import { openPostgresStore } from '../../../src/store/postgres/store.ts';
import type { Db, Tables } from '../../../src/store/tables.ts';
import { afterTest } from '../../cleanup.ts';
import type { Subject } from '../conformance/world.ts';

export const storeSettings: PoolSettings = {
  poolSize: 10,
  connectSeconds: 5,
  querySeconds: 10,
  leaseSeconds: 15,
};

/** The URL of an empty database, from the office of this test run (test/src/harness/postgres/office.ts). */
export async function freshDatabase(): Promise<string> {
  const office = process.env.BELLHOP_TEST_DATABASES;
  if (!office) throw new Error('BELLHOP_TEST_DATABASES is not set: run the tests by `npm test`.');
  const response = await fetch(office, { method: 'POST' });
  const answer = await response.text();
  if (!response.ok) throw new Error(answer);
  return answer;
}

/** Opens the store as the server does; it is closed after the test, if not before. */
export function openStore(url: string, settings: Partial<PoolSettings> = {}): Store {
  const store = openPostgresStore(url, { ...storeSettings, ...settings });
  afterTest(() => store.close());
  return store;
}

/** The tables of a database through connections of their own. */
export function openTables(url: string, settings: Partial<PoolSettings> = {}): Db {
  const pool = openPool(url, { ...storeSettings, ...settings });
  return new Kysely<Tables>({ dialect: new StoreDialect({ pool }) });
}

/** The store as the server opens it, on a database of its own. */
export async function openFreshPostgres(settings: Partial<PoolSettings> = {}): Promise<Subject> {
  const url = await freshDatabase();
  return { store: openPostgresStore(url, { ...storeSettings, ...settings }), tables: openTables(url) };
}
