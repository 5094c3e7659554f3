import { sql } from 'kysely';
import type { Webhook } from '../../model.ts';
import type { Renewal, Subscribed, WebhookStore } from '../contract/index.ts';
import { StoreError } from '../errors.ts';
import { fromStatus, fromWebhook, settingsOf, subscriptionKey, toWebhook } from '../rows.ts';
import { slotOf } from '../slots.ts';
import type { Db, Row, Tx } from '../tables.ts';
import { inChunks } from './batches.ts';
import { claimKey } from './idempotency.ts';
import { isBeingDiscarded } from './jobs.ts';
import { bequeath, collectInstead, succeed, unsubscribed } from './succession.ts';
import { closeLane, discardBacklog, laneDue, literal, Overtaken, openLane, retire, rowsPerStep } from './support.ts';

export function webhookQueries(db: Db): WebhookStore {
  return {
    async insertWebhook(webhook, idempotency) {
      return db.transaction().execute(async (tx) => {
        const { id, organizationId, createdAt } = webhook;
        const key = idempotency && {
          organization_id: organizationId,
          ...idempotency,
          answer: id,
          created_at: createdAt,
        };
        const first = key && (await claimKey(tx, key));
        if (first) return first.hash === key.hash ? { kind: 'repeated', id: first.answer } : { kind: 'key_reused' };
        if (!(await insert(tx, webhook))) throw new StoreError('failed', 'An equal REST hook exists.');
        return { kind: 'created' };
      });
    },

    async subscribe(hook, keepSecret, now, renewal) {
      return db.transaction().execute((tx) => subscribe(tx, hook, { keepSecret, renewal, now }));
    },

    async unsubscribe(organizationId, id, ended, now) {
      return db.transaction().execute((tx) => unsubscribe(tx, { organizationId, id }, ended, now));
    },

    async getWebhook(organizationId, id, which) {
      const row = await db
        .selectFrom('webhooks')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .where('id', '=', id)
        .$if(which === undefined, (query) => query.where('status', '!=', 'deleted'))
        .executeTakeFirst();
      return row ? toWebhook(row) : null;
    },

    async listWebhooks(organizationId, filter, { limit, cursor }) {
      let query = db
        .selectFrom('webhooks')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .where('status', '!=', 'deleted')
        .orderBy('id', 'desc')
        .limit(limit);
      query = filter.status ? query.where('status', '=', filter.status) : query.where('status', '!=', 'gone');
      if (filter.provider) query = query.where('provider', '=', filter.provider);
      if (filter.platform) query = query.where('platform', '=', filter.platform);
      if (cursor) query = query.where('id', '<', cursor);
      return (await query.execute()).map(toWebhook);
    },

    async updateWebhook(webhook, now) {
      return db.transaction().execute(async (tx) => {
        if (webhook.restHook && (await isTaken(tx, webhook))) return 'taken';
        const { numUpdatedRows } = await tx
          .updateTable('webhooks')
          .set({ ...settingsOf(webhook), revision: webhook.revision + 1, updated_at: now })
          .where('organization_id', '=', webhook.organizationId)
          .where('id', '=', webhook.id)
          .where('revision', '=', webhook.revision)
          .where('status', 'not in', ['gone', 'deleted'])
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return 'stale';
        await tx.deleteFrom('subscriptions').where('webhook_id', '=', webhook.id).execute();
        await insertSubscriptions(tx, webhook);
        if (webhook.restHook) await collectInstead(tx, webhook);
        await setLaneOrdering(tx, webhook, now);
        return 'saved';
      });
    },

    async setWebhookStatus(organizationId, id, change, now) {
      return db.transaction().execute(async (tx) => {
        const current = await tx
          .selectFrom('webhooks')
          .selectAll()
          .where('organization_id', '=', organizationId)
          .where('id', '=', id)
          .where('status', 'not in', ['gone', 'deleted'])
          .forNoKeyUpdate()
          .executeTakeFirst();
        if (!current) return null;
        if (change.status === 'active' && (await mustStayStopped(tx, current))) return toWebhook(current);
        const row = await tx
          .updateTable('webhooks')
          .set({ ...fromStatus(change), revision: sql`revision + 1`, updated_at: now })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow();
        await (change.status === 'active' ? openLane(tx, id, now) : closeLane(tx, id));
        return toWebhook(row);
      });
    },

    async bringForward(organizationId, id, now) {
      return db.transaction().execute((tx) => bringForward(tx, organizationId, id, now));
    },

    async deleteWebhook(organizationId, id, now) {
      return db.transaction().execute(async (tx) => {
        const row = await lockWebhook(tx, organizationId, id);
        if (!row) return 'unknown';
        if (row.status === 'deleted') return 'already';
        await retire(tx, id, 'deleted', now);
        await discardBacklog(tx, id);
        return row.status === 'gone' ? 'already' : 'deleted';
      });
    },
  };
}

async function subscribe(tx: Tx, hook: Webhook, renewing: Renewing): Promise<Subscribed> {
  const { now } = renewing;
  if (hook.listener) await replaceListeners(tx, hook, now);
  const isNew = await insert(tx, hook);
  const outcome: Subscribed = isNew ? { kind: 'subscribed', webhook: hook } : await renew(tx, hook, renewing);
  if (outcome.kind === 'exists') return outcome;
  const { webhook } = outcome;
  if (webhook.status !== 'active' || webhook.listener) return outcome;
  const inherits = await succeed(tx, webhook, now);
  // After all others, as a lane is locked last.
  if (inherits || !isNew) await openLane(tx, webhook.id, now);
  return outcome;
}

