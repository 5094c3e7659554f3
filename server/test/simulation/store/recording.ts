import type { AttemptResult, Recorded } from '../../../src/store/contract/index.ts';
import type { Tables } from './tables.ts';

/** store/queries/record.ts, without the log and operational events. */
export class Recording {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  record(node: string, batch: readonly AttemptResult[], now: number): Recorded {
    const results = batch.filter(({ attempt }) => !this.#tables.attempts.has(attempt.id));
    for (const { attempt } of results) this.#tables.attempts.add(attempt.id);
    for (const result of results) this.#recordDelivery(node, result);
    for (const result of results) this.#recordWebhook(result, now);
    return { waiting: false };
  }

  #recordDelivery(node: string, { attempt, delivery: { state, failures, nextAttemptAt } }: AttemptResult): void {
    const row = this.#tables.deliveries.get(attempt.deliveryId);
    if (row?.owner !== node) return;
    row.attempts += 1;
    row.failures = failures;
    if (state !== 'pending') {
      this.#tables.complete(row, state);
      return;
    }
    Object.assign(row, { owner: null, nextAttemptAt });
    if (nextAttemptAt !== null) this.#tables.laneDue([row.webhookId], nextAttemptAt);
  }

  #recordWebhook(
    { attempt: { webhookId }, webhook: { failures, goneAnswers, change } }: AttemptResult,
    now: number,
  ): void {
    const webhook = this.#tables.webhooks.get(webhookId);
    if (!webhook) return;
    this.#tables.webhooks.set(webhookId, {
      ...webhook,
      consecutiveFailures: count(webhook.consecutiveFailures, failures),
      goneAnswers: count(webhook.goneAnswers, goneAnswers),
    });
    if (!change || webhook.status !== 'active') return;
    if (change.status === 'gone') {
      this.#tables.retire(webhookId, 'gone', now);
      return;
    }
    this.#tables.change(webhookId, { status: change.status, statusReason: change.reason }, now);
    Object.assign(this.#tables.lane(webhookId), { state: 'closed', backlogged: false });
  }
}

function count(value: number, effect: 'reset' | 'increment' | 'keep'): number {
  if (effect === 'keep') return value;
  return effect === 'reset' ? 0 : value + 1;
}
