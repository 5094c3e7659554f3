import { Kysely } from 'kysely';
import type { Store } from '../../../src/store/contract/index.ts';
import { StoreDialect } from '../../../src/store/postgres/dialect.ts';
import type { PoolSettings } from '../../../src/store/postgres/pool.ts';
import { openPool } from '../../../src/store/postgres/pool.ts';
import { openPostgresStore } from '../../../src/store/postgres/store.ts';
import type { Db, Tables } from '../../../src/store/tables.ts';
import { afterTest } from '../../cleanup.ts';
import { emptyDatabase, freshDatabase } from '../../databases.ts';
import type { Subject } from '../conformance/world.ts';

/** With deadlines that no busy machine reaches; a test of deadlines sets its own. */
export const storeSettings: PoolSettings = {
  poolSize: 10,
  connectSeconds: 60,
  querySeconds: 60,
  leaseSeconds: 15,
};

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
  return subject(await freshDatabase(), settings);
}

/** As {@link openFreshPostgres}, without tables. */
export async function openEmptyPostgres(): Promise<Subject> {
  return subject(await emptyDatabase());
}

function subject(url: string, settings: Partial<PoolSettings> = {}): Subject {
  return { store: openPostgresStore(url, { ...storeSettings, ...settings }), tables: openTables(url) };
}
