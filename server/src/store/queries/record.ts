import { sql } from 'kysely';
import type { AttemptResult, WebhookEffect } from '../contract.ts';
import { fromAttempt } from '../rows.ts';
import type { Tx } from '../tables.ts';
import { heldBy, inChunks, insertChunks, laneDue, retire } from './support.ts';

/**
 * Writes down what attempts came to: the log, the deliveries, the webhooks. Attempts that are written down already are
 * left out, so that a batch whose answer got lost may be recorded again.
 */
export async function recordResults(tx: Tx, node: string, batch: readonly AttemptResult[], now: number): Promise<void> {
  const results = await insertAttempts(tx, batch);
  await completeDelivered(tx, node, results, now);
  for (const result of results) {
    if (result.delivery.state !== 'delivered') await recordUndelivered(tx, node, result, now);
  }
  for (const [webhookId, group] of Map.groupBy(results, ({ attempt }) => attempt.webhookId)) {
    await countFailures(tx, webhookId, group);
    for (const { webhook } of group) await changeStatus(tx, webhookId, webhook.change, now);
  }
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

async function recordUndelivered(
  tx: Tx,
  node: string,
  { attempt, delivery }: AttemptResult,
  now: number,
): Promise<void> {
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
}

async function countFailures(tx: Tx, webhookId: string, group: readonly AttemptResult[]): Promise<void> {
  const failures = tally(group.map(({ webhook }) => webhook.failures));
  const goneAnswers = tally(group.map(({ webhook }) => webhook.goneAnswers));
  if (!failures.changed && !goneAnswers.changed) return;
  await tx
    .updateTable('webhooks')
    .set({
      consecutive_failures: failures.reset ? failures.added : sql`consecutive_failures + ${failures.added}`,
      gone_answers: goneAnswers.reset ? goneAnswers.added : sql`gone_answers + ${goneAnswers.added}`,
    })
    .where('id', '=', webhookId)
    .execute();
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

async function changeStatus(tx: Tx, webhookId: string, change: WebhookEffect['change'], now: number): Promise<void> {
  if (!change) return;
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
  if (numUpdatedRows === 0n) return;
  if (change.status === 'gone') return retire(tx, webhookId, 'gone', now);
  await tx.updateTable('lanes').set({ state: 'closed', owner: null }).where('webhook_id', '=', webhookId).execute();
}
