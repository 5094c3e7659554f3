import Database from 'better-sqlite3';
import { Kysely } from 'kysely';
import type { Store } from '../contract/index.ts';
import { sqlStore } from '../sql-store.ts';
import type { Tables } from '../tables.ts';
import { StoreDialect } from './dialect.ts';
import { toStoreError } from './errors.ts';
import { firstWaiting } from './waiting.ts';

const maxWalBytes = 16 * 1024 * 1024;

/** Opens a SQLite file. A commit returns once it is on disk. */
export function openDatabase(file: string): Database.Database {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  database.pragma('busy_timeout = 5000');
  // Truncates the -wal file, which would otherwise keep the size of the largest transaction.
  database.pragma(`journal_size_limit = ${maxWalBytes}`);
  database.pragma('cache_size = -65536');
  // Statements of many rows have a rollback journal each, by default in a file.
  database.pragma('temp_store = MEMORY');
  return database;
}

/** A second connection, which sees what the first has committed. */
export function openToRead(file: string): Database.Database {
  const database = new Database(file, { readonly: true });
  database.pragma('busy_timeout = 5000');
  database.pragma('cache_size = -16384');
  return database;
}

/** A SQLite database as a store in this thread. Closing the store closes the database. */
export function sqliteStore(database: Database.Database): Store {
  const db = new Kysely<Tables>({ dialect: new StoreDialect(database) });
  return sqlStore(db, {
    retryable: () => false,
    toStoreError,
    time: async () => null,
    firstWaiting,
    atOnce: null,
    migrations: {},
  });
}
