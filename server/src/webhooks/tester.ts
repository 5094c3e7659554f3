import type { Clock } from '../clock.ts';
import type { Sender } from '../deliver/sender.ts';
import type { Attempt, Event, Webhook } from '../model.ts';
import { ProblemError } from '../problem.ts';
import type { DeliveryStore } from '../store/contract.ts';
import type { SampleParts } from './samples.ts';
import { sampleEvent } from './samples.ts';
import type { WebhookService } from './service.ts';
import { alive } from './service.ts';

export interface TesterParts extends Pick<SampleParts, 'catalogue' | 'store'> {
  readonly deliveries: Pick<DeliveryStore, 'insertTest' | 'record'>;
  readonly webhooks: WebhookService;
  readonly sender: Sender;
  /** The engine, as this stage sees it. */
  readonly engine: { wake(): void };
  readonly clock: Clock;
  readonly node: string;
}

/**
 * Sends a sample at once, without waiting for a real event, also to a webhook that is paused or disabled. It is logged as
 * a test, is not tried again and does not count toward disabling.
 */
export class Tester {
  readonly #parts: TesterParts;

  constructor(parts: TesterParts) {
    this.#parts = parts;
  }

  /** Resolves with the attempt once the receiver answered or the time-out passed, and it is recorded. */
  async test(organizationId: string, webhookId: string, type: string | undefined): Promise<Attempt> {
    const { webhooks, deliveries, sender, engine, clock, node } = this.#parts;
    const webhook = alive(await webhooks.get(organizationId, webhookId));
    const event = await this.#event(webhook, type);
    const delivery = await deliveries.insertTest(node, event, webhook.id);
    const work = { delivery, event, webhookRevision: webhook.revision };
    const sent = await sender.send(work, { webhook, credentials: webhooks.credentialsOf(webhook) });
    if (!sent) throw new ProblemError('unavailable', 'The server is stopping. Try again in a moment.');
    const { waiting } = await deliveries.record(node, [sent.result], clock.now());
    if (waiting) engine.wake();
    if (sent.result.webhook.change) await webhooks.announce(organizationId, webhookId);
    return sent.result.attempt;
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
