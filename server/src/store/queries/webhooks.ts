import type { Webhook } from '../../model.ts';
import type { WebhookStore } from '../contract.ts';
import { fromWebhook, subscriptionKey, toWebhook } from '../rows.ts';
import type { Db, Tx } from '../tables.ts';
import { retire } from './support.ts';

export function webhookQueries(db: Db): WebhookStore {
  return {
    async insertWebhook(webhook) {
      await db.transaction().execute((tx) => insert(tx, webhook));
    },

    async subscribe(hook, keepSecret, now) {
      return db.transaction().execute(async (tx) => {
        const existing = await findSubscription(tx, hook);
        if (existing) return renew(tx, existing, hook, keepSecret, now);
        await insert(tx, hook);
        return hook;
      });
    },

    async getWebhook(organizationId, id) {
      return find(db, organizationId, id);
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
      if (cursor) query = query.where('id', '<', cursor);
      return (await query.execute()).map(toWebhook);
    },

    async updateWebhook(webhook, now) {
      return db.transaction().execute(async (tx) => {
        const twin = webhook.restHook ? await findSubscription(tx, webhook) : undefined;
        if (twin && twin.id !== webhook.id) return 'taken';
        return (await replace(tx, webhook, now)) ? 'saved' : 'stale';
      });
    },

    async setWebhookStatus(organizationId, id, change, now) {
      return db.transaction().execute(async (tx) => {
        const webhook = await find(tx, organizationId, id);
        if (!webhook || webhook.status === 'gone') return null;
        const changed = withStatus(webhook, change);
        await replace(tx, changed, now);
        await setLaneState(tx, id, change.status, now);
        return { ...changed, revision: webhook.revision + 1, updatedAt: now };
      });
    },

    async deleteWebhook(organizationId, id, now) {
      return db.transaction().execute(async (tx) => {
        const row = await tx
          .selectFrom('webhooks')
          .select('status')
          .where('organization_id', '=', organizationId)
          .where('id', '=', id)
          .executeTakeFirst();
        if (!row) return 'unknown';
        if (row.status === 'deleted') return 'already';
        await retire(tx, id, 'deleted', now);
        return row.status === 'gone' ? 'already' : 'deleted';
      });
    },
  };
}

async function find(db: Db, organizationId: string, id: string): Promise<Webhook | null> {
  const row = await db
    .selectFrom('webhooks')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('status', '!=', 'deleted')
    .executeTakeFirst();
  return row ? toWebhook(row) : null;
}

async function findSubscription(tx: Tx, hook: Webhook): Promise<Webhook | undefined> {
  const row = await tx
    .selectFrom('webhooks')
    .selectAll()
    .where('subscription', '=', subscriptionKey(hook))
    .executeTakeFirst();
  return row && toWebhook(row);
}

async function insert(tx: Tx, webhook: Webhook): Promise<void> {
  await tx.insertInto('webhooks').values(fromWebhook(webhook)).execute();
  await tx.insertInto('lanes').values({ webhook_id: webhook.id, state: 'open', due_at: null, owner: null }).execute();
  await writeSubscriptions(tx, webhook);
}

async function renew(tx: Tx, existing: Webhook, hook: Webhook, keepSecret: boolean, now: number): Promise<Webhook> {
  const renewed: Webhook = {
    ...withStatus(existing, { status: 'active', reason: null }),
    format: hook.format,
    platform: hook.platform,
    externalId: hook.externalId ?? existing.externalId,
    sealed: keepSecret && existing.format === hook.format ? existing.sealed : hook.sealed,
  };
  await replace(tx, renewed, now);
  await setLaneState(tx, existing.id, 'active', now);
  return { ...renewed, revision: existing.revision + 1, updatedAt: now };
}

/** Saves all of a webhook if nobody changed it since it was read. */
async function replace(tx: Tx, webhook: Webhook, now: number): Promise<boolean> {
  const { id, created_at: _, ...row } = fromWebhook(webhook);
  const { numUpdatedRows } = await tx
    .updateTable('webhooks')
    .set({ ...row, revision: webhook.revision + 1, updated_at: now })
    .where('id', '=', id)
    .where('revision', '=', webhook.revision)
    .where('status', 'not in', ['gone', 'deleted'])
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await tx.deleteFrom('subscriptions').where('webhook_id', '=', id).execute();
  await writeSubscriptions(tx, webhook);
  return true;
}

async function writeSubscriptions(tx: Tx, { id, organizationId, provider, events }: Webhook): Promise<void> {
  const rows = events.map((event) => ({
    organization_id: organizationId,
    provider,
    event_type: event,
    webhook_id: id,
  }));
  await tx.insertInto('subscriptions').values(rows).execute();
}

function withStatus(webhook: Webhook, change: Parameters<WebhookStore['setWebhookStatus']>[2]): Webhook {
  const fresh = change.status === 'active' ? { consecutiveFailures: 0, goneAnswers: 0 } : {};
  return { ...webhook, ...fresh, status: change.status, statusReason: change.reason };
}

/** Opening a lane lets the claimer look at it at once: deliveries may have been held. */
async function setLaneState(tx: Tx, webhookId: string, status: 'active' | 'paused', now: number): Promise<void> {
  await tx
    .updateTable('lanes')
    .set(status === 'active' ? { state: 'open', due_at: now } : { state: 'closed', owner: null })
    .where('webhook_id', '=', webhookId)
    .execute();
}
