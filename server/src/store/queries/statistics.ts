import type { HourCounts } from '../../model.ts';
import type { CountStore, StatisticsStore } from '../contract/index.ts';
import type { Db, Tx } from '../tables.ts';
import { inChunks, insertChunks } from './batches.ts';

export function statisticsQueries(db: Db): StatisticsStore & CountStore {
  return {
    async addCounts(counts) {
      if (counts.length > 0) await db.transaction().execute((tx) => add(tx, counts));
    },

    async countsOf(organizationId, webhookIds, since) {
      const rows = await inChunks(db, webhookIds, (ids) =>
        db
          .selectFrom('webhooks')
          .leftJoin('webhook_hours', (join) =>
            join.onRef('webhook_hours.webhook_id', '=', 'webhooks.id').on('webhook_hours.hour', '>=', since),
          )
          .select(['webhooks.id', 'hour', 'delivered', 'failed', 'throttled'])
          .where('webhooks.organization_id', '=', organizationId)
          .where('webhooks.id', 'in', ids)
          .where('webhooks.status', '!=', 'deleted')
          .execute(),
      );
      const found = Map.groupBy(rows, ({ id }) => id);
      return [...new Set(webhookIds)].flatMap((webhookId) => {
        const hours = found.get(webhookId)?.flatMap(toHourCounts);
        return hours ? [{ webhookId, hours: hours.sort((a, b) => a.hour - b.hour) }] : [];
      });
    },
  };
}

/** Sorted by key, so that nodes adding to the same rows cannot deadlock. */
async function add(tx: Tx, counts: readonly HourCounts[]): Promise<void> {
  const rows = counts
    .map(({ webhookId, ...rest }) => ({ webhook_id: webhookId, ...rest }))
    .sort((a, b) => (a.webhook_id === b.webhook_id ? a.hour - b.hour : a.webhook_id < b.webhook_id ? -1 : 1));
  for (const some of insertChunks(tx, rows)) {
    await tx
      .insertInto('webhook_hours')
      .values(some)
      .onConflict((conflict) =>
        conflict.columns(['webhook_id', 'hour']).doUpdateSet((eb) => ({
          delivered: eb('webhook_hours.delivered', '+', eb.ref('excluded.delivered')),
          failed: eb('webhook_hours.failed', '+', eb.ref('excluded.failed')),
          throttled: eb('webhook_hours.throttled', '+', eb.ref('excluded.throttled')),
        })),
      )
      .execute();
  }
}

interface Counted {
  readonly id: string;
  /** Null, like the counts, when there are none. */
  readonly hour: number | null;
  readonly delivered: number | null;
  readonly failed: number | null;
  readonly throttled: number | null;
}

function toHourCounts({ id: webhookId, hour, delivered, failed, throttled }: Counted): HourCounts[] {
  if (hour === null) return [];
  return [{ webhookId, hour, delivered: delivered ?? 0, failed: failed ?? 0, throttled: throttled ?? 0 }];
}