async function unsubscribe(
  tx: Tx,
  { organizationId, id }: Pick<Webhook, 'organizationId' | 'id'>,
  { message, until }: Parameters<WebhookStore['unsubscribe']>[2],
  now: number,
): ReturnType<WebhookStore['unsubscribe']> {
  const row = await lockWebhook(tx, organizationId, id);
  if (!row) return 'unknown';
  if (row.status === 'deleted' || row.status === 'gone') return 'already';
  if (row.rest_hook === 0 || row.listener === 1) {
    await retire(tx, id, 'deleted', now);
    await discardBacklog(tx, id);
  } else {
    await bequeath(tx, id, { code: unsubscribed, message, at: now }, until, now);
    await closeLane(tx, id);
  }
  return 'deleted';
}

function lockWebhook(tx: Tx, organizationId: string, id: string) {
  return tx
    .selectFrom('webhooks')
    .select(['status', 'rest_hook', 'listener'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** Somebody listens anew: what an earlier listener with this URL had is of no use. */
async function replaceListeners(tx: Tx, { organizationId, url }: Webhook, now: number): Promise<void> {
  const earlier = await tx
    .selectFrom('webhooks')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('status_until', 'is not', null)
    .where('url', '=', url)
    .where('listener', '=', 1)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
  for (const { id } of earlier) {
    await retire(tx, id, 'deleted', now);
    await discardBacklog(tx, id);
  }
}

async function bringForward(tx: Tx, organizationId: string, webhookId: string, now: number): Promise<boolean> {
  if (await isBeingDiscarded(tx, organizationId, webhookId)) return false;
  const waiting = await tx
    .selectFrom('deliveries')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('webhook_id', '=', webhookId)
    .where('state', '=', literal.pending)
    .where('owner', 'is', null)
    .where('next_attempt_at', '>', now)
    .orderBy('next_attempt_at')
    .orderBy('id')
    .limit(rowsPerStep)
    .forNoKeyUpdate()
    .skipLocked()
    .execute();
  if (waiting.length === 0) return false;
  await inChunks(
    tx,
    waiting.map(({ id }) => id),
    (ids) => tx.updateTable('deliveries').set({ next_attempt_at: now }).where('id', 'in', ids).execute(),
  );
  await laneDue(tx, [webhookId], now);
  return waiting.length === rowsPerStep;
}

async function isTaken(tx: Tx, webhook: Webhook): Promise<boolean> {
  const twin = await tx
    .selectFrom('webhooks')
    .select('id')
    .where('subscription', '=', subscriptionKey(webhook))
    .where('id', '!=', webhook.id)
    .executeTakeFirst();
  return twin !== undefined;
}

/** Returns false when an equal REST hook exists. */
async function insert(tx: Tx, webhook: Webhook): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('webhooks')
    .values(fromWebhook(webhook))
    .onConflict((conflict) => conflict.column('subscription').doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows === 0n) return false;
  const state = webhook.status === 'active' ? 'open' : 'closed';
  await tx
    .insertInto('lanes')
    .values({
      webhook_id: webhook.id,
      state,
      ordering: webhook.ordering,
      due_at: null,
      owner: null,
      slot: slotOf(webhook.id),
    })
    .execute();
  await insertSubscriptions(tx, webhook);
  return true;
}

/** A webhook whose backlog is being discarded must not be resumed, as the rest of the backlog would be sent. */
async function mustStayStopped(tx: Tx, webhook: Row<'webhooks'>): Promise<boolean> {
  return webhook.status !== 'active' && (await isBeingDiscarded(tx, webhook.organization_id, webhook.id));
}

interface Renewing {
  readonly keepSecret: boolean;
  readonly renewal: Renewal | undefined;
  readonly now: number;
}

async function renew(tx: Tx, hook: Webhook, { keepSecret, renewal, now }: Renewing): Promise<Subscribed> {
  const subscription = subscriptionKey(hook);
  const existing = await tx
    .selectFrom('webhooks')
    .selectAll()
    .where('subscription', '=', subscription)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!existing) throw new Overtaken('The REST hook was removed meanwhile.');
  if (await mustStayStopped(tx, existing)) return { kind: 'subscribed', webhook: toWebhook(existing) };
  const sealed = keepSecret && existing.format === hook.format ? existing.sealed : sealedFor(existing.id, renewal);
  if (sealed === undefined) return { kind: 'exists', id: existing.id };
  const row = await tx
    .updateTable('webhooks')
    .set({
      ...fromStatus({ status: 'active', reason: null }),
      format: hook.format,
      filter: hook.filter,
      platform: hook.platform,
      acknowledges: hook.acknowledges ? 1 : 0,
      ...(hook.externalId === null ? {} : { external_id: hook.externalId }),
      sealed,
      revision: sql`revision + 1`,
      updated_at: now,
    })
    .where('subscription', '=', subscription)
    .returningAll()
    .executeTakeFirstOrThrow();
  return { kind: 'subscribed', webhook: toWebhook(row) };
}

function sealedFor(id: string, renewal: Renewal | undefined): string | undefined {
  return renewal?.id === id ? renewal.sealed : undefined;
}

async function insertSubscriptions(tx: Tx, { id, organizationId, provider, events }: Webhook): Promise<void> {
  const rows = [...new Set(events)].map((event) => ({
    organization_id: organizationId,
    provider,
    event_type: event,
    webhook_id: id,
  }));
  await tx.insertInto('subscriptions').values(rows).execute();
}

/** The first due delivery depends on the ordering, so the lane becomes due for the claimer. */
async function setLaneOrdering(tx: Tx, { id, ordering }: Webhook, now: number): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('lanes')
    .set({ ordering, backlogged: 0 })
    .where('webhook_id', '=', id)
    .where('ordering', '!=', ordering)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) await laneDue(tx, [id], now);
}
