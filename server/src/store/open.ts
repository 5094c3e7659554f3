import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { ConfigError } from '../config.ts';
import type { Signals } from '../store/contract/signals.ts';
import { silence } from '../store/contract/signals.ts';
import type { Store } from './contract/index.ts';
import { openPostgresSignals } from './postgres/signals.ts';
import { openPostgresStore } from './postgres/store.ts';
import { openSqliteStore } from './sqlite/store.ts';

export type StoreConfig = Pick<Config, 'databaseUrl' | 'database' | 'dataDir'>;

/**
 * Opens PostgreSQL when there is a URL, else the SQLite file in the data directory.
 *
 * @param onLost called when the store is lost for good: nothing can be stored any more.
 */
export async function openStore(config: StoreConfig, onLost?: (error: Error) => void): Promise<Store> {
  const { databaseUrl, database } = config;
  return databaseUrl === undefined
    ? openSqliteStore(sqliteFile(config), onLost)
    : openPostgresStore(databaseUrl, database);
}

export function sqliteFile({ dataDir }: Pick<StoreConfig, 'dataDir'>): string {
  return join(dataDir, 'bellhop.db');
}

/**
 * Creates or updates the store's tables. Returns the names of the migrations applied.
 *
 * @throws {ConfigError} when the database that DATABASE_URL names cannot be used.
 */
export async function migrateStore(store: Store, config: StoreConfig): Promise<string[]> {
  try {
    return await store.migrate();
  } catch (error) {
    throw unusableDatabase(error, config);
  }
}

/** Turns a database's error into one for the operator, which names the database without its password. */
export function unusableDatabase(error: unknown, { databaseUrl }: StoreConfig): unknown {
  if (databaseUrl === undefined) return error;
  const problem = error instanceof Error ? error.message : String(error);
  const message = `DATABASE_URL: the database at ${URL.parse(databaseUrl)?.host} cannot be used (${problem}). Start it, or name one in which this server can create tables.`;
  return new ConfigError(message, { cause: error });
}

export function openSignals({ databaseUrl, database: settings }: StoreConfig, node: string, log: Logger): Signals {
  return databaseUrl === undefined ? silence : openPostgresSignals(databaseUrl, { node, settings, log });
}
