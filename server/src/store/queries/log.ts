import { sql } from 'kysely';
import type { Event, Page } from '../../model.ts';
import type { EventFilter, FeedStore, LoggedDelivery, LogStore } from '../contract/index.ts';
import { toAttempt, toDelivery, toEvent } from '../rows.ts';
import type { Db, Row } from '../tables.ts';
import { inChunks } from './batches.ts';

/** Boltcall: "The event log shows the last 100 delivery attempts per webhook", even when pruning lags behind. */
const attemptsShown = 100;

export function logQueries(db: Db): LogStore & FeedStore {
  return {
    async listEvents(organizationId, filter, page) {
      const kinds = await kindsOf(db, organizationId, filter);
      if (kinds) return newestOfKinds(db, organizationId, kinds, filter, page);
      return (await events(db, organizationId, filter, page).selectAll().execute()).map(toEvent);
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

    async newestAttempts(webhookId, limit) {
      const rows = await db
        .selectFrom('attempts')
        .select('id')
        .where('webhook_id', '=', webhookId)
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return rows.map(({ id }) => id);
    },

    async getAttempts(organizationId, ids) {
      const rows = await inChunks(db, ids, (some) =>
        db
          .selectFrom('attempts')
          .selectAll()
          .where('id', 'in', some)
          .where('organization_id', '=', organizationId)
          .execute(),
      );
      return rows.sort(byId).map(toAttempt);
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
      const rows = await inChunks(db, deliveryIds, (ids) =>
        db.selectFrom('attempts').selectAll().where('delivery_id', 'in', ids).execute(),
      );
      return rows.sort(byId).map(toAttempt);
    },

    async lastAttempts(deliveryIds) {
      const rows = await inChunks(db, deliveryIds, (ids) => {
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

function byId(a: Row<'attempts'>, b: Row<'attempts'>): number {
  return a.id < b.id ? -1 : 1;
}

/** Newest first. An index serves filters by provider and type, or by neither. */
function events(db: Db, organizationId: string, filter: EventFilter, { limit, cursor }: Page) {
  let query = db.selectFrom('events').where('organization_id', '=', organizationId).orderBy('id', 'desc').limit(limit);
  if (filter.provider) query = query.where('provider', '=', filter.provider);
  if (filter.type) query = query.where('type', '=', filter.type);
  if (filter.tests === false) query = query.where('test', '=', 0);
  return cursor ? query.where('id', '<', cursor) : query;
}

interface Kind {
  readonly provider: string;
  readonly type: string;
}

/**
 * The kinds of events that match a filter by only provider or only type; undefined for other filters. They are found
 * one by one in an index, so the number of events does not matter.
 */
async function kindsOf(db: Db, organizationId: string, filter: EventFilter): Promise<Kind[] | undefined> {
  const { provider, type } = filter;
  const own = db.selectFrom('events').where('organization_id', '=', organizationId).limit(1);
  if (provider && !type) {
    const ofProvider = own.where('provider', '=', provider).orderBy('type');
    const types = await distinct((last) =>
      ofProvider.select('type as value').where('type', '>', last).executeTakeFirst(),
    );
    return types.map((each) => ({ provider, type: each }));
  }
  if (type && !provider) {
    const ofAny = own.orderBy('provider');
    const providers = await distinct((last) =>
      ofAny.select('provider as value').where('provider', '>', last).executeTakeFirst(),
    );
    return providers.map((each) => ({ provider: each, type }));
  }
  return undefined;
}

/** A loose index scan: finds every distinct value as the next one after the last. */
async function distinct(next: (last: string) => Promise<{ value: string } | undefined>): Promise<string[]> {
  const values: string[] = [];
  for (let found = await next(''); found; found = await next(found.value)) values.push(found.value);
  return values;
}

/** The newest events of several kinds: reads the ids of the newest of each kind, then the newest of these in full. */
async function newestOfKinds(
  db: Db,
  organizationId: string,
  kinds: readonly Kind[],
  { tests }: EventFilter,
  page: Page,
): Promise<Event[]> {
  const ids: string[] = [];
  for (const kind of kinds) {
    const newest = await events(db, organizationId, { ...kind, tests }, page)
      .select('id')
      .execute();
    ids.push(...newest.map(({ id }) => id));
  }
  const shown = ids.sort().reverse().slice(0, page.limit);
  const rows = await inChunks(db, shown, (some) =>
    db.selectFrom('events').selectAll().where('id', 'in', some).execute(),
  );
  return rows.map(toEvent).sort((a, b) => (a.id < b.id ? 1 : -1));
}

function deliveries(db: Db, organizationId: string) {
  return db
    .selectFrom('deliveries')
    .innerJoin('events', 'events.id', 'deliveries.event_id')
    .innerJoin('webhooks', 'webhooks.id', 'deliveries.webhook_id')
    .leftJoin('webhooks as heirs', 'heirs.id', 'webhooks.heir')
    .selectAll('deliveries')
    .select(({ fn }) => [
      'events.type as event_type',
      fn.coalesce('heirs.status', 'webhooks.status').as('webhook_status'),
      'webhooks.status_until as webhook_until',
    ])
    .where('deliveries.organization_id', '=', organizationId);
}

function toLoggedDelivery(
  row: Row<'deliveries'> & { event_type: string; webhook_status: string; webhook_until: number | null },
): LoggedDelivery {
  return {
    ...toDelivery(row),
    eventType: row.event_type,
    webhookStatus: row.webhook_status as LoggedDelivery['webhookStatus'],
    webhookUntil: row.webhook_until,
  };
}
