import { newId } from '../../../src/ids.ts';
import type { Attempt, Work } from '../../../src/model.ts';
import type { AttemptResult, WebhookEffect } from '../../../src/store/contract/index.ts';
import { now } from './world.ts';

/** What the engine would record of work that it sent, one function per outcome. */

export const unchanged: WebhookEffect = { failures: 'keep', goneAnswers: 'keep', change: null };

export function newAttempt({ delivery, event }: Work, differences: Partial<Attempt> = {}): Attempt {
  return {
    id: newId('attempt'),
    deliveryId: delivery.id,
    eventId: event.id,
    webhookId: delivery.webhookId,
    organizationId: event.organizationId,
    eventType: event.type,
    test: event.test,
    number: delivery.attempts + 1,
    startedAt: now,
    durationMs: 12,
    statusCode: 200,
    error: null,
    request: { headers: { 'content-type': 'application/json' }, body: '{}' },
    response: { headers: {}, body: 'ok', truncated: false },
    outcome: 'delivered',
    ...differences,
  };
}

export function delivered(work: Work, webhook: Partial<WebhookEffect> = {}): AttemptResult {
  return {
    attempt: newAttempt(work),
    delivery: { state: 'delivered', nextAttemptAt: null, failures: work.delivery.failures },
    webhook: { ...unchanged, ...webhook },
  };
}

export function retry(work: Work, nextAttemptAt: number, webhook: Partial<WebhookEffect> = {}): AttemptResult {
  return failed(work, { state: 'pending', nextAttemptAt, failures: work.delivery.failures + 1 }, webhook);
}

export function exhausted(work: Work, webhook: Partial<WebhookEffect> = {}): AttemptResult {
  return failed(work, { state: 'exhausted', nextAttemptAt: null, failures: work.delivery.failures + 1 }, webhook);
}

export function discarded(work: Work, webhook: Partial<WebhookEffect> = {}): AttemptResult {
  return failed(work, { state: 'discarded', nextAttemptAt: null, failures: work.delivery.failures }, webhook);
}

/** The change of a webhook that an answer may bring about. */
export function becoming(status: 'paused' | 'disabled' | 'gone', message = 'Nobody listens.'): Partial<WebhookEffect> {
  return { change: { status, reason: { code: 'test', message, at: now }, until: null, again: false } };
}

function failed(work: Work, delivery: AttemptResult['delivery'], webhook: Partial<WebhookEffect>): AttemptResult {
  return {
    attempt: newAttempt(work, { statusCode: 500, outcome: 'failed' }),
    delivery,
    webhook: { ...unchanged, ...webhook },
  };
}
