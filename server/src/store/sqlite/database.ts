import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import type { Store } from '../contract.ts';
import { sqlStore } from '../sql-store.ts';
import type { Tables } from '../tables.ts';

/** Opens a SQLite file as a store in this thread. Every commit is on the disk before it is answered. */
export function openSqlite(file: string): Store {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  database.pragma('busy_timeout = 5000');
  database.pragma('cache_size = -65536');
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
  // One process, one connection: transactions never meet, so there is nothing to lock.
  return sqlStore(db, { skipLocked: (query) => query });
}
