import { migrateStore, openStore } from '../store/open.ts';
import { readSettings } from './settings.ts';

/** `bellhop migrate`: creates or updates the tables, as `bellhop start` does. */
export async function migrate(): Promise<void> {
  const { store: config } = await readSettings();
  const store = await openStore(config);
  try {
    const applied = await migrateStore(store, config);
    process.stdout.write(applied.length > 0 ? `Applied ${applied.join(', ')}.\n` : 'The tables are up to date.\n');
  } finally {
    await store.close();
  }
}
