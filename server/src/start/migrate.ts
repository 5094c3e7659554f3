import { migrateStore, openStore } from '../store/open.ts';
import { readSettings } from './settings.ts';

/** `bellhop migrate`: makes or updates the tables, as the start of a server does, and ends. */
export async function migrate(): Promise<void> {
  const { store: config } = await readSettings();
  const store = await openStore(config);
  try {
    const made = await migrateStore(store, config);
    process.stdout.write(made.length > 0 ? `Made ${made.join(', ')}.\n` : 'The tables are up to date.\n');
  } finally {
    await store.close();
  }
}
