import { STATUS_CODES } from 'node:http';
import type { DeliveryPolicy, GoneRule, PlatformProfile } from '@bellhop/shared';
import { isSuccess, matchesAnswer } from '@bellhop/shared';
import type { AttemptOutcome, DeliveryState, StatusReason } from '../model.ts';
import type { WebhookEffect } from '../store/contract/index.ts';
import type { HttpResult } from '../target/post.ts';

/**
 * What an answer means: rules, history and answer in, decision out. The engine carries it out.
 */
export interface Situation {
  /** With the webhook's own retry schedule, if it has one. */
  readonly policy: DeliveryPolicy;
  readonly platform: PlatformProfile;
  readonly result: HttpResult;
  readonly delivery: {
    /** Counted failures before this attempt. */
    readonly failures: number;
    readonly attempts: number;
    /** Unix milliseconds. */
    readonly createdAt: number;
    readonly test: boolean;
  };
  readonly webhook: { readonly consecutiveFailures: number; readonly goneAnswers: number };
  /** Unix milliseconds, by the server's time. */
  readonly now: number;
  /** Unix milliseconds by the machine's clock, for dates in answers. */
  readonly wall: number;
  /** 0 to 1, for jitter. */
  readonly random: number;
}

export interface Decision {
  readonly outcome: AttemptOutcome;
  readonly delivery: {
    readonly state: DeliveryState;
    readonly nextAttemptAt: number | null;
    readonly failures: number;
  };
  readonly webhook: WebhookEffect;
  /** Milliseconds to send nothing to the webhook; 0: none. */
  readonly quietMs: number;
  /** Null: the status says it all. */
  readonly explanation: string | null;
}

const day = 24 * 3600 * 1000;

/** How long a delivery that is throttled again and again is kept. */
const patience = 3 * day;
/** The longest Retry-After that is obeyed. */
const longestRetryAfter = day;

const keep = { failures: 'keep', goneAnswers: 'keep', change: null } as const satisfies WebhookEffect;

export function decide(situation: Situation): Decision {
  const { result, policy, platform } = situation;
  if (result.kind === 'error') return result.code === 'proxy' ? hindered(situation) : failed(situation, null);
  if (isSuccess(policy, result.status)) return delivered(situation);
  const goneRule = platform.gone.find((rule) => matchesAnswer(rule, result.status, result.body));
  if (goneRule) return gone(situation, goneRule);
  const busy = result.status === 429 || platform.busy.some((rule) => matchesAnswer(rule, result.status, result.body));
  if (busy) return throttled(situation);
  const final = platform.final.includes(result.status);
  return failed(situation, meaningOf(policy, result.status), final);
}

function delivered({ webhook, delivery }: Situation): Decision {
  const clean = delivery.test || (webhook.consecutiveFailures === 0 && webhook.goneAnswers === 0);
  return {
    outcome: 'delivered',
    delivery: { state: 'delivered', nextAttemptAt: null, failures: delivery.failures },
    webhook: clean ? keep : { failures: 'reset', goneAnswers: 'reset', change: null },
    quietMs: 0,
    explanation: null,
  };
}

function gone(situation: Situation, rule: GoneRule): Decision {
  const { webhook, delivery, now } = situation;
  const persists = webhook.goneAnswers + 1 >= rule.afterAnswers;
  const reason: StatusReason = { code: 'platform_gone', message: rule.reason, at: now };
  if (rule.action === 'remove' && persists) {
    return {
      outcome: 'failed',
      delivery: { state: 'discarded', nextAttemptAt: null, failures: delivery.failures },
      webhook: { ...keep, change: { status: 'gone', reason } },
      quietMs: 0,
      explanation: rule.reason,
    };
  }
  if (delivery.test || !persists) {
    const decision = failed(situation, null);
    return { ...decision, webhook: { ...decision.webhook, goneAnswers: delivery.test ? 'keep' : 'increment' } };
  }
  // The delivery joins the backlog, which is sent when the webhook is resumed.
  return {
    outcome: 'failed',
    delivery: { state: 'pending', nextAttemptAt: now, failures: delivery.failures },
    webhook: { failures: 'keep', goneAnswers: 'increment', change: { status: 'paused', reason } },
    quietMs: 0,
    explanation: rule.reason,
  };
}

