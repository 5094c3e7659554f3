import type { Catalogue, WebhookPolicy } from '@bellhop/shared';
import { deliveryPolicyFor, maskUrl, platformProfile, resolveDeliveryPolicy, wireFormat } from '@bellhop/shared';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { newId } from '../ids.ts';
import type { Attempt, Credentials, Webhook, Work } from '../model.ts';
import type { AttemptResult } from '../store/contract/index.ts';
import type { HttpFailure, HttpResponse, HttpResult } from '../target/http-result.ts';
import type { OwnFaults } from '../target/own-faults.ts';
import { notTheReceiver } from '../target/own-faults.ts';
import { Bodies } from './bodies.ts';
import type { Decision, Standing } from './decide.ts';
import { decide, skipped, statusText } from './decide.ts';
import { maskerOf } from './mask.ts';
import type { RenderedRequest } from './render.ts';
import { completeRequest, redactHeaders } from './render.ts';
import { unwanted } from './wanted.ts';

/** A webhook ready to be sent to. */
export interface Target {
  readonly webhook: Webhook;
  readonly credentials: Credentials;
}

/**
 * Posts a request; never throws. Error code `aborted`: the server is stopping; `withdrawn`: it was no longer wanted.
 */
export type Post = (
  request: RenderedRequest,
  limits: { readonly deadlineMs: number; readonly wanted: () => boolean },
) => Promise<HttpResult>;

export interface SenderParts {
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly log: Logger;
  readonly post: Post;
  /** Told of what is wrong with this server's providers. */
  readonly faults: Pick<OwnFaults, 'failing' | 'well'>;
  readonly userAgent: string;
  /** 0 to 1. */
  readonly random: () => number;
}

/** The result of an attempt. */
export interface Sent {
  readonly result: AttemptResult;
  readonly decision: Decision;
  /** What the operator's log says of a failure, and the customer's does not. */
  readonly detail: string | undefined;
}

/** Keeps an attempt and its lane up to date: other attempts may be under way. */
export interface LaneHooks {
  /** Asked just before the request is sent. */
  readonly wanted: () => boolean;
  /** When the answer arrives. */
  readonly standing: () => Standing;
  /** Called synchronously with the decision, so that the next answer counts on it. */
  readonly decided: (sent: Sent) => void;
}

/** Makes one attempt: render, sign, send, decide, log. */
export class Sender {
  readonly #parts: SenderParts;
  readonly #bodies = new Bodies();

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /**
   * Null: aborted or not sent, so there is nothing to record.
   */
  async send(work: Work, target: Target, lane?: LaneHooks): Promise<Sent | null> {
    const sent = await this.#attempt(work, target, lane);
    if (sent) this.#log(sent, target.webhook);
    return sent;
  }

  /** {@link send} for a webhook that is not stored. Its log line has no ids, as nobody could look them up. */
  async try(work: Work, target: Target): Promise<Attempt | null> {
    const sent = await this.#attempt(work, target);
    if (!sent) return null;
    this.#parts.log.info(logged(sent, target.webhook), 'trial');
    return sent.result.attempt;
  }

