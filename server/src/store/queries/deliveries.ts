import type { LaneStore, ReplayStore, TestStore } from '../contract/index.ts';
import { fromDelivery, fromEvent, toWebhook } from '../rows.ts';
import type { Db, Row, Tx } from '../tables.ts';
import { inChunks, insertChunks, listed } from './batches.ts';
import { claimQueries } from './claim.ts';
import type { Dialect } from './dialect.ts';
import { holdingQueries } from './holdings.ts';
import type { LogGrowth } from './log-growth.ts';
import { record } from './record.ts';
import {
  firstDue,
  givenBack,
  heirsOf,
  heldBy,
  laneDue,
  lanesDueAgain,
  literal,
  lockLanes,
  newDelivery,
  orEarlier,
} from './support.ts';

export function deliveryQueries(db: Db, growth: LogGrowth, dialect: Dialect): LaneStore & TestStore & ReplayStore {
  return {
    async loadWebhooks(ids) {
      const rows = await inChunks(db, ids, (some) =>
        db.selectFrom('webhooks').selectAll().where('id', 'in', some).where('status', '!=', 'deleted').execute(),
      );
      return rows.map(toWebhook);
    },

    ...claimQueries(db, dialect),
    ...holdingQueries(db),

    async record(node, results, now) {
      const recorded = await record(db, dialect.atOnce, { node, results, now });
      growth.note(results.map(({ attempt }) => attempt.webhookId));
      return recorded;
    },

    async release(node, deliveryIds, now) {
      await db.transaction().execute(async (tx) => lanesDueAgain(tx, await unlease(tx, node, deliveryIds, now)));
    },

    async requeue(node, deliveryIds, now) {
      await db.transaction().execute(async (tx) => {
        const released = await unlease(tx, node, deliveryIds, now);
        const webhookIds = [...new Set(released.map((row) => row.webhook_id))];
        await lockLanes(tx, webhookIds);
        await inChunks(tx, webhookIds, (ids) =>
          tx
            .updateTable('lanes')
            .set({ backlogged: 1, due_at: orEarlier(firstDue(released)) })
            .where('webhook_id', 'in', ids)
            .where(heldBy(node))
            .where('state', '=', literal.open)
            .execute(),
        );
        await lanesDueAgain(tx, released);
      });
    },

    async relinquish(node, lanes) {
      await db.transaction().execute(async (tx) => {
        await lockLanes(
          tx,
          lanes.map(({ webhookId }) => webhookId),
        );
        for (const some of insertChunks(tx, lanes)) {
          const ended = some.map(({ webhookId, term, leftAt }) => [webhookId, term, leftAt] as const);
          await tx
            .updateTable('lanes')
            .from(listed<Ended, 'ended'>(['text', 'bigint', 'bigint'], ended, 'ended'))
            .set(({ ref }) => ({ owner: null, backlogged: 0, left_at: ref('ended.column3') }))
            .whereRef('lanes.webhook_id', '=', 'ended.column1')
            .whereRef('lanes.term', '=', 'ended.column2')
            .where(heldBy(node, 'lanes'))
            .execute();
        }
      });
    },

    async insertTest(node, event, webhookId) {
      return db.transaction().execute(async (tx) => {
        const delivery = newDelivery(event, webhookId, event.createdAt);
        await tx.insertInto('events').values(fromEvent(event)).execute();
        await tx.insertInto('deliveries').values(fromDelivery(delivery, node)).execute();
        return delivery;
      });
    },

    async replay(organizationId, deliveryId, now) {
      return db.transaction().execute(async (tx) => {
        const row = await tx
          .selectFrom('deliveries')
          .select('webhook_id')
          .where('organization_id', '=', organizationId)
          .where('id', '=', deliveryId)
          .executeTakeFirst();
        if (!row) return 'unknown';
        const webhookId = (await heirsOf(tx, [row.webhook_id])).get(row.webhook_id) ?? row.webhook_id;
        const { numUpdatedRows } = await tx
          .updateTable('deliveries')
          .set({ webhook_id: webhookId, state: 'pending', failures: 0, next_attempt_at: now, completed_at: null })
          .where('id', '=', deliveryId)
          .where('owner', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return 'busy';
        await laneDue(tx, [webhookId], now);
        return 'replayed';
      });
    },
  };
}

/** A lane's id, term and `left_at`. */
interface Ended {
  readonly column1: string;
  readonly column2: number;
  readonly column3: number | null;
}

type Released = Pick<Row<'deliveries'>, 'webhook_id' | 'next_attempt_at'>;

function unlease(tx: Tx, node: string, deliveryIds: readonly string[], now: number): Promise<Released[]> {
  return inChunks(tx, [...deliveryIds].sort(), (ids) =>
    tx
      .updateTable('deliveries')
      .set(givenBack(now))
      .where('id', 'in', ids)
      .where(heldBy(node))
      .returning(['webhook_id', 'next_attempt_at'])
      .execute(),
  );
}
