import type { Retention } from '../contract/index.ts';
import type { Db, Tx } from '../tables.ts';
import { inChunks } from './batches.ts';
import type { LogGrowth } from './log-growth.ts';
import { laneDue, literal, rowsPerStep } from './support.ts';

/** Pruning by retention, in small steps that do not disturb deliveries. */

const webhooksPerStep = 20;
const walkEveryMs = 3600 * 1000;
/** A log is pruned once it has grown by this share of what is kept, so that a statement deletes many attempts. */
const growthBeforePrune = 1 / 2;

/**
 * Keeps the newest attempts of each webhook. It prunes logs that have grown, a few at a time; every hour, it walks over
 * all, for what other nodes and earlier processes left.
 */
export class AttemptPruning {
  readonly #db: Db;
  readonly #growth: LogGrowth;
  #cursor = '';
  #nextWalkAt = 0;

  constructor(db: Db, growth: LogGrowth) {
    this.#db = db;
    this.#growth = growth;
  }

  /** Returns true while there is more to do. */
  async step(keep: number, now: number): Promise<boolean> {
    const grown = this.#growth.take(webhooksPerStep, Math.max(1, keep * growthBeforePrune));
    for (const webhookId of grown) {
      if (await this.#prune(webhookId, keep)) this.#growth.note([webhookId], keep);
    }
    if (grown.length > 0) return true;
    if (now < this.#nextWalkAt) return false;
    const more = await this.#walk(keep);
    if (!more) this.#nextWalkAt = now + walkEveryMs;
    return more;
  }

  async #walk(keep: number): Promise<boolean> {
    for (let count = 0; count < webhooksPerStep; count += 1) {
      const next = await this.#db
        .selectFrom('attempts')
        .select('webhook_id')
        .where('webhook_id', '>', this.#cursor)
        .orderBy('webhook_id')
        .limit(1)
        .executeTakeFirst();
      if (!next) {
        this.#cursor = '';
        return false;
      }
      if (await this.#prune(next.webhook_id, keep)) return true;
      this.#cursor = next.webhook_id;
    }
    return true;
  }

  /** Returns true when there can be more to delete. */
  async #prune(webhookId: string, keep: number): Promise<boolean> {
    const surplus = this.#db
      .selectFrom('attempts')
      .select('id')
      .where('webhook_id', '=', webhookId)
      .orderBy('id', 'desc')
      .offset(keep)
      .limit(rowsPerStep);
    const { numDeletedRows } = await this.#db.deleteFrom('attempts').where('id', 'in', surplus).executeTakeFirst();
    return numDeletedRows === BigInt(rowsPerStep);
  }
}

/**
 * Deletes old events with their deliveries, a few at a time. Deliveries held by a node, and their events, are left for
 * a later walk.
 */
export class EventPruning {
  readonly #db: Db;
  #cursor = '';

  constructor(db: Db) {
    this.#db = db;
  }

  /** Returns true until the walk has reached events from after `before`. */
  async step(before: number, now: number): Promise<boolean> {
    // Ids sort by time, so the oldest events come first, and a step costs the same however many there are.
    const oldest = await this.#db
      .selectFrom('events')
      .select(['id', 'created_at'])
      .where('id', '>', this.#cursor)
      .orderBy('id')
      .limit(rowsPerStep)
      .execute();
    const old = oldest.filter((event) => event.created_at < before).map((event) => event.id);
    if (old.length > 0 && (await this.#prune(old, now))) return true;
    this.#cursor = old.length === rowsPerStep ? (old.at(-1) ?? '') : '';
    return old.length === rowsPerStep;
  }

  /** Returns true when there can be more deliveries to delete. */
  async #prune(eventIds: readonly string[], now: number): Promise<boolean> {
    return this.#db.transaction().execute(async (tx) => {
      const deliveries = await tx
        .selectFrom('deliveries')
        .select(['id', 'webhook_id', 'state'])
        .where('event_id', 'in', eventIds)
        .where('owner', 'is', null)
        .limit(rowsPerStep)
        .forUpdate()
        .skipLocked()
        .execute();
      await inChunks(
        tx,
        deliveries.map(({ id }) => id),
        (ids) => tx.deleteFrom('deliveries').where('id', 'in', ids).where('owner', 'is', null).execute(),
      );
      // In a FIFO lane, later deliveries can have waited behind these.
      const waited = deliveries.filter(({ state }) => state === 'pending').map((delivery) => delivery.webhook_id);
      await laneDue(tx, [...new Set(waited)], now);
      if (deliveries.length === rowsPerStep) return true;
      const left = tx.selectFrom('deliveries').select('event_id').where('event_id', 'in', eventIds);
      const fanningOut = tx.selectFrom('fan_outs').select('event_id').where('event_id', 'in', eventIds);
      const rest = tx.deleteFrom('events').where('id', 'in', eventIds).where('id', 'not in', left);
      await rest.where('id', 'not in', fanningOut).execute();
      return false;
    });
  }
}

export async function pruneKeys(db: Db, { idempotencyMs }: Retention, now: number): Promise<boolean> {
  const last = await db
    .selectFrom('idempotency_keys')
    .select('created_at')
    .where('created_at', '<', now - idempotencyMs)
    .orderBy('created_at')
    .limit(rowsPerStep)
    .execute();
  const upTo = last.at(-1)?.created_at;
  if (upTo === undefined) return false;
  await db.deleteFrom('idempotency_keys').where('created_at', '<=', upTo).execute();
  return last.length === rowsPerStep;
}

/** Jobs are kept at least as long as their idempotency keys. */
export async function pruneJobs(db: Db, { eventsMs, idempotencyMs }: Retention, now: number): Promise<boolean> {
  const ended = db
    .selectFrom('jobs')
    .select('id')
    .where('completed_at', '<', now - Math.max(eventsMs, idempotencyMs))
    .orderBy('completed_at')
    .limit(rowsPerStep);
  const { numDeletedRows } = await db.deleteFrom('jobs').where('id', 'in', ended).executeTakeFirst();
  return numDeletedRows === BigInt(rowsPerStep);
}

export async function pruneSessions(db: Db, now: number): Promise<boolean> {
  const ended = db
    .selectFrom('sessions')
    .select('hash')
    .where('kept_until', '<=', now)
    .orderBy('kept_until')
    .limit(rowsPerStep);
  const { numDeletedRows } = await db.deleteFrom('sessions').where('hash', 'in', ended).executeTakeFirst();
  return numDeletedRows === BigInt(rowsPerStep);
}

/** Statistics show 24 hours. */
const hoursKeptMs = 48 * 3600 * 1000;

/** Deletes the counts of old hours, one hour at a time. Returns true when there can be more. */
export async function pruneHours(db: Db, now: number): Promise<boolean> {
  const oldest = await db
    .selectFrom('webhook_hours')
    .select('hour')
    .where('hour', '<', now - hoursKeptMs)
    .orderBy('hour')
    .limit(1)
    .executeTakeFirst();
  if (!oldest) return false;
  const some = db.selectFrom('webhook_hours').select('webhook_id').where('hour', '=', oldest.hour).limit(rowsPerStep);
  await db.deleteFrom('webhook_hours').where('hour', '=', oldest.hour).where('webhook_id', 'in', some).execute();
  return true;
}

/** Removes webhooks that were deleted long ago, a few at a time, once their deliveries are pruned with their events. */
export class WebhookPruning {
  readonly #db: Db;
  #cursor = { updatedAt: 0, id: '' };

  constructor(db: Db) {
    this.#db = db;
  }

  /** Returns true until the walk has covered all webhooks deleted before this time. */
  async step(before: number): Promise<boolean> {
    const { updatedAt, id: last } = this.#cursor;
    const deleted = await this.#db
      .selectFrom('webhooks')
      .select(['id', 'updated_at'])
      .where('status', '=', literal.deleted)
      .where('updated_at', '<', before)
      .where(({ eb, refTuple, tuple }) => eb(refTuple('updated_at', 'id'), '>', tuple(updatedAt, last)))
      .orderBy('updated_at')
      .orderBy('id')
      .limit(webhooksPerStep)
      .execute();
    let removed = 0;
    for (const { id, updated_at } of deleted) {
      removed += await this.#db.transaction().execute((tx) => purge(tx, id, rowsPerStep - removed));
      if (removed >= rowsPerStep) return true;
      this.#cursor = { updatedAt: updated_at, id };
    }
    if (deleted.length === webhooksPerStep) return true;
    this.#cursor = { updatedAt: 0, id: '' };
    return false;
  }
}

/** Removes up to `limit` attempts of a webhook without deliveries, then the webhook. Returns the number of attempts. */
async function purge(tx: Tx, webhookId: string, limit: number): Promise<number> {
  const delivery = await tx
    .selectFrom('deliveries')
    .select('id')
    .where('webhook_id', '=', webhookId)
    .limit(1)
    .executeTakeFirst();
  if (delivery) return 0;
  const attempts = tx.selectFrom('attempts').select('id').where('webhook_id', '=', webhookId).limit(limit);
  const { numDeletedRows } = await tx.deleteFrom('attempts').where('id', 'in', attempts).executeTakeFirst();
  const removed = Number(numDeletedRows);
  if (removed < limit) {
    await tx.deleteFrom('webhook_hours').where('webhook_id', '=', webhookId).execute();
    await tx.deleteFrom('lanes').where('webhook_id', '=', webhookId).execute();
    await tx.deleteFrom('webhooks').where('id', '=', webhookId).execute();
  }
  return removed;
}
