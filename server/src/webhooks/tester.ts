import type { Sender } from '../attempt/sender.ts';
import type { Clock } from '../clock.ts';
import type { Member } from '../cluster/member.ts';
import { newId } from '../ids.ts';
import { visit } from '../lane/visit.ts';
import type { Entrant, Wire } from '../lane/wire.ts';
import type { Attempt, Event, Webhook } from '../model.ts';
import { ProblemError } from '../problem.ts';
import type { TestStore } from '../store/contract/index.ts';
import type { SampleParts } from './samples.ts';
import { sampleEvent } from './samples.ts';
import type { NewWebhook, WebhookService } from './service.ts';
import { requireNotGone } from './service.ts';

export interface TesterParts extends Pick<SampleParts, 'catalogue' | 'store'> {
  readonly deliveries: TestStore;
  readonly webhooks: WebhookService;
  readonly sender: Sender;
  readonly wire: Wire<Entrant>;
  /** The engine, as this stage sees it. */
  readonly engine: { wake(): void };
  readonly feed: { tell(recorded: readonly { readonly attempt: Attempt }[]): void };
  readonly clock: Clock;
  /** This node, whose id changes when its lease has ended. */
  readonly member: Pick<Member, 'id'>;
}

/** Of an organization at a time. */
const mostTests = 10;
/** How long a test waits for its turn, in milliseconds. */
const longestMs = 10_000;

/** An unsaved webhook, and the event type to try it with. */
export interface Trial extends Omit<NewWebhook, 'events' | 'status'> {
  readonly event: string;
}

/**
 * Sends a sample event at once, even to a paused or disabled webhook. It is logged as a test, is not retried and does
 * not count towards disabling.
 */
export class Tester {
  readonly #parts: TesterParts;
  /** By organization. */
  readonly #underWay = new Map<string, number>();

  constructor(parts: TesterParts) {
    this.#parts = parts;
  }

  /**
   * Resolves once the attempt is complete and recorded.
   *
   * @throws {ProblemError} `too_many_requests`; `unavailable`, when the host has no place or the server stops meanwhile.
   */
  test(organizationId: string, webhookId: string, type: string | undefined): Promise<Attempt> {
    return this.#oneOfFew(organizationId, async () => {
      const { webhooks } = this.#parts;
      const webhook = requireNotGone(await webhooks.get(organizationId, webhookId));
      const event = await this.#event(webhook, type);
      return this.#inTurn(webhook, () => this.#sendTest(webhook, event));
    });
  }

  async #sendTest(webhook: Webhook, event: Event): Promise<Attempt> {
    const { webhooks, deliveries, sender, engine, feed, clock, member } = this.#parts;
    const node = member.id;
    const delivery = await deliveries.insertTest(node, event, webhook.id);
    const work = { delivery, event, webhookRevision: webhook.revision };
    const sent = await sender.send(work, { webhook, credentials: webhooks.credentialsOf(webhook) });
    if (!sent) throw stopping();
    const { waiting } = await deliveries.record(node, [sent.result], clock.now());
    feed.tell([sent.result]);
    if (waiting) engine.wake();
    if (sent.result.webhook.change) await webhooks.announce(webhook.organizationId, webhook.id);
    return sent.result.attempt;
  }

  /**
   * Sends a sample to an unsaved webhook, validated and signed like a saved one. Nothing is stored, so the ids of the
   * webhook and the attempt cannot be looked up.
   *
   * @throws {ProblemError} as {@link test} does; `invalid_input`, naming every wrong field.
   */
  try(organizationId: string, { event: type, ...input }: Trial): Promise<{ webhook: Webhook; attempt: Attempt }> {
    return this.#oneOfFew(organizationId, async () => {
      const { webhooks, sender, clock } = this.#parts;
      const { webhook } = webhooks.draft(organizationId, { ...input, events: [type] }, { 'events.0': 'event' });
      const event = await this.#event(webhook, type);
      const delivery = {
        id: newId('delivery'),
        webhookId: webhook.id,
        attempts: 0,
        failures: 0,
        createdAt: clock.now(),
      };
      const work = { delivery, event, webhookRevision: webhook.revision };
      const target = { webhook, credentials: webhooks.credentialsOf(webhook) };
      const attempt = await this.#inTurn(webhook, () => sender.try(work, target));
      if (!attempt) throw stopping();
      return { webhook, attempt };
    });
  }

  async #oneOfFew<Result>(organizationId: string, test: () => Promise<Result>): Promise<Result> {
    const underWay = this.#underWay.get(organizationId) ?? 0;
    if (underWay >= mostTests) throw tooManyTests();
    this.#underWay.set(organizationId, underWay + 1);
    try {
      return await test();
    } finally {
      const left = (this.#underWay.get(organizationId) ?? 1) - 1;
      if (left > 0) this.#underWay.set(organizationId, left);
      else this.#underWay.delete(organizationId);
    }
  }

  async #inTurn<Result>({ organizationId, url }: Webhook, send: () => Promise<Result>): Promise<Result> {
    const { wire, clock } = this.#parts;
    const turn = { url, party: organizationId, longestMs };
    const sent = await visit(wire, clock, turn, async () => ({ result: await send() }));
    if (sent) return sent.result;
    throw new ProblemError('unavailable', `Many requests to ${URL.parse(url)?.host} are under way. Try again later.`);
  }

  async #event(webhook: Webhook, type: string | undefined): Promise<Event> {
    return sampleEvent(this.#parts, {
      organizationId: webhook.organizationId,
      provider: webhook.provider,
      type: type ?? webhook.events[0] ?? '',
      now: this.#parts.clock.now(),
    });
  }
}

function tooManyTests(): ProblemError {
  return new ProblemError(
    'too_many_requests',
    `This organization has ${mostTests} tests under way. Wait for one to end.`,
  );
}

function stopping(): ProblemError {
  return new ProblemError('unavailable', 'The server is stopping. Try again in a moment.');
}
