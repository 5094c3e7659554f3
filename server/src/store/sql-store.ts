import type { Store } from './contract.ts';
import { migrateToLatest } from './migrations/index.ts';
import { accountQueries, settingsQueries } from './queries/accounts.ts';
import { deliveryQueries } from './queries/deliveries.ts';
import { jobQueries } from './queries/jobs.ts';
import { logQueries } from './queries/log.ts';
import { LogGrowth } from './queries/log-growth.ts';
import { maintenanceQueries } from './queries/maintenance.ts';
import { publishQueries } from './queries/publish.ts';
import type { Dialect } from './queries/support.ts';
import { webhookQueries } from './queries/webhooks.ts';
import type { Db } from './tables.ts';

/** The store over any SQL database that Kysely speaks to: one set of queries, what differs comes with the dialect. */
export function sqlStore(db: Db, dialect: Dialect): Store {
  const growth = new LogGrowth();
  const store: Store = {
    ...accountQueries(db),
    ...settingsQueries(db),
    ...webhookQueries(db, dialect),
    ...publishQueries(db),
    ...deliveryQueries(db, dialect, growth),
    ...logQueries(db),
    ...jobQueries(db, dialect),
    ...maintenanceQueries(db, growth),
    migrate: () => migrateToLatest(db),
    remember: (name, text) => remember(db, name, text),
    close: () => db.destroy(),
  };
  return withStoreErrors(store, dialect.toStoreError);
}

/** The same store, whose every method throws nothing but a {@link StoreError}. */
function withStoreErrors(store: Store, toStoreError: Dialect['toStoreError']): Store {
  type Method = (...args: readonly unknown[]) => Promise<unknown>;
  const methods = Object.entries(store as unknown as Record<string, Method>).map(([name, method]) => {
    const guarded: Method = (...args) =>
      method(...args).catch((error: unknown) => {
        throw toStoreError(error);
      });
    return [name, guarded];
  });
  return Object.fromEntries(methods) as Store;
}

async function remember(db: Db, name: string, text: string): Promise<string> {
  await db
    .insertInto('notes')
    .values({ name, text })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const note = await db.selectFrom('notes').select('text').where('name', '=', name).executeTakeFirstOrThrow();
  return note.text;
}
