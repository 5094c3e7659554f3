import { sql } from 'kysely';
import type { StatusReason, Webhook } from '../../model.ts';
import { fromStatus } from '../rows.ts';
import type { Db, Row, Tx } from '../tables.ts';
import { inChunks } from './batches.ts';
import { isBeingDiscarded } from './jobs.ts';
import { discardBacklog, laneDue, literal, openLane, retire, rowsPerStep } from './support.ts';

/**
 * Platforms edit a subscription by removing it and subscribing again. So a REST hook that ends keeps what waits, and goes on
 * collecting, until the one that replaces it takes over or its time is up.
 */

/** Ends a REST hook, which keeps what waits until then. */
export async function bequeath(tx: Tx, webhookId: string, reason: StatusReason, until: number, now: number) {
  await tx
    .updateTable('webhooks')
    .set({
      ...fromStatus({ status: 'gone', reason }),
      status_until: until,
      subscription: null,
      revision: sql`revision + 1`,
      updated_at: now,
    })
    .where('id', '=', webhookId)
    .execute();
}

/**
 * Makes a new or renewed hook the heir of those that it replaces. From now on, it alone gets the events of its types. Returns
 * true when it got some that waited.
 */
export async function succeed(tx: Tx, hook: Webhook, now: number): Promise<boolean> {
  const ended = await endedLike(tx, hook);
  if (ended.length === 0) return false;
  const ids = ended.map(({ id }) => id);
  // And of those whose heirs they were.
  await tx
    .updateTable('webhooks')
    .set({ heir: hook.id })
    .where(({ eb, or }) => or([eb('id', 'in', ids), eb('heir', 'in', ids)]))
    .execute();
  await collectInstead(tx, hook);
  let moved = 0;
  for (const id of ids) moved += await inherit(tx, id, hook, now);
  return moved > 0;
}

/** Hooks that a webhook replaced collect nothing that it gets itself. */
export async function collectInstead(tx: Tx, { id, events }: Pick<Webhook, 'id' | 'events'>): Promise<void> {
  await tx
    .deleteFrom('subscriptions')
    .where('webhook_id', 'in', (eb) => eb.selectFrom('webhooks').select('id').where('heir', '=', id))
    .where('event_type', 'in', [...events])
    .execute();
}

/** Those with the same URL; else those of the same workflow or Zap. */
async function endedLike(tx: Tx, hook: Webhook): Promise<Pick<Row<'webhooks'>, 'id'>[]> {
  const { organizationId, provider, platform, url, externalId, events } = hook;
  const ended = tx
    .selectFrom('webhooks')
    .select(['id', 'events'])
    .where('organization_id', '=', organizationId)
    .where('status_until', 'is not', null)
    .where('status', '=', 'gone')
    .where('provider', '=', provider)
    .where('platform', '=', platform)
    .orderBy('id')
    .forNoKeyUpdate();
  const wanted = (row: { events: string }) => JSON.parse(row.events).some((type: string) => events.includes(type));
  const atUrl = (await ended.where('url', '=', url).execute()).filter(wanted);
  if (atUrl.length > 0 || externalId === null) return atUrl;
  return (await ended.where('external_id', '=', externalId).execute()).filter(wanted);
}

/** Moves some of what waits for an ended hook and is of its heir's event types: at most {@link rowsPerStep}. Returns how many. */
async function inherit(tx: Tx, endedId: string, heir: Pick<Webhook, 'id' | 'events'>, now: number): Promise<number> {
  const waiting = await tx
    .selectFrom('deliveries')
    .innerJoin('events', 'events.id', 'deliveries.event_id')
    .select('deliveries.id')
    .where('deliveries.webhook_id', '=', endedId)
    .where('deliveries.state', '=', literal.pending)
    .where('deliveries.owner', 'is', null)
    .where('deliveries.test', '=', 0)
    .where('events.type', 'in', [...heir.events])
    .orderBy('deliveries.id')
    .limit(rowsPerStep)
    .forNoKeyUpdate('deliveries')
    .skipLocked()
    .execute();
  await inChunks(
    tx,
    waiting.map(({ id }) => id),
    (ids) =>
      tx.updateTable('deliveries').set({ webhook_id: heir.id, next_attempt_at: now }).where('id', 'in', ids).execute(),
  );
  return waiting.length;
}

