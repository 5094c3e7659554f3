import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import type { Store } from '../../../src/store/contract/index.ts';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import type { Db, Tables } from '../../../src/store/tables.ts';
import { afterFile, afterTest } from '../../cleanup.ts';
import type { Subject } from '../conformance/world.ts';

/** The path of a SQLite file that does not exist yet, in a directory that is removed after the tests. */
export function freshFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'bellhop-store-'));
  afterFile(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'bellhop.db');
}

/** Opens the store as the server does; it is closed after the test, if not before. */
export async function openStore(file: string): Promise<Store> {
  const store = await openSqliteStore(file);
  afterTest(() => store.close());
  return store;
}

/** The tables of a SQLite file through a connection of their own, which need not wait for the disk. */
export function openTables(file: string): Db {
  const database = new Database(file);
  database.pragma('synchronous = OFF');
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
}

/** The store as the server opens it, on a file of its own. */
export async function openFreshSqlite(): Promise<Subject> {
  const file = freshFile();
  const store = await openSqliteStore(file);
  return { store, tables: openTables(file) };
}
