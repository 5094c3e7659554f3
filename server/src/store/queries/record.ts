import { sql } from 'kysely';
import type { AttemptResult, Recorded, StatusChange, WebhookEffect } from '../contract/index.ts';
import { fromAttempt, fromStatus } from '../rows.ts';
import type { Db, Tx } from '../tables.ts';
import { fitsOne, inChunks, insertChunks, listed } from './batches.ts';
import type { AtOnce } from './dialect.ts';
import type { Report } from './reports.ts';
import { exhaustion, stop, storeReports, streaks } from './reports.ts';
import { bequeath } from './succession.ts';
import { closeLane, discardBacklog, heldBy, lanesDueAt, lockLanes, retire } from './support.ts';

/** Records results: in one statement if everything was delivered and the database can. */
export async function record(
  db: Db,
  atOnce: AtOnce | null,
  { node, results, now }: { readonly node: string; readonly results: readonly AttemptResult[]; readonly now: number },
): Promise<Recorded> {
  if (atOnce && results.every(isDeliveredAndWell)) {
    const attempts = results.map(({ attempt }) => fromAttempt(attempt));
    if (attempts.length > 0 && fitsOne(db, attempts)) {
      await atOnce.recordDelivered(db, { node, attempts, now });
      return { waiting: false };
    }
  }
  return db.transaction().execute((tx) => recordResults(tx, node, results, now));
}

/** The result changes nothing about its webhook. */
function isDeliveredAndWell({ delivery, webhook }: AttemptResult): boolean {
  const { failures, goneAnswers, change } = webhook;
  return delivery.state === 'delivered' && failures === 'keep' && goneAnswers === 'keep' && change === null;
}

/**
 * Records results: log, deliveries, webhooks and operational events. Attempts that were recorded before are left out, so
 * a batch whose answer was lost can be recorded again.
 */
async function recordResults(tx: Tx, node: string, batch: readonly AttemptResult[], now: number): Promise<Recorded> {
  const results = await insertAttempts(tx, batch);
  await completeDelivered(tx, node, results, now);
  const undelivered = await recordUndelivered(tx, node, results, now);
  const reports = undelivered
    .filter(({ delivery }) => delivery.state === 'exhausted')
    .flatMap(({ attempt }) => exhaustion(attempt));
  const stopped = new Map<string, StatusChange>();
  for (const [webhookId, group] of inOrderOfWebhooks(results)) {
    reports.push(...(await countFailures(tx, webhookId, group)));
    for (const { attempt, webhook } of group) {
      if (!webhook.change || !(await changeStatus(tx, webhookId, webhook.change, now))) continue;
      stopped.set(webhookId, webhook.change);
      if (!webhook.change.again) reports.push(stop(attempt, webhook.change));
    }
  }
  const { webhookIds, waiting } = await storeReports(tx, reports, now);
  const due = firstRetries(undelivered);
  for (const id of webhookIds) due.set(id, now);
  await settleLanes(tx, due, stopped);
  return { waiting };
}