  async #attempt(work: Work, target: Target, lane?: LaneHooks): Promise<Sent | null> {
    const startedAt = this.#parts.clock.now();
    const problem = unwanted(target.webhook, work);
    if (problem !== undefined) {
      const answer = unsent(problem);
      return this.#decided(work, target, { answer, decision: skipped(work.delivery, answer.message), startedAt }, lane);
    }
    const policy = this.#policy(target.webhook);
    const rendered = this.#render(work, target, this.#parts.clock.wall());
    const request = 'problem' in rendered ? undefined : rendered;
    const limits = { deadlineMs: policy.timeoutMs, wanted: lane?.wanted ?? (() => true) };
    const answer = 'problem' in rendered ? ours(rendered.problem) : await this.#parts.post(rendered, limits);
    if (answer.kind === 'error' && (answer.code === 'aborted' || answer.code === 'withdrawn')) return null;
    const decision = decide({
      policy,
      platform: platformProfile(target.webhook.platform),
      result: answer,
      delivery: { ...work.delivery, eventId: work.event.id, test: work.event.test },
      webhook: target.webhook,
      standing: lane?.standing() ?? { ...target.webhook, failingSince: null, failedAt: null, together: false },
      now: this.#parts.clock.now(),
      wall: this.#parts.clock.wall(),
      random: this.#parts.random(),
    });
    return this.#decided(work, target, { request, answer, decision, startedAt }, lane);
  }

  #decided(work: Work, target: Target, made: Made, lane?: LaneHooks): Sent {
    const { decision, answer } = made;
    const { delivery, webhook } = decision;
    const detail = answer.kind === 'error' ? answer.detail : undefined;
    const sent = { result: { attempt: toAttempt(work, target, made), delivery, webhook }, decision, detail };
    lane?.decided(sent);
    return sent;
  }

  #policy(webhook: Webhook): WebhookPolicy {
    const provider = this.#parts.catalogue.provider(webhook.provider);
    return deliveryPolicyFor(provider?.delivery ?? resolveDeliveryPolicy(), webhook);
  }

  #render(work: Work, target: Target, sentAt: number): RenderedRequest | { problem: string } {
    const { faults } = this.#parts;
    const { provider, format } = target.webhook;
    const part = `provider ${provider}, ${work.event.type}, ${format} format`;
    try {
      const request = this.#rendered(work, target, sentAt);
      faults.well(part);
      return request;
    } catch (error) {
      const problem = `The provider ${provider} cannot render the event: ${error instanceof Error ? error.message : String(error)}`;
      faults.failing(part, problem);
      return { problem };
    }
  }

  /** @throws whatever a provider's code does. */
  #rendered(work: Work, { webhook, credentials }: Target, sentAt: number): RenderedRequest {
    const provider = this.#parts.catalogue.provider(webhook.provider);
    if (!provider) throw new Error("it is not in this server's configuration any more");
    const format = wireFormat(provider, webhook.format);
    const key = `${provider.id} ${webhook.format}`;
    const rendered = this.#bodies.render(format, key, work.event, work.delivery.id);
    return completeRequest({ provider, webhook, credentials, ...rendered, sentAt, userAgent: this.#parts.userAgent });
  }

  #log(sent: Sent, webhook: Webhook): void {
    const { decision, result } = sent;
    const { attempt } = result;
    this.#parts.log.info(
      {
        event_id: attempt.eventId,
        delivery_id: attempt.deliveryId,
        attempt_id: attempt.id,
        webhook_id: webhook.id,
        ...logged(sent, webhook),
        test: attempt.test,
        number: attempt.number,
        delivery: decision.delivery.state,
        next_attempt_at: decision.delivery.nextAttemptAt,
        webhook_change: decision.webhook.change?.status ?? null,
      },
      'attempt',
    );
  }
}

/** The log fields of every attempt. */
function logged({ result: { attempt }, detail }: Sent, webhook: Webhook) {
  return {
    organization_id: attempt.organizationId,
    provider: webhook.provider,
    event_type: attempt.eventType,
    platform: webhook.platform,
    target: maskUrl(webhook.url),
    outcome: attempt.outcome,
    status_code: attempt.statusCode,
    error: attempt.error,
    ...(detail === undefined ? {} : { detail }),
    duration_ms: attempt.durationMs,
  };
}

function unsent(problem: string): HttpFailure {
  return { kind: 'error', code: 'withdrawn', message: `Nothing was sent. ${problem}`, durationMs: 0 };
}

/** A fault of this server's providers. */
function ours(problem: string): HttpFailure {
  return { ...unsent(`${problem}. ${notTheReceiver}`), code: 'hindered' };
}

interface Made {
  readonly request?: RenderedRequest | undefined;
  readonly answer: HttpResult;
  readonly decision: Decision;
  readonly startedAt: number;
}

function toAttempt({ delivery, event }: Work, { webhook, credentials }: Target, made: Made): Attempt {
  const { request, answer, decision } = made;
  const mask = maskerOf(credentials);
  const error = explanationOf(answer, decision);
  return {
    id: newId('attempt'),
    deliveryId: delivery.id,
    eventId: event.id,
    webhookId: webhook.id,
    organizationId: event.organizationId,
    eventType: event.type,
    test: event.test,
    number: delivery.attempts + 1,
    startedAt: made.startedAt,
    durationMs: Math.round(answer.durationMs),
    statusCode: answer.status ?? null,
    error: error && mask(error),
    request: { headers: request ? redactHeaders(request.headers, credentials) : {}, body: request?.body ?? '' },
    response: answer.kind === 'response' ? responseOf(answer, mask) : null,
    outcome: decision.outcome,
  };
}

function responseOf({ headers, body, truncated }: HttpResponse, mask: (text: string) => string): Attempt['response'] {
  const masked = Object.entries(headers).map(([name, value]) => [name, mask(value)]);
  return { headers: Object.fromEntries(masked), body: mask(body), truncated };
}

/** What the answer means, and what of it could not be read. */
function explanationOf(answer: HttpResult, { outcome, explanation }: Decision): string | null {
  if (answer.kind === 'error') return answer.message;
  const { note, status } = answer;
  if (note === undefined) return explanation;
  if (outcome === 'delivered') return note;
  return `${explanation ?? `The receiver answered ${statusText(status)}.`} ${note}`;
}
