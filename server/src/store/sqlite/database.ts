import Database from 'better-sqlite3';
import { Kysely } from 'kysely';
import type { Store } from '../contract/index.ts';
import { sqlStore } from '../sql-store.ts';
import type { Tables } from '../tables.ts';
import { StoreDialect } from './dialect.ts';
import { toStoreError } from './errors.ts';
import { firstWaiting } from './waiting.ts';

/** Bytes of the -wal file that are kept for further use. */
const longestJournal = 16 * 1024 * 1024;

/** Opens a SQLite file. Every commit is on the disk before it is answered. */
export function openDatabase(file: string): Database.Database {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  database.pragma('busy_timeout = 5000');
  // After a large transaction the -wal file would stay as large as that for ever.
  database.pragma(`journal_size_limit = ${longestJournal}`);
  database.pragma('cache_size = -65536');
  // Statements of many rows keep a journal of their own, to undo themselves alone; by default that is a file for each.
  database.pragma('temp_store = MEMORY');
  return database;
}

/** A SQLite database as a store in this thread. Closing the store closes it. */
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
