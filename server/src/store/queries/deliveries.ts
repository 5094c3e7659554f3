import type { Work } from '../../model.ts';
import type { Claim, DeliveryStore } from '../contract.ts';
import { fromDelivery, fromEvent, toDelivery, toEvent, toWebhook } from '../rows.ts';
import type { Db, Row, Tx } from '../tables.ts';
import { recordResults } from './record.ts';
import type { Dialect } from './support.ts';
import { givenBack, heldBy, inChunks, laneDue, lanesDueAgain, literal, newDelivery } from './support.ts';

export function deliveryQueries(db: Db, dialect: Dialect): DeliveryStore {
  return {
    async loadWebhooks(ids) {
      const rows = await inChunks(ids, (some) =>
        db.selectFrom('webhooks').selectAll().where('id', 'in', some).where('status', '!=', 'deleted').execute(),
      );
      return rows.map(toWebhook);
    },

    async claim({ node, lanes, perLane, now }) {
      return db.transaction().execute(async (tx) => {
        const due = await dialect
          .skipLocked(
            tx
              .selectFrom('lanes')
              .select('webhook_id')
              .where('state', '=', literal.open)
              .where('owner', 'is', null)
              .where('due_at', '<=', now)
              .orderBy('due_at')
              .limit(lanes),
          )
          .execute();
        const webhookIds = due.map((lane) => lane.webhook_id);
        return takeFromLanes(tx, { node, webhookIds, perLane, now });
      });
    },

    async refill({ node, webhookIds, perLane, now }) {
      return db.transaction().execute(async (tx) => {
        const owned = await inChunks(webhookIds, (ids) =>
          tx
            .selectFrom('lanes')
            .select('webhook_id')
            .where('webhook_id', 'in', ids)
            .where('owner', '=', node)
            .where('state', '=', literal.open)
            .execute(),
        );
        return takeFromLanes(tx, { node, webhookIds: owned.map((lane) => lane.webhook_id), perLane, now });
      });
    },

    async record(node, results, now) {
      return db.transaction().execute((tx) => recordResults(tx, node, results, now));
    },

    async release(node, deliveryIds, now) {
      await db.transaction().execute((tx) => giveBack(tx, node, deliveryIds, now));
    },

    async spill(node, deliveryIds, now) {
      await db.transaction().execute(async (tx) => {
        const webhookIds = await giveBack(tx, node, deliveryIds, now);
        await inChunks(webhookIds, (ids) =>
          tx
            .updateTable('lanes')
            .set({ owner: node })
            .where('webhook_id', 'in', ids)
            .where('owner', 'is', null)
            .where('state', '=', literal.open)
            .execute(),
        );
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
        const { numUpdatedRows } = await tx
          .updateTable('deliveries')
          .set({ state: 'pending', failures: 0, next_attempt_at: now, completed_at: null })
          .where('id', '=', deliveryId)
          .where('owner', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return 'busy';
        await laneDue(tx, [row.webhook_id], now);
        return 'replayed';
      });
    },
  };
}

/** Returns the webhooks whose deliveries were given back. */
async function giveBack(tx: Tx, node: string, deliveryIds: readonly string[], now: number): Promise<string[]> {
  const released = await inChunks(deliveryIds, (ids) =>
    tx
      .updateTable('deliveries')
      .set(givenBack(now))
      .where('id', 'in', ids)
      .where(heldBy(node))
      .returning(['webhook_id', 'next_attempt_at'])
      .execute(),
  );
  return lanesDueAgain(tx, released);
}

interface Take {
  readonly node: string;
  readonly webhookIds: readonly string[];
  readonly perLane: number;
  readonly now: number;
}

async function takeFromLanes(tx: Tx, { node, webhookIds, perLane, now }: Take): Promise<Claim> {
  const taken: Row<'deliveries'>[] = [];
  const backlogged: string[] = [];
  for (const webhookId of webhookIds) {
    taken.push(...(await take(tx, node, webhookId, perLane, now)));
    const next = await nextDue(tx, webhookId);
    const more = next !== null && next <= now;
    if (more) backlogged.push(webhookId);
    // A lane that still has due deliveries stays this node's; the others go back to the due index.
    await tx
      .updateTable('lanes')
      .set({ due_at: next, owner: more ? node : null })
      .where('webhook_id', '=', webhookId)
      .execute();
  }
  return { work: await toWork(tx, taken), backlogged, nextDueAt: await nextLaneDue(tx) };
}

async function take(tx: Tx, node: string, webhookId: string, limit: number, now: number): Promise<Row<'deliveries'>[]> {
  const rows = await tx
    .selectFrom('deliveries')
    .selectAll()
    .where('webhook_id', '=', webhookId)
    .where('state', '=', literal.pending)
    .where('owner', 'is', null)
    .where('next_attempt_at', '<=', now)
    .orderBy('next_attempt_at')
    .orderBy('id')
    .limit(limit)
    .execute();
  await inChunks(
    rows.map((row) => row.id),
    (ids) => tx.updateTable('deliveries').set({ owner: node }).where('id', 'in', ids).execute(),
  );
  return rows;
}

async function nextDue(tx: Tx, webhookId: string): Promise<number | null> {
  const row = await tx
    .selectFrom('deliveries')
    .select('next_attempt_at')
    .where('webhook_id', '=', webhookId)
    .where('state', '=', literal.pending)
    .where('owner', 'is', null)
    .orderBy('next_attempt_at')
    .limit(1)
    .executeTakeFirst();
  return row?.next_attempt_at ?? null;
}

async function nextLaneDue(tx: Tx): Promise<number | null> {
  const row = await tx
    .selectFrom('lanes')
    .select('due_at')
    .where('state', '=', literal.open)
    .where('owner', 'is', null)
    .where('due_at', 'is not', null)
    .orderBy('due_at')
    .limit(1)
    .executeTakeFirst();
  return row?.due_at ?? null;
}

async function toWork(tx: Tx, rows: readonly Row<'deliveries'>[]): Promise<Work[]> {
  const eventIds = [...new Set(rows.map((row) => row.event_id))];
  const webhookIds = [...new Set(rows.map((row) => row.webhook_id))];
  const events = await inChunks(eventIds, (ids) =>
    tx.selectFrom('events').selectAll().where('id', 'in', ids).execute(),
  );
  const revisions = await inChunks(webhookIds, (ids) =>
    tx.selectFrom('webhooks').select(['id', 'revision']).where('id', 'in', ids).execute(),
  );
  const eventById = new Map(events.map((row) => [row.id, toEvent(row)]));
  const revisionById = new Map(revisions.map(({ id, revision }) => [id, revision]));
  return rows.flatMap((row) => {
    const event = eventById.get(row.event_id);
    return event ? [{ delivery: toDelivery(row), event, webhookRevision: revisionById.get(row.webhook_id) ?? 0 }] : [];
  });
}
