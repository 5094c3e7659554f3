import type { Store } from './contract/index.ts';
import { migrateToLatest } from './migrations/index.ts';
import { accountQueries, settingsQueries } from './queries/accounts.ts';
import { deliveryQueries } from './queries/deliveries.ts';
import type { Dialect } from './queries/dialect.ts';
import { jobQueries } from './queries/jobs.ts';
import { logQueries } from './queries/log.ts';
import { LogGrowth } from './queries/log-growth.ts';
import { maintenanceQueries } from './queries/maintenance.ts';
import { publishQueries } from './queries/publish.ts';
import { sessionQueries } from './queries/sessions.ts';
import { statisticsQueries } from './queries/statistics.ts';
import { Overtaken } from './queries/support.ts';
import { webhookQueries } from './queries/webhooks.ts';
import type { Db } from './tables.ts';

/** The store over any SQL database that Kysely speaks to: one set of queries, what differs comes with the dialect. */
export function sqlStore(db: Db, dialect: Dialect): Store {
  const growth = new LogGrowth();
  const store: Store = {
    ...accountQueries(db),
    ...sessionQueries(db),
    ...settingsQueries(db),
    ...webhookQueries(db),
    ...publishQueries(db, dialect),
    ...deliveryQueries(db, growth, dialect),
    ...logQueries(db),
    ...statisticsQueries(db),
    ...jobQueries(db),
    ...maintenanceQueries(db, growth, () => dialect.time(db)),
    migrate: () => migrateToLatest(db, dialect.migrations),
    remember: (name, text) => remember(db, name, text),
    close: () => db.destroy(),
  };
  return withStoreErrors(store, dialect);
}

/** Transactions that meet others at every turn are given up after so many. */
const mostTries = 10;

type Method = (...args: readonly unknown[]) => Promise<unknown>;

/**
 * The same store, whose every method throws nothing but a {@link StoreError}, and begins again when its transaction was
 * given up because of another beside it.
 */
function withStoreErrors(store: Store, dialect: Dialect): Store {
  const methods = Object.entries(store as unknown as Record<string, Method>).map(([name, method]) => {
    const guarded: Method = (...args) =>
      persist(() => method(...args), dialect).catch((error: unknown) => {
        throw dialect.toStoreError(error);
      });
    return [name, guarded];
  });
  return Object.fromEntries(methods) as Store;
}

async function persist(transact: () => Promise<unknown>, dialect: Dialect): Promise<unknown> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await transact();
    } catch (error) {
      const again = error instanceof Overtaken || dialect.retryable(error);
      if (!again || tries === mostTries) throw error;
      // Two that met are not to meet again at once.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * tries));
    }
  }
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
