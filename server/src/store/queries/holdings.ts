import type { Work } from '../../model.ts';
import type { DeliveryStore, HeldLane, OwnedLane } from '../contract.ts';
import { toDelivery, toEvent } from '../rows.ts';
import type { Db, Row } from '../tables.ts';
import { inChunks } from './batches.ts';
import { heldBy } from './support.ts';

/** What a node asks the store about what is its own. */
export function holdingQueries(db: Db): Pick<DeliveryStore, 'fetch' | 'holdings'> {
  return {
    async fetch(node, of) {
      const [column, wanted] = 'ids' in of ? (['id', of.ids] as const) : (['event_id', of.eventIds] as const);
      const rows = await inChunks(db, wanted, (ids) =>
        db
          .selectFrom('deliveries')
          .selectAll()
          .where(column, 'in', ids)
          .where(heldBy(node))
          .where('test', '=', 0)
          .orderBy('id')
          .execute(),
      );
      const lanes = await inChunks(db, [...new Set(rows.map((row) => row.webhook_id))], (ids) =>
        db
          .selectFrom('lanes')
          .select(['webhook_id', 'left_at'])
          .where('webhook_id', 'in', ids)
          .where(heldBy(node))
          .execute(),
      );
      return { work: await toWork(db, rows), lanes: lanes.map(toOwnedLane) };
    },

    async holdings(node) {
      const deliveries = await db
        .selectFrom('deliveries')
        .select('id')
        .where('owner', '=', node)
        .where('test', '=', 0)
        .execute();
      const lanes = await db
        .selectFrom('lanes')
        .innerJoin('webhooks', 'webhooks.id', 'lanes.webhook_id')
        .select(['lanes.webhook_id', 'lanes.left_at', 'lanes.backlogged', 'webhooks.revision'])
        .where('lanes.owner', '=', node)
        .execute();
      return { deliveryIds: deliveries.map(({ id }) => id), lanes: lanes.map(toHeldLane) };
    },
  };
}

function toHeldLane(row: Pick<Row<'lanes'>, 'webhook_id' | 'left_at' | 'backlogged'> & { revision: number }): HeldLane {
  return { ...toOwnedLane(row), backlogged: row.backlogged === 1, revision: row.revision };
}

export function toOwnedLane(row: Pick<Row<'lanes'>, 'webhook_id' | 'left_at'>): OwnedLane {
  return { webhookId: row.webhook_id, leftAt: row.left_at };
}

/** Deliveries with their events. */
export async function toWork(db: Db, rows: readonly Row<'deliveries'>[]): Promise<Work[]> {
  const eventIds = [...new Set(rows.map((row) => row.event_id))];
  const webhookIds = [...new Set(rows.map((row) => row.webhook_id))];
  const events = await inChunks(db, eventIds, (ids) =>
    db.selectFrom('events').selectAll().where('id', 'in', ids).execute(),
  );
  const revisions = await inChunks(db, webhookIds, (ids) =>
    db.selectFrom('webhooks').select(['id', 'revision']).where('id', 'in', ids).execute(),
  );
  const eventById = new Map(events.map((row) => [row.id, toEvent(row)]));
  const revisionById = new Map(revisions.map(({ id, revision }) => [id, revision]));
  return rows.flatMap((row) => {
    const event = eventById.get(row.event_id);
    return event ? [{ delivery: toDelivery(row), event, webhookRevision: revisionById.get(row.webhook_id) ?? 0 }] : [];
  });
}