/** Throttling is no failure: it uses no retry, does not count toward disabling, and is waited out whatever is retried. */
function throttled(situation: Situation): Decision {
  const { delivery, now, random } = situation;
  // Who asks for fewer requests and for no wait has a clock that is behind, or no better idea.
  const wait = Math.round((retryAfter(situation) || growingWait(situation)) * (1 + 0.1 * random));
  const patient = now - delivery.createdAt < patience && !delivery.test;
  return {
    ...waiting(situation, patient ? now + wait : null),
    outcome: 'throttled',
    quietMs: delivery.test ? 0 : wait,
    explanation: 'The receiver asked for fewer requests.',
  };
}

/** The request never reached its receiver, for a reason on our side: the delivery waits, whatever its provider retries. */
function hindered(situation: Situation): Decision {
  const { delivery, now, random } = situation;
  const patient = now - delivery.createdAt < patience && !delivery.test;
  const wait = Math.round(growingWait(situation) * (1 + 0.1 * random));
  return { ...waiting(situation, patient ? now + wait : null), outcome: 'failed', quietMs: 0, explanation: null };
}

/** A delivery that waits without having failed. @param until null: it has waited long enough */
function waiting({ delivery }: Situation, until: number | null): Pick<Decision, 'delivery' | 'webhook'> {
  const state = until === null ? 'exhausted' : 'pending';
  return { delivery: { state, nextAttemptAt: until, failures: delivery.failures }, webhook: keep };
}

/** Doubles with each attempt, up to five minutes. Milliseconds. */
function growingWait({ delivery }: Situation): number {
  return Math.min(2 ** Math.min(delivery.attempts, 8), 300) * 1000;
}

function failed(situation: Situation, explanation: string | null, final = false): Decision {
  const { policy, delivery, webhook, now, random } = situation;
  const { delays, jitter } = policy.retry;
  const delay = final || delivery.test ? undefined : delays[delivery.failures];
  const base = {
    outcome: 'failed',
    quietMs: 0,
    explanation,
  } as const;
  const failures = delivery.failures + 1;
  const disable =
    policy.disableAfterFailures !== null && webhook.consecutiveFailures + 1 >= policy.disableAfterFailures;
  const effect: WebhookEffect = delivery.test
    ? keep
    : { failures: 'increment', goneAnswers: 'keep', change: disable ? disabling(situation) : null };
  if (delay === undefined) {
    return { ...base, delivery: { state: 'exhausted', nextAttemptAt: null, failures }, webhook: effect };
  }
  const wait = Math.max(delay * 1000 * (1 + jitter * random), retryAfter(situation) ?? 0);
  return { ...base, delivery: { state: 'pending', nextAttemptAt: Math.round(now + wait), failures }, webhook: effect };
}

function disabling({ webhook, result, now }: Situation): NonNullable<WebhookEffect['change']> {
  const last = result.kind === 'error' ? result.message : `The last answer was ${statusText(result.status)}.`;
  const message = `Disabled after ${webhook.consecutiveFailures + 1} failed attempts in a row. ${last}`;
  return { status: 'disabled', reason: { code: 'consecutive_failures', message, at: now } };
}

/** `502 Bad Gateway`. */
export function statusText(status: number): string {
  const phrase = STATUS_CODES[status];
  return phrase ? `${status} ${phrase}` : String(status);
}

/** RFC 9110, 15.4. */
const redirects: readonly number[] = [301, 302, 303, 307, 308];

/** Explains a status that counts as a failure; null: it explains itself. */
function meaningOf({ success }: DeliveryPolicy, status: number): string | null {
  const answer = `The receiver answered ${statusText(status)}.`;
  if (redirects.includes(status))
    return `${answer} Redirects are not followed. Change the webhook's URL to where they lead.`;
  if (success === '2xx' || status < 200 || status >= 300) return null;
  return `${answer} Only ${success.join(', ')} counts as success here.`;
}

/** RFC 9110, 10.2.3: seconds, or a date. Milliseconds from now; undefined when not given or unreadable. */
function retryAfter({ result, wall }: Situation): number | undefined {
  const value = result.kind === 'response' ? result.headers['retry-after']?.trim() : undefined;
  if (!value) return undefined;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - wall;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), longestRetryAfter);
}
