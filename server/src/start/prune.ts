import { existsSync } from 'node:fs';
import { SteadyClock } from '../clock.ts';
import { ConfigError } from '../config.ts';
import type { Retention, Store } from '../store/contract.ts';
import { StoreError } from '../store/errors.ts';
import type { StoreConfig } from '../store/open.ts';
import { openStore, sqliteFile, unusableDatabase } from '../store/open.ts';
import { retentionOf } from '../store/retention.ts';
import { readSettings } from './settings.ts';

/** `bellhop prune`: removes what is kept no longer, in the small steps that servers make too, and ends. */
export async function prune(): Promise<void> {
  const { file, store: config } = await readSettings();
  requireFile(config);
  const store = await openStore(config);
  try {
    const started = performance.now();
    const steps = await sweep(store, retentionOf(file));
    const seconds = (performance.now() - started) / 1000;
    process.stdout.write(`Pruned in ${steps} ${steps === 1 ? 'step' : 'steps'}, ${seconds.toFixed(1)} seconds.\n`);
  } catch (error) {
    throw explained(error, config);
  } finally {
    await store.close();
  }
}

/** Returns how many steps it took until nothing was left. */
async function sweep(store: Store, retention: Retention): Promise<number> {
  const clock = new SteadyClock();
  for (let steps = 1; ; steps += 1) {
    if (!(await store.sweep(retention, clock.now()))) return steps;
  }
}

/** Opening the store would make a file that is not there. */
function requireFile(config: StoreConfig): void {
  const file = sqliteFile(config);
  if (config.databaseUrl !== undefined || existsSync(file)) return;
  throw new ConfigError(
    `There is no ${file}. Set DATA_DIR to the data directory of the server, or DATABASE_URL to its database.`,
  );
}

function explained(error: unknown, config: StoreConfig): unknown {
  if (!(error instanceof StoreError)) return error;
  if (error.code === 'unavailable') return unusableDatabase(error, config);
  if (error.code === 'storage_full') return error;
  const message = `The store cannot be pruned (${error.message}). Where its tables are missing or older than this version, make them by: bellhop migrate`;
  return new ConfigError(message, { cause: error });
}
