import { STATUS_CODES } from 'node:http';
import type { AnswerPattern, DeliveryPolicy, GoneRule, PlatformProfile, WebhookPolicy } from '@bellhop/shared';
import { isJsonObject, isSuccess, matchesAnswer, parseJson } from '@bellhop/shared';
import type { AttemptOutcome, DeliveryState, Webhook } from '../model.ts';
import type { StatusChange, WebhookEffect } from '../store/contract/index.ts';
import type { HttpResult } from '../target/post.ts';

/**
 * What an answer means: rules, history and answer in, decision out. The engine carries it out.
 */
export interface Situation {
  readonly policy: WebhookPolicy;
  readonly platform: PlatformProfile;
  readonly result: HttpResult;
  readonly delivery: {
    readonly eventId: string;
    /** Counted failures before this attempt. */
    readonly failures: number;
    readonly attempts: number;
    /** Unix milliseconds. */
    readonly createdAt: number;
    readonly test: boolean;
  };
  readonly webhook: Pick<Webhook, 'restHook' | 'acknowledges' | 'listener'>;
  readonly standing: Standing;
  /** Unix milliseconds, by the server's time. */
  readonly now: number;
  /** Unix milliseconds by the machine's clock, for dates in answers. */
  readonly wall: number;
  /** 0 to 1, for jitter. */
  readonly random: number;
}

