import { sql } from 'kysely';
import type { LoggedDelivery, LogStore } from '../contract.ts';
import { toAttempt, toDelivery, toEvent } from '../rows.ts';
import type { Db, Row } from '../tables.ts';
import { inChunks } from './support.ts';

/** Boltcall: "The event log shows the last 100 delivery attempts per webhook". Pruning may lag behind; the log does not. */
const attemptsShown = 100;

export function logQueries(db: Db): LogStore {
  return {
    async listEvents(organizationId, filter, { limit, cursor }) {
      let query = db
        .selectFrom('events')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .orderBy('id', 'desc')
        .limit(limit);
      if (filter.provider) query = query.where('provider', '=', filter.provider);
      if (filter.type) query = query.where('type', '=', filter.type);
      if (filter.tests === false) query = query.where('test', '=', 0);
      if (cursor) query = query.where('id', '<', cursor);
      return (await query.execute()).map(toEvent);
    },

    async getEvent(organizationId, id) {
      const row = await db
        .selectFrom('events')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .where('id', '=', id)
        .executeTakeFirst();
      return row ? toEvent(row) : null;
    },

    async listAttempts(organizationId, webhookId, { limit, cursor }) {
      const oldestShown = db
        .selectFrom('attempts')
        .select('id')
        .where('webhook_id', '=', webhookId)
        .orderBy('id', 'desc')
        .offset(attemptsShown - 1)
        .limit(1);
      let query = db
        .selectFrom('attempts')
        .selectAll()
        .where('webhook_id', '=', webhookId)
        .where('organization_id', '=', organizationId)
        .where('id', '>=', sql<string>`coalesce((${oldestShown}), '')`)
        .orderBy('id', 'desc')
        .limit(limit);
      if (cursor) query = query.where('id', '<', cursor);
      return (await query.execute()).map(toAttempt);
    },

    async listDeliveries(organizationId, webhookId, { limit, cursor }) {
      let query = deliveries(db, organizationId)
        .where('deliveries.webhook_id', '=', webhookId)
        .orderBy('deliveries.id', 'desc')
        .limit(limit);
      if (cursor) query = query.where('deliveries.id', '<', cursor);
      return (await query.execute()).map(toLoggedDelivery);
    },

    async listDeliveriesOfEvent(organizationId, eventId) {
      const query = deliveries(db, organizationId)
        .where('deliveries.event_id', '=', eventId)
        .orderBy('deliveries.id')
        .limit(1000);
      return (await query.execute()).map(toLoggedDelivery);
    },

    async getDelivery(organizationId, id) {
      const row = await deliveries(db, organizationId).where('deliveries.id', '=', id).executeTakeFirst();
      return row ? toLoggedDelivery(row) : null;
    },

    async listAttemptsOfDeliveries(deliveryIds) {
      const rows = await inChunks(deliveryIds, (ids) =>
        db.selectFrom('attempts').selectAll().where('delivery_id', 'in', ids).execute(),
      );
      return rows.sort((a, b) => (a.id < b.id ? -1 : 1)).map(toAttempt);
    },

    async lastAttempts(deliveryIds) {
      const rows = await inChunks(deliveryIds, (ids) => {
        const newest = db
          .selectFrom('attempts')
          .select(sql<string>`max(id)`.as('id'))
          .where('delivery_id', 'in', ids)
          .groupBy('delivery_id');
        return db.selectFrom('attempts').selectAll().where('id', 'in', newest).execute();
      });
      return rows.map(toAttempt);
    },
  };
}

function deliveries(db: Db, organizationId: string) {
  return db
    .selectFrom('deliveries')
    .innerJoin('events', 'events.id', 'deliveries.event_id')
    .innerJoin('webhooks', 'webhooks.id', 'deliveries.webhook_id')
    .selectAll('deliveries')
    .select(['events.type as event_type', 'webhooks.status as webhook_status'])
    .where('deliveries.organization_id', '=', organizationId);
}

function toLoggedDelivery(row: Row<'deliveries'> & { event_type: string; webhook_status: string }): LoggedDelivery {
  return {
    ...toDelivery(row),
    eventType: row.event_type,
    webhookStatus: row.webhook_status as LoggedDelivery['webhookStatus'],
  };
}