/** What statuses that end by themselves came to. */
export interface Turned {
  readonly more: boolean;
  /** Deliveries may have become due. */
  readonly due: boolean;
}

/** Ended hooks that have waiting deliveries for their heirs, and webhooks whose status ends: a few at a time. */
export async function turnStatuses(db: Db, now: number): Promise<Turned> {
  const left = await leaveToHeirs(db, now);
  const ended = await endStatuses(db, now);
  return { more: left.more || ended.more, due: left.due || ended.due };
}

const webhooksPerStep = 20;

/** For deliveries that were on the wire when the heir came, and those beyond its first step. */
async function leaveToHeirs(db: Db, now: number): Promise<Turned> {
  const estates = await db
    .selectFrom('webhooks')
    .select(['id', 'heir'])
    .where('status_until', 'is not', null)
    .where('heir', 'is not', null)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('deliveries')
          .select('id')
          .whereRef('deliveries.webhook_id', '=', 'webhooks.id')
          .where('deliveries.state', '=', literal.pending)
          .where('deliveries.owner', 'is', null),
      ),
    )
    .limit(webhooksPerStep)
    .execute();
  let most = 0;
  for (const { id, heir: heirId } of estates) {
    const moved = await db.transaction().execute(async (tx) => {
      const heir = await tx.selectFrom('webhooks').select(['id', 'events']).where('id', '=', heirId).executeTakeFirst();
      const moved = heir ? await inherit(tx, id, { id: heir.id, events: JSON.parse(heir.events) }, now) : 0;
      if (heir && moved > 0) await laneDue(tx, [heir.id], now);
      return moved;
    });
    most = Math.max(most, moved);
  }
  return { more: most === rowsPerStep, due: most > 0 };
}

async function endStatuses(db: Db, now: number): Promise<Turned> {
  return db.transaction().execute(async (tx) => {
    const over = await tx
      .selectFrom('webhooks')
      .select(['id', 'organization_id', 'status', 'status_reason'])
      .where('status_until', '<=', now)
      .orderBy('status_until')
      .limit(webhooksPerStep)
      .forNoKeyUpdate()
      .skipLocked()
      .execute();
    for (const webhook of over) {
      if (webhook.status === 'paused') await tryAgain(tx, webhook, now);
      else await end(tx, webhook, now);
    }
    return { more: over.length === webhooksPerStep, due: over.some(({ status }) => status === 'paused') };
  });
}

type Over = Pick<Row<'webhooks'>, 'id' | 'organization_id' | 'status' | 'status_reason'>;

const discardingMs = 60_000;

/** It keeps its reason until the first success. */
async function tryAgain(tx: Tx, { id, organization_id: organizationId }: Over, now: number): Promise<void> {
  const waits = await isBeingDiscarded(tx, organizationId, id);
  await tx
    .updateTable('webhooks')
    .set(
      waits
        ? { status_until: now + discardingMs }
        : { status: 'active', status_until: null, revision: sql<number>`revision + 1` },
    )
    .where('id', '=', id)
    .execute();
  if (!waits) await openLane(tx, id, now);
}

/** A listener, or an ended hook whose time is up. One that its platform unsubscribed is known no more. */
async function end(tx: Tx, { id, status, status_reason: reason }: Over, now: number): Promise<void> {
  const isUnsubscribed = status !== 'gone' || JSON.parse(reason ?? '{}').code === unsubscribed;
  await retire(tx, id, isUnsubscribed ? 'deleted' : 'gone', now);
  await discardBacklog(tx, id);
}

/** The code of the reason of a hook that was unsubscribed. */
export const unsubscribed = 'unsubscribed';
