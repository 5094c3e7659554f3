import { existsSync } from 'node:fs';
import { SteadyClock } from '../clock.ts';
import { ConfigError } from '../config.ts';
import type { Retention, Store } from '../store/contract/index.ts';
import { StoreError } from '../store/errors.ts';
import type { StoreConfig } from '../store/open.ts';
import { openStore, sqliteFile, unusableDatabase } from '../store/open.ts';
import { retentionOf } from '../store/retention.ts';
import { readSettings } from './settings.ts';

/** `bellhop prune`: deletes data past its retention now, in the same small steps as a running server. */
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

/** Returns the number of steps. */
async function sweep(store: Store, retention: Retention): Promise<number> {
  const clock = new SteadyClock();
  for (let steps = 1; ; steps += 1) {
    const { more } = await store.sweep(retention, clock.now());
    if (!more) return steps;
  }
}

/** Opening the store would create a missing file. */
function requireFile(config: StoreConfig): void {
  const file = sqliteFile(config);
  if (config.databaseUrl !== undefined || existsSync(file)) return;
  throw new ConfigError(
    `${file} does not exist. Set DATA_DIR to the server's data directory, or DATABASE_URL to its database.`,
  );
}

function explained(error: unknown, config: StoreConfig): unknown {
  if (!(error instanceof StoreError)) return error;
  if (error.code === 'unavailable') return unusableDatabase(error, config);
  if (error.code === 'storage_full') return error;
  const message = `Cannot prune the store (${error.message}). If its tables are missing or older than this version, run: bellhop migrate`;
  return new ConfigError(message, { cause: error });
}
