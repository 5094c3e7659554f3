import { sql } from 'kysely';
import type { Event, Work } from '../../model.ts';
import type { HeldLane, IntakeStore, OwnedLane } from '../contract/lanes.ts';
import { toDelivery } from '../rows.ts';
import type { Db, Row } from '../tables.ts';
import { inChunks } from './batches.ts';
import { heldBy } from './support.ts';

export function holdingQueries(db: Db): Pick<IntakeStore, 'fetch' | 'holdings'> {
  return {
    async fetch(node, of) {
      const [column, wanted] = 'ids' in of ? (['id', of.ids] as const) : (['event_id', of.eventIds] as const);
      const rows = await inChunks(db, wanted, (ids) =>
        work(db)
          .leftJoin('lanes', (join) =>
            join.onRef('lanes.webhook_id', '=', 'deliveries.webhook_id').on(heldBy(node, 'lanes')),
          )
          .select(['lanes.webhook_id as lane', 'lanes.term', 'lanes.left_at'])
          .where(`deliveries.${column}`, 'in', ids)
          .where(heldBy(node, 'deliveries'))
          .where('deliveries.test', '=', 0)
          .$if('eventIds' in of, (query) => query.where(keepsNoOrder))
          .orderBy('deliveries.id')
          .execute(),
      );
      const lanes = new Map<string, OwnedLane>();
      for (const { lane, term, left_at: leftAt } of rows) {
        if (lane !== null && term !== null) lanes.set(lane, { webhookId: lane, term, leftAt });
      }
      return { work: toWork(rows), lanes: [...lanes.values()] };
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
        .select(['lanes.webhook_id', 'lanes.term', 'lanes.left_at', 'lanes.backlogged', 'webhooks.revision'])
        .where('lanes.owner', '=', node)
        .execute();
      return { deliveryIds: deliveries.map(({ id }) => id), lanes: lanes.map(toHeldLane) };
    },
  };
}

function toHeldLane(row: OwnedRow & Pick<Row<'lanes'>, 'backlogged'> & { revision: number }): HeldLane {
  return { ...toOwnedLane(row), backlogged: row.backlogged === 1, revision: row.revision };
}

type OwnedRow = Pick<Row<'lanes'>, 'webhook_id' | 'term' | 'left_at'>;

export function toOwnedLane(row: OwnedRow): OwnedLane {
  return { webhookId: row.webhook_id, term: row.term, leftAt: row.left_at };
}

/** How many deliveries are read first, before it is known how large their events are. */
const fewDeliveries = 64;

/** Deliveries with their events, in this order, until these have so many bytes in all; and how many were looked at. */
export async function workWithin(
  db: Db,
  deliveryIds: readonly string[],
  bytes: number,
): Promise<{ readonly work: Work[]; readonly examined: number }> {
  const found: Work[] = [];
  let examined = 0;
  let left = bytes;
  for (let size = fewDeliveries; examined < deliveryIds.length && left > 0; size *= 2) {
    const next = deliveryIds.slice(examined, examined + size);
    const rows = await inChunks(db, next, (ids) => work(db).where('deliveries.id', 'in', ids).execute());
    const byId = new Map(toWork(rows).map((each) => [each.delivery.id, each]));
    for (const id of next) {
      if (left <= 0) break;
      const each = byId.get(id);
      examined += 1;
      if (!each) continue;
      found.push(each);
      left -= each.event.data.length;
    }
  }
  return { work: found, examined };
}

const keepsNoOrder = sql<boolean>`coalesce(webhooks.ordering, 'parallel') <> 'fifo'`;

/** Event data can be large: it is read once per event. */
const first = sql`row_number() over (partition by deliveries.event_id order by deliveries.id) = 1`;
const data = sql`select data from events where events.id = deliveries.event_id`;
const dataOnce = sql<string | null>`case when ${first} then (${data}) end`;

/** Outer joins, so that the database starts from the deliveries: an event may have very many others. */
function work(db: Db) {
  return db
    .selectFrom('deliveries')
    .leftJoin('events', 'events.id', 'deliveries.event_id')
    .leftJoin('webhooks', 'webhooks.id', 'deliveries.webhook_id')
    .selectAll('deliveries')
    .select(['events.provider', 'events.type', 'events.occurred_at', 'events.created_at as event_created_at'])
    .select(['events.test as event_test', 'webhooks.revision', dataOnce.as('data')]);
}

type WorkRow = Awaited<ReturnType<ReturnType<typeof work>['execute']>>[number];

function toWork(rows: readonly WorkRow[]): Work[] {
  const events = new Map<string, Event>();
  for (const row of rows) {
    const event = events.has(row.event_id) ? null : eventOf(row);
    if (event) events.set(row.event_id, event);
  }
  return rows.flatMap((row) => {
    const event = events.get(row.event_id);
    return event ? [{ delivery: toDelivery(row), event, webhookRevision: row.revision ?? 0 }] : [];
  });
}

/** Null: the event is gone, or its data come with another delivery. */
function eventOf({ event_id: id, organization_id: organizationId, ...row }: WorkRow): Event | null {
  const { provider, type, occurred_at: occurredAt, event_created_at: createdAt, data } = row;
  if (provider === null || type === null || occurredAt === null || createdAt === null || data === null) return null;
  return { id, organizationId, provider, type, test: row.event_test === 1, occurredAt, createdAt, data };
}