/** By webhook, in the order of their ids, to avoid deadlocks. */
function inOrderOfWebhooks(results: readonly AttemptResult[]): [string, AttemptResult[]][] {
  const groups = Map.groupBy(results, ({ attempt }) => attempt.webhookId);
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Returns the results whose attempts are new. */
async function insertAttempts(tx: Tx, results: readonly AttemptResult[]): Promise<AttemptResult[]> {
  const inserted = new Set<string>();
  for (const some of insertChunks(
    tx,
    results.map(({ attempt }) => fromAttempt(attempt)),
  )) {
    const rows = await tx
      .insertInto('attempts')
      .values(some)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .execute();
    for (const { id } of rows) inserted.add(id);
  }
  return results.filter(({ attempt }) => inserted.has(attempt.id));
}

/** The columns of a delivery that was delivered. */
export function deliveredNow(now: number) {
  return {
    state: 'delivered',
    attempts: sql<number>`attempts + 1`,
    next_attempt_at: null,
    owner: null,
    completed_at: now,
  };
}

async function completeDelivered(tx: Tx, node: string, results: readonly AttemptResult[], now: number): Promise<void> {
  const delivered = results.filter(({ delivery }) => delivery.state === 'delivered');
  await inChunks(tx, delivered.map(({ attempt }) => attempt.deliveryId).sort(), (ids) =>
    tx.updateTable('deliveries').set(deliveredNow(now)).where('id', 'in', ids).where(heldBy(node)).execute(),
  );
}

/** Returns the results whose deliveries the node still leases. */
async function recordUndelivered(
  tx: Tx,
  node: string,
  results: readonly AttemptResult[],
  now: number,
): Promise<AttemptResult[]> {
  const undelivered = new Map<string, AttemptResult>();
  for (const result of results) {
    const { deliveryId } = result.attempt;
    if (result.delivery.state !== 'delivered' && !undelivered.has(deliveryId)) undelivered.set(deliveryId, result);
  }
  const written: AttemptResult[] = [];
  const inOrder = [...undelivered.values()].sort((a, b) => (a.attempt.deliveryId < b.attempt.deliveryId ? -1 : 1));
  for (const some of insertChunks(tx, inOrder)) {
    const rows = await updateUndelivered(tx, node, some, now);
    const ids = new Set(rows.map(({ id }) => id));
    written.push(...some.filter(({ attempt }) => ids.has(attempt.deliveryId)));
  }
  return written;
}

interface Outcome {
  readonly column1: string;
  readonly column2: string;
  readonly column3: number;
  readonly column4: number | null;
  readonly column5: number | null;
}

/** All in one statement. */
function updateUndelivered(
  tx: Tx,
  node: string,
  results: readonly AttemptResult[],
  now: number,
): Promise<{ id: string }[]> {
  const outcomes = results.map(({ attempt, delivery: { state, failures, nextAttemptAt } }) => {
    const completedAt = state === 'pending' ? null : now;
    return [attempt.deliveryId, state, failures, nextAttemptAt, completedAt];
  });
  return tx
    .updateTable('deliveries')
    .from(listed<Outcome, 'outcome'>(['text', 'text', 'bigint', 'bigint', 'bigint'], outcomes, 'outcome'))
    .set(({ ref }) => ({
      state: ref('outcome.column2'),
      attempts: sql`attempts + 1`,
      failures: ref('outcome.column3'),
      next_attempt_at: ref('outcome.column4'),
      owner: null,
      completed_at: ref('outcome.column5'),
    }))
    .whereRef('deliveries.id', '=', 'outcome.column1')
    .where(heldBy(node))
    .returning('id')
    .execute();
}

/** The earliest retry by webhook. */
function firstRetries(results: readonly AttemptResult[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const { attempt, delivery } of results) {
    if (delivery.nextAttemptAt === null) continue;
    const earliest = times.get(attempt.webhookId) ?? Number.MAX_SAFE_INTEGER;
    times.set(attempt.webhookId, Math.min(earliest, delivery.nextAttemptAt));
  }
  return times;
}

/** Updates the lanes: when they are due, and closes those of stopped webhooks. */
async function settleLanes(
  tx: Tx,
  due: ReadonlyMap<string, number>,
  stopped: ReadonlyMap<string, StatusChange>,
): Promise<void> {
  await lockLanes(tx, [...new Set([...due.keys(), ...stopped.keys()])]);
  await lanesDueAt(tx, due);
  for (const [webhookId, { status, until }] of stopped) {
    await (status === 'gone' && until === null ? discardBacklog : closeLane)(tx, webhookId);
  }
}

async function countFailures(tx: Tx, webhookId: string, group: readonly AttemptResult[]): Promise<Report[]> {
  const failures = tally(group.map(({ webhook }) => webhook.failures));
  const goneAnswers = tally(group.map(({ webhook }) => webhook.goneAnswers));
  if (!failures.changed && !goneAnswers.changed) return [];
  const before = failures.reset ? await failuresOf(tx, webhookId) : undefined;
  const webhook = await tx
    .updateTable('webhooks')
    .set({
      consecutive_failures: failures.reset ? failures.added : sql`consecutive_failures + ${failures.added}`,
      gone_answers: goneAnswers.reset ? goneAnswers.added : sql`gone_answers + ${goneAnswers.added}`,
      // Of one that was paused and is tried again.
      ...(goneAnswers.reset ? { status_reason: sql`case status when 'active' then null else status_reason end` } : {}),
    })
    .where('id', '=', webhookId)
    .returning(['status', 'consecutive_failures'])
    .executeTakeFirst();
  if (webhook?.status !== 'active') return [];
  return streaks(before ?? webhook.consecutive_failures - failures.added, group);
}

/** A webhook's consecutive failures. An update that changes nothing, to lock the row. */
async function failuresOf(tx: Tx, webhookId: string): Promise<number | undefined> {
  const webhook = await tx
    .updateTable('webhooks')
    .set({ consecutive_failures: sql`consecutive_failures` })
    .where('id', '=', webhookId)
    .returning('consecutive_failures')
    .executeTakeFirst();
  return webhook?.consecutive_failures;
}

/** Several effects on a counter, in order, as one change. */
function tally(effects: readonly WebhookEffect['failures'][]): { reset: boolean; added: number; changed: boolean } {
  let reset = false;
  let added = 0;
  for (const effect of effects) {
    if (effect === 'increment') added += 1;
    if (effect === 'reset') [reset, added] = [true, 0];
  }
  return { reset, added, changed: reset || added > 0 };
}

/** False when the webhook is stopped already. */
async function changeStatus(tx: Tx, webhookId: string, change: StatusChange, now: number): Promise<boolean> {
  const { status, reason, until } = change;
  const { numUpdatedRows } = await tx
    .updateTable('webhooks')
    .set({ ...fromStatus({ status, reason }), status_until: until, revision: sql`revision + 1`, updated_at: now })
    .where('id', '=', webhookId)
    .where('status', '=', 'active')
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  if (until === null && status === 'gone') await retire(tx, webhookId, status, now);
  else if (until !== null && status === 'gone') await bequeath(tx, webhookId, reason, until, now);
  return true;
}