/** How a webhook has fared lately. */
export interface Standing extends Pick<Webhook, 'consecutiveFailures' | 'goneAnswers' | 'statusReason'> {
  /** The first of its failures in a row, Unix milliseconds; null: the last attempt did not fail, or it is not known. */
  readonly failingSince: number | null;
  /** The last failure that was counted, Unix milliseconds; null: none is known. */
  readonly failedAt: number | null;
  /** Another attempt that was under way at the same time has failed meanwhile: together they are one failure in a row. */
  readonly together: boolean;
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

/** How long a delivery waits for a receiver that is throttling or away. */
const patience = 3 * day;
/** The longest Retry-After that is obeyed. */
const longestRetryAfter = day;

/** How long an ended REST hook keeps what waits for one that replaces it. */
export const graceMs = 10 * 60_000;

const keep = { failures: 'keep', goneAnswers: 'keep', change: null } as const satisfies WebhookEffect;

export function decide(situation: Situation): Decision {
  const { result, policy, platform } = situation;
  if (result.kind === 'error') {
    if (result.code === 'hindered') return hindered(situation);
    return policy.waitsOutOutages ? unreached(situation, null) : failed(situation, null);
  }
  const { status, body, headers } = result;
  const isAnswer = (pattern: AnswerPattern) => matchesAnswer(pattern, status, body, headers['content-type']);
  const goneRule = platform.gone.find(isAnswer);
  if (goneRule) return gone(situation, goneRule);
  const busy = platform.busy.find(isAnswer);
  if (busy || status === 429) return throttled(situation, busy?.reason);
  if (isSuccess(policy, status))
    return isTaken(situation, body) ? delivered(situation) : unreached(situation, notTaken);
  if (policy.waitsOutOutages && outages.includes(status)) return unreached(situation, null);
  const meaning = platform.meanings.find(isAnswer)?.reason ?? meaningOf(policy, status);
  return failed(situation, meaning, platform.final.includes(status));
}

/** What a proxy answers for a receiver that it does not reach. */
const outages: readonly number[] = [502, 503, 504];

const notTaken =
  'The answer does not say that the event was taken: something else than the subscriber answered, such as a proxy, a login page or a server that is starting.';

/** A subscriber that acknowledges repeats the id of what it took. */
function isTaken({ webhook, delivery }: Situation, body: string): boolean {
  if (!webhook.acknowledges) return true;
  const answer = parseJson(body);
  return isJsonObject(answer) && answer.received === delivery.eventId;
}

function delivered({ standing, delivery }: Situation): Decision {
  const isWell = standing.consecutiveFailures === 0 && standing.goneAnswers === 0 && standing.statusReason === null;
  return {
    outcome: 'delivered',
    delivery: { state: 'delivered', nextAttemptAt: null, failures: delivery.failures },
    webhook: delivery.test || isWell ? keep : { failures: 'reset', goneAnswers: 'reset', change: null },
    quietMs: 0,
    explanation: null,
  };
}

/** Nothing is sent, as the webhook does not want the event any more. */
export function skipped({ failures }: { readonly failures: number }, explanation: string): Decision {
  return {
    outcome: 'skipped',
    delivery: { state: 'discarded', nextAttemptAt: null, failures },
    webhook: keep,
    quietMs: 0,
    explanation,
  };
}

function gone(situation: Situation, rule: GoneRule): Decision {
  const { webhook, standing, delivery } = situation;
  const persists = standing.goneAnswers + 1 >= rule.afterAnswers;
  if (webhook.listener || !persists || (rule.action === 'pause' && delivery.test)) {
    const decision = failed(situation, isLive(situation) ? null : rule.reason);
    return { ...decision, webhook: { ...decision.webhook, goneAnswers: counts(situation) ? 'increment' : 'keep' } };
  }
  const effect = rule.action === 'pause' ? paused(situation, rule) : ended(situation, rule);
  return { ...effect, outcome: 'failed', quietMs: 0, explanation: rule.reason };
}

const platformGone = 'platform_gone';
const firstProbeMs = 30_000;
const lastProbeMs = 3600_000;

/** The delivery joins the backlog. The webhook is tried again after as long as it has been paused. */
function paused({ standing, delivery, now }: Situation, rule: GoneRule): Pick<Decision, 'delivery' | 'webhook'> {
  const before = standing.statusReason?.code === platformGone ? standing.statusReason : null;
  const at = before?.at ?? now;
  const change = {
    status: 'paused',
    reason: { code: platformGone, message: rule.reason, at },
    until: now + between(firstProbeMs, now - at, lastProbeMs),
    again: before !== null,
  } as const;
  return {
    delivery: { state: 'pending', nextAttemptAt: now, failures: delivery.failures },
    webhook: { failures: 'keep', goneAnswers: 'increment', change },
  };
}

/** What waits for a REST hook is kept for a while, as platforms edit a subscription by removing it first. */
function ended({ webhook, delivery, now }: Situation, rule: GoneRule): Pick<Decision, 'delivery' | 'webhook'> {
  const keeps = webhook.restHook && !delivery.test;
  const { failures } = delivery;
  const reason = { code: platformGone, message: rule.reason, at: now };
  return {
    delivery: keeps
      ? { state: 'pending', nextAttemptAt: now, failures }
      : { state: 'discarded', nextAttemptAt: null, failures },
    webhook: {
      ...keep,
      change: { status: 'gone', reason, until: webhook.restHook ? now + graceMs : null, again: false },
    },
  };
}

function between(least: number, value: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/** Throttling is no failure: it uses no retry, does not count toward disabling, and is waited out whatever is retried. */
function throttled(situation: Situation, reason = 'The receiver asked for fewer requests.'): Decision {
  // No header makes it ask again and again: who asks for fewer requests and for no wait has no better idea.
  const wait = Math.max(retryAfter(situation) ?? 0, growingWait(situation));
  return {
    ...waiting(situation, wait),
    outcome: 'throttled',
    quietMs: situation.delivery.test ? 0 : rest(situation, wait),
    explanation: reason,
  };
}

/** Failures in a row that may be a moment's; with one more the lane rests. */
const fewFailures = 2;
const firstOutageWaitMs = 5000;
const lastOutageWaitMs = 5 * 60_000;

/**
 * The receiver was not reached, as it is down or restarts: its deliveries wait as long again as it has been away. The first
 * wait is that of the default schedule.
 */
function unreached(situation: Situation, explanation: string | null): Decision {
  const { standing, now } = situation;
  const lasted = now - (standing.failingSince ?? now);
  const away = between(firstOutageWaitMs, lasted, lastOutageWaitMs);
  const wait = Math.max(away, growingWait(situation), retryAfter(situation) ?? 0);
  return {
    delivery: waiting(situation, wait).delivery,
    webhook: counts(situation) ? { failures: 'increment', goneAnswers: 'keep', change: null } : keep,
    outcome: 'failed',
    quietMs: isLive(situation) && standing.consecutiveFailures >= fewFailures ? rest(situation, wait) : 0,
    explanation,
  };
}

/** The request never reached its receiver, for a reason on our side: the delivery waits, whatever its provider retries. */
function hindered(situation: Situation): Decision {
  const wait = growingWait(situation);
  const quietMs = situation.delivery.test ? 0 : rest(situation, wait);
  return { ...waiting(situation, wait), outcome: 'failed', quietMs, explanation: null };
}

/** A delivery that waits without having failed, unless it has waited long enough. */
function waiting({ delivery, webhook, now }: Situation, wait: number): Pick<Decision, 'delivery' | 'webhook'> {
  const { failures } = delivery;
  const waits = now - delivery.createdAt < patience && !delivery.test && !webhook.listener;
  return {
    delivery: waits
      ? { state: 'pending', nextAttemptAt: now + wait, failures }
      : { state: givenUp(webhook), nextAttemptAt: null, failures },
    webhook: keep,
  };
}

/** Neither a test nor sent to somebody who tests. */
function isLive({ delivery, webhook }: Situation): boolean {
  return !delivery.test && !webhook.listener;
}

/** How long a receiver that restarts, or what is in front of it, may be away at once. */
const momentMs = 1000;

/** It is one more failure in a row. What fails in one moment, with the connections that it cuts, is one failure. */
function counts(situation: Situation): boolean {
  const { result, standing, now } = situation;
  const isMoment = result.kind === 'error' && standing.failedAt !== null && now - standing.failedAt < momentMs;
  return isLive(situation) && !standing.together && !isMoment;
}

/** Nobody is told of what a test listener missed. */
function givenUp({ listener }: Situation['webhook']): DeliveryState {
  return listener ? 'discarded' : 'exhausted';
}

/**
 * A little longer than its deliveries wait, so that the oldest are back in the lane when it goes on; by chance, so that lanes do
 * not go on together.
 */
function rest({ random }: Situation, wait: number): number {
  return Math.round(wait * (1.05 + 0.05 * random));
}

/** Doubles with each attempt, up to five minutes: at most 22 requests in an hour, whatever is answered. Milliseconds. */
function growingWait({ delivery }: Situation): number {
  return Math.min(2 ** Math.min(delivery.attempts, 8), 300) * 1000;
}

function failed(situation: Situation, explanation: string | null, final = false): Decision {
  const { policy, delivery, webhook, standing, now, random } = situation;
  const { delays, jitter } = policy.retry;
  const delay = final || delivery.test ? undefined : delays[delivery.failures];
  const base = {
    outcome: 'failed',
    quietMs: 0,
    explanation,
  } as const;
  const failures = delivery.failures + 1;
  const disable =
    policy.disableAfterFailures !== null && standing.consecutiveFailures + 1 >= policy.disableAfterFailures;
  const effect: WebhookEffect = !counts(situation)
    ? keep
    : { failures: 'increment', goneAnswers: 'keep', change: disable ? disabling(situation) : null };
  if (delay === undefined) {
    return { ...base, delivery: { state: givenUp(webhook), nextAttemptAt: null, failures }, webhook: effect };
  }
  const wait = Math.max(delay * 1000 * (1 + jitter * random), retryAfter(situation) ?? 0);
  return { ...base, delivery: { state: 'pending', nextAttemptAt: Math.round(now + wait), failures }, webhook: effect };
}

function disabling({ standing, result, now }: Situation): StatusChange {
  const last = result.kind === 'error' ? result.message : `The last answer was ${statusText(result.status)}.`;
  const message = `Disabled after ${standing.consecutiveFailures + 1} failed attempts in a row. ${last}`;
  const reason = { code: 'consecutive_failures', message, at: now };
  return { status: 'disabled', reason, until: null, again: false };
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
