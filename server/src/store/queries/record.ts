import { sql } from 'kysely';
import type { AttemptResult, Recorded, WebhookEffect } from '../contract.ts';
import { fromAttempt } from '../rows.ts';
import type { Tx } from '../tables.ts';
import type { Report } from './reports.ts';
import { exhaustion, stop, storeReports, streaks } from './reports.ts';
import { heldBy, inChunks, insertChunks, laneDue, retire } from './support.ts';

/**
 * Writes down what attempts came to: the log, the deliveries, the webhooks, and the operational events that report it.
 * Attempts that are written down already are left out, so that a batch whose answer got lost may be recorded again.
 */
export async function recordResults(
  tx: Tx,
  node: string,
  batch: readonly AttemptResult[],
  now: number,
): Promise<Recorded> {
  const results = await insertAttempts(tx, batch);
  const reports: Report[] = [];
  await completeDelivered(tx, node, results, now);
  for (const result of results) {
    if (result.delivery.state === 'delivered') continue;
    const written = await recordUndelivered(tx, node, result, now);
    if (written && result.delivery.state === 'exhausted') reports.push(...exhaustion(result.attempt));
  }
  for (const [webhookId, group] of Map.groupBy(results, ({ attempt }) => attempt.webhookId)) {
    reports.push(...(await countFailures(tx, webhookId, group)));
    for (const result of group) reports.push(...(await changeStatus(tx, webhookId, result, now)));
  }
  return { waiting: await storeReports(tx, reports, now) };
}

/** Returns the results whose attempts are new. */
async function insertAttempts(tx: Tx, results: readonly AttemptResult[]): Promise<AttemptResult[]> {
  const inserted = new Set<string>();
  for (const some of insertChunks(results)) {
    const rows = await tx
      .insertInto('attempts')
      .values(some.map(({ attempt }) => fromAttempt(attempt)))
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .execute();
    for (const { id } of rows) inserted.add(id);
  }
  return results.filter(({ attempt }) => inserted.has(attempt.id));
}

async function completeDelivered(tx: Tx, node: string, results: readonly AttemptResult[], now: number): Promise<void> {
  const delivered = results.filter(({ delivery }) => delivery.state === 'delivered');
  await inChunks(
    delivered.map(({ attempt }) => attempt.deliveryId),
    (ids) =>
      tx
        .updateTable('deliveries')
        .set({ state: 'delivered', attempts: sql`attempts + 1`, next_attempt_at: null, owner: null, completed_at: now })
        .where('id', 'in', ids)
        .where(heldBy(node))
        .execute(),
  );
}

/** False when the node does not hold the delivery any more. */
async function recordUndelivered(
  tx: Tx,
  node: string,
  { attempt, delivery }: AttemptResult,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('deliveries')
    .set({
      state: delivery.state,
      attempts: sql`attempts + 1`,
      failures: delivery.failures,
      next_attempt_at: delivery.nextAttemptAt,
      owner: null,
      completed_at: delivery.state === 'pending' ? null : now,
    })
    .where('id', '=', attempt.deliveryId)
    .where(heldBy(node))
    .executeTakeFirst();
  if (numUpdatedRows > 0n && delivery.nextAttemptAt !== null) {
    await laneDue(tx, [attempt.webhookId], delivery.nextAttemptAt);
  }
  return numUpdatedRows > 0n;
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
    })
    .where('id', '=', webhookId)
    .returning(['status', 'consecutive_failures'])
    .executeTakeFirst();
  if (webhook?.status !== 'active') return [];
  return streaks(before ?? webhook.consecutive_failures - failures.added, group);
}

/** A webhook's failures in a row so far. An update that changes nothing, so that nobody counts meanwhile. */
async function failuresOf(tx: Tx, webhookId: string): Promise<number | undefined> {
  const webhook = await tx
    .updateTable('webhooks')
    .set({ consecutive_failures: sql`consecutive_failures` })
    .where('id', '=', webhookId)
    .returning('consecutive_failures')
    .executeTakeFirst();
  return webhook?.consecutive_failures;
}

/** Several effects on one counter, in their order, as one change. */
function tally(effects: readonly WebhookEffect['failures'][]): { reset: boolean; added: number; changed: boolean } {
  let reset = false;
  let added = 0;
  for (const effect of effects) {
    if (effect === 'increment') added += 1;
    if (effect === 'reset') [reset, added] = [true, 0];
  }
  return { reset, added, changed: reset || added > 0 };
}

async function changeStatus(
  tx: Tx,
  webhookId: string,
  { attempt, webhook: { change } }: AttemptResult,
  now: number,
): Promise<Report[]> {
  if (!change) return [];
  const { numUpdatedRows } = await tx
    .updateTable('webhooks')
    .set({
      status: change.status,
      status_reason: JSON.stringify(change.reason),
      revision: sql`revision + 1`,
      updated_at: now,
    })
    .where('id', '=', webhookId)
    .where('status', '=', 'active')
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return [];
  if (change.status === 'gone') await retire(tx, webhookId, 'gone', now);
  else await closeLane(tx, webhookId);
  return [stop(attempt, change)];
}

async function closeLane(tx: Tx, webhookId: string): Promise<void> {
  await tx.updateTable('lanes').set({ state: 'closed', owner: null }).where('webhook_id', '=', webhookId).execute();
}
