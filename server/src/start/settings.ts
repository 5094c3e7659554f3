import { resolve } from 'node:path';
import type { ConfigFile } from '../config.ts';
import type { StoreConfig } from '../store/open.ts';
import { loadConfigFile } from './config-file.ts';
import type { Environment } from './environment.ts';
import { readEnvironment } from './environment.ts';

export interface Settings {
  readonly environment: Environment;
  readonly file: ConfigFile;
  /** Where both say that the data are. */
  readonly store: StoreConfig;
}

/**
 * What every command goes by: the variables of this process and the configuration file.
 *
 * @throws {ConfigError} saying what to change.
 */
export async function readSettings(): Promise<Settings> {
  const environment = readEnvironment(process.env);
  const file = await loadConfigFile(environment.BELLHOP_CONFIG, process.cwd());
  const { DATA_DIR, DATABASE_URL: databaseUrl } = environment;
  return { environment, file, store: { databaseUrl, database: file.database, dataDir: resolve(DATA_DIR) } };
}
