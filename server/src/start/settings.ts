import { resolve } from 'node:path';
import type { ConfigFile } from '../config.ts';
import type { StoreConfig } from '../store/open.ts';
import { loadConfigFile } from './config-file.ts';
import type { Environment } from './environment.ts';
import { readEnvironment } from './environment.ts';

export interface Settings {
  readonly environment: Environment;
  readonly file: ConfigFile;
  readonly store: StoreConfig;
}

/**
 * Reads the environment variables and the configuration file.
 *
 * @throws {ConfigError} when either is invalid.
 */
export async function readSettings(): Promise<Settings> {
  const environment = readEnvironment(process.env);
  const file = await loadConfigFile(environment.BELLHOP_CONFIG, process.cwd());
  const { DATA_DIR, DATABASE_URL: databaseUrl } = environment;
  return { environment, file, store: { databaseUrl, database: file.database, dataDir: resolve(DATA_DIR) } };
}
