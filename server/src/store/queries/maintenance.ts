import type { RawBuilder } from 'kysely';
import type { HousekeepingStore, MembershipStore, Store } from '../contract/index.ts';
import type { Db, Tx } from '../tables.ts';
import { inChunks } from './batches.ts';
import type { LogGrowth } from './log-growth.ts';
import {
  AttemptPruning,
  EventPruning,
  pruneHours,
  pruneJobs,
  pruneKeys,
  pruneSessions,
  WebhookPruning,
} from './pruning.ts';
import { turnStatuses } from './succession.ts';
import { firstDue, givenBack, lanesDueAgain, literal, lockLanes, orEarlier, rowsPerStep } from './support.ts';

/**
 * How long an ended node is remembered. A slow one may still take leases after it expired: they are released as long as it
 * is remembered.
 */
const rememberedMs = 3600 * 1000;

export function maintenanceQueries(
  db: Db,
  growth: LogGrowth,
  time: MembershipStore['time'],
): MembershipStore & HousekeepingStore & Pick<Store, 'lastSeen'> {
  const attempts = new AttemptPruning(db, growth);
  const events = new EventPruning(db);
  const webhooks = new WebhookPruning(db);
  return {
    time,

    async heartbeat(node, aliveUntil, delivers = true) {
      const state = { alive_until: aliveUntil, delivers: delivers ? 1 : 0 };
      await db
        .insertInto('nodes')
        .values({ id: node, ...state })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(state))
        .execute();
    },

    async deliveringNodes(aliveAt) {
      const nodes = await db
        .selectFrom('nodes')
        .select('id')
        .where('alive_until', '>=', aliveAt)
        .where('delivers', '=', 1)
        .orderBy('id')
        .execute();
      return nodes.map(({ id }) => id);
    },

    async lastSeen() {
      const row = await db
        .selectFrom('nodes')
        .select((eb) => eb.fn.max('alive_until').as('at'))
        .executeTakeFirst();
      return row?.at ?? null;
    },

    async expire(except, endedBefore, now) {
      // Usually all are alive: then one query is enough.
      const ended = await db
        .selectFrom('nodes')
        .select('id')
        .where('id', 'not in', except)
        .where('alive_until', '<', Math.max(endedBefore, now - rememberedMs))
        .limit(1)
        .executeTakeFirst();
      if (!ended) return 0;
      return db.transaction().execute(async (tx) => {
        const ended = await tx
          .selectFrom('nodes')
          .select(['id', 'alive_until'])
          .where('id', 'not in', except)
          .where('alive_until', '<', endedBefore)
          .orderBy('id')
          .forNoKeyUpdate()
          .skipLocked()
          .execute();
        const lastEnd = ended.reduce((latest, { alive_until: end }) => Math.max(latest, end), 0);
        const count = await releaseAll(tx, { nodes: ended.map(({ id }) => id), leftAt: Math.min(now, lastEnd), now });
        await tx
          .deleteFrom('nodes')
          .where('id', 'not in', except)
          .where('alive_until', '<', now - rememberedMs)
          .execute();
        return count;
      });
    },

    async leave(node, now) {
      await db.transaction().execute(async (tx) => {
        await tx.updateTable('nodes').set({ alive_until: now }).where('id', '=', node).execute();
        await releaseAll(tx, { nodes: [node], leftAt: now, now });
      });
    },

    async sweep(retention, now, leads = true) {
      const ofThisNode = await attempts.step(retention.attemptsPerWebhook, now);
      if (!leads) return { more: ofThisNode, due: false };
      const { more: moreToTurn, due } = await turnStatuses(db, now);
      const more = [
        ofThisNode,
        moreToTurn,
        await discardOfGone(db, now),
        await events.step(now - retention.eventsMs, now),
        await pruneKeys(db, retention, now),
        await pruneJobs(db, retention, now),
        await pruneHours(db, now),
        await pruneSessions(db, now),
        await webhooks.step(now - retention.eventsMs),
      ];
      return { more: more.includes(true), due };
    },
  };
}

interface Ended {
  readonly nodes: readonly string[];
  /** The latest time at which they can have sent something. */
  readonly leftAt: number;
  readonly now: number;
}

/** Everything these nodes lease becomes claimable. Returns how many deliveries. */
async function releaseAll(tx: Tx, { nodes, leftAt, now }: Ended): Promise<number> {
  if (nodes.length === 0) return 0;
  // Deliveries that a slow node is recording right now are left to it, and released the next time.
  const held = await tx
    .selectFrom('deliveries')
    .select('id')
    .where('owner', 'in', nodes)
    .forNoKeyUpdate()
    .skipLocked()
    .execute();
  const released = await inChunks(
    tx,
    held.map(({ id }) => id),
    (ids) =>
      tx
        .updateTable('deliveries')
        .set(givenBack(now))
        .where('id', 'in', ids)
        .returning(['webhook_id', 'next_attempt_at'])
        .execute(),
  );
  const owned = await tx.selectFrom('lanes').select('webhook_id').where('owner', 'in', nodes).execute();
  const waiting = new Set(released.map((row) => row.webhook_id));
  const rested = owned.map((row) => row.webhook_id).filter((id) => !waiting.has(id));
  await lockLanes(tx, [...waiting, ...rested]);
  const free = (webhookIds: readonly string[], due: { due_at?: RawBuilder<number> }) =>
    inChunks(tx, webhookIds, (ids) =>
      tx
        .updateTable('lanes')
        .set({ owner: null, backlogged: 0, left_at: leftAt, ...due })
        .where('webhook_id', 'in', ids)
        .where('owner', 'in', nodes)
        .execute(),
    );
  // Lanes with nothing waiting are not marked as due: there may be very many.
  await free(rested, {});
  await free([...waiting], { due_at: orEarlier(firstDue(released)) });
  await lanesDueAgain(tx, released);
  return released.length;
}

/** Discards pending deliveries of a gone or deleted webhook; when none is left, its lane ends. */
async function discardOfGone(db: Db, now: number): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const lane = await tx
      .selectFrom('lanes')
      .select('webhook_id')
      .where('state', '=', literal.discarding)
      .limit(1)
      .forNoKeyUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (!lane) return false;
    // Rows locked by another transaction mark the lane again when that ends.
    const waiting = await tx
      .selectFrom('deliveries')
      .select('id')
      .where('webhook_id', '=', lane.webhook_id)
      .where('state', '=', literal.pending)
      .where('owner', 'is', null)
      .limit(rowsPerStep)
      .forNoKeyUpdate()
      .skipLocked()
      .execute();
    await inChunks(
      tx,
      waiting.map(({ id }) => id),
      (ids) =>
        tx
          .updateTable('deliveries')
          .set({ state: 'discarded', next_attempt_at: null, completed_at: now })
          .where('id', 'in', ids)
          .execute(),
    );
    if (waiting.length < rowsPerStep) {
      await tx
        .updateTable('lanes')
        .set({ state: 'ended', due_at: null })
        .where('webhook_id', '=', lane.webhook_id)
        .execute();
    }
    return true;
  });
}
