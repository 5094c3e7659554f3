import { sql } from 'kysely';
import type { Attempt, Page } from '../../model.ts';
import type { EventFilter, FeedStore, LoggedDelivery, LogStore } from '../contract/index.ts';
import { toAttempt, toDelivery, toEvent } from '../rows.ts';
import type { Db, Row } from '../tables.ts';
import { inChunks } from './batches.ts';
import type { Sized } from './sizes.ts';
import { attemptBytes, countWithin, eventBytes } from './sizes.ts';

/** Boltcall: "The event log shows the last 100 delivery attempts per webhook", even when pruning lags behind. */
const attemptsShown = 100;

export function logQueries(db: Db): LogStore & FeedStore {
  return {
    async listEvents(organizationId, filter, page) {
      const sized = await sizedEvents(db, organizationId, filter, oneMore(page));
      const shown = idsWithin(sized, page);
      const rows = await inChunks(db, shown, (ids) =>
        db.selectFrom('events').selectAll().where('id', 'in', ids).execute(),
      );
      return { items: rows.sort(byId).reverse().map(toEvent), more: sized.length > shown.length };
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

    async listAttempts(organizationId, webhookId, page) {
      const { limit, cursor } = oneMore(page);
      const oldestShown = db
        .selectFrom('attempts')
        .select('id')
        .where('webhook_id', '=', webhookId)
        .orderBy('id', 'desc')
        .offset(attemptsShown - 1)
        .limit(1);
      let query = db
        .selectFrom('attempts')
        .select(['id', attemptBytes])
        .where('webhook_id', '=', webhookId)
        .where('organization_id', '=', organizationId)
        .where('id', '>=', sql<string>`coalesce((${oldestShown}), '')`)
        .orderBy('id', 'desc')
        .limit(limit);
      if (cursor) query = query.where('id', '<', cursor);
      const sized = await query.execute();
      const shown = idsWithin(sized, page);
      return {
        items: (await wholeAttempts(db, shown)).sort(byId).reverse().map(toAttempt),
        more: sized.length > shown.length,
      };
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

    async getAttempts(organizationId, ids, bytes) {
      const sized = await inChunks(db, ids, (some) =>
        db
          .selectFrom('attempts')
          .select(['id', attemptBytes])
          .where('id', 'in', some)
          .where('organization_id', '=', organizationId)
          .execute(),
      );
      return attemptsWithin(db, sized, bytes);
    },

    async listDeliveries(organizationId, webhookId, { limit, cursor }) {
      let query = deliveries(db, organizationId)
        .where('deliveries.webhook_id', '=', webhookId)
        .orderBy('deliveries.id', 'desc')
        .limit(limit);
      if (cursor) query = query.where('deliveries.id', '<', cursor);
      return (await query.execute()).map(toLoggedDelivery);
    },

    async listDeliveriesOfEvent(organizationId, eventId, { limit, cursor } = { limit: 1000 }) {
      const query = deliveries(db, organizationId)
        .where('deliveries.id', '>', cursor ?? '')
        .where('deliveries.event_id', '=', eventId)
        .orderBy('deliveries.id')
        .limit(limit);
      return (await query.execute()).map(toLoggedDelivery);
    },

    async getDelivery(organizationId, id) {
      const row = await deliveries(db, organizationId).where('deliveries.id', '=', id).executeTakeFirst();
      return row ? toLoggedDelivery(row) : null;
    },

    async listAttemptsOfDeliveries(deliveryIds, bytes) {
      const sized = await inChunks(db, deliveryIds, (ids) =>
        db.selectFrom('attempts').select(['id', attemptBytes]).where('delivery_id', 'in', ids).execute(),
      );
      return attemptsWithin(db, sized, bytes);
    },

    async lastAttempts(deliveryIds, bytes) {
      const sized = await inChunks(db, deliveryIds, (ids) => {
        const newest = db
          .selectFrom('attempts')
          .select(sql<string>`max(id)`.as('id'))
          .where('delivery_id', 'in', ids)
          .groupBy('delivery_id');
        return db.selectFrom('attempts').select(['id', attemptBytes]).where('id', 'in', newest).execute();
      });
      return attemptsWithin(db, sized, bytes);
    },
  };
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}

/** A page that shows whether there is another. */
function oneMore({ limit, cursor }: Page): Page {
  return { limit: limit + 1, cursor };
}

/** The ids of those that a page shows. */
function idsWithin(sized: readonly Sized[], { limit, bytes }: Page): string[] {
  const some = sized.slice(0, limit);
  return some.slice(0, countWithin(some, bytes)).map(({ id }) => id);
}

async function wholeAttempts(db: Db, ids: readonly string[]): Promise<Row<'attempts'>[]> {
  return inChunks(db, ids, (some) => db.selectFrom('attempts').selectAll().where('id', 'in', some).execute());
}

/** What stands for a request or a response that is left out. */
const leftOut = JSON.stringify({ headers: {}, body: '', truncated: true });

/** Oldest first. */
async function attemptsWithin(db: Db, sized: Sized[], bytes: number | undefined): Promise<Attempt[]> {
  const newest = sized.sort(byId).reverse();
  const ids = newest.map(({ id }) => id);
  const whole = countWithin(newest, bytes);
  const rows = await wholeAttempts(db, ids.slice(0, whole));
  const others = await inChunks(db, ids.slice(whole), (some) =>
    db.selectFrom('attempts').select(withoutTexts).where('id', 'in', some).execute(),
  );
  for (const row of others) {
    rows.push({ ...row, request: leftOut, response: row.status_code === null ? null : leftOut });
  }
  return rows.sort(byId).map(toAttempt);
}

const withoutTexts = [
  'id',
  'delivery_id',
  'event_id',
  'webhook_id',
  'organization_id',
  'event_type',
  'test',
  'number',
  'started_at',
  'duration_ms',
  'status_code',
  'error',
  'outcome',
] as const;

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

/** The newest events that match a filter. Of several kinds, the ids of the newest of each are looked up first. */
async function sizedEvents(db: Db, organizationId: string, filter: EventFilter, page: Page): Promise<Sized[]> {
  const kinds = await kindsOf(db, organizationId, filter);
  if (!kinds) return events(db, organizationId, filter, page).select(['id', eventBytes]).execute();
  const ids: string[] = [];
  for (const kind of kinds) {
    const newest = await events(db, organizationId, { ...kind, tests: filter.tests }, page)
      .select('id')
      .execute();
    ids.push(...newest.map(({ id }) => id));
  }
  const newest = ids.sort().reverse().slice(0, page.limit);
  const sized = await inChunks(db, newest, (some) =>
    db.selectFrom('events').select(['id', eventBytes]).where('id', 'in', some).execute(),
  );
  return sized.sort(byId).reverse();
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
