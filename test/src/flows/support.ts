import type { JsonObject, OperationOutput } from '@bellhop/shared';
import { builtInProviders } from '@bellhop/shared';
import { allOf } from '../harness/all-of.ts';
import type { Tenant } from '../harness/bellhop.ts';
import { eventually } from '../harness/eventually.ts';
import type { Answer, Answering, Receiver } from '../harness/receiver.ts';
import { Stage } from '../harness/stage.ts';

export type WebhookBody = Parameters<Tenant['client']['createWebhook']>[0]['body'];
export type Delivery = OperationOutput<'getDelivery'>;
export type Attempt = OperationOutput<'listAttempts'>['data'][number];

/** A server on which a test sets up a webhook and watches it. */
export class FlowStage extends Stage {
  /** A tenant with one webhook of a provider's first event type on a receiver of its own. */
  async webhook(provider: string, options: WebhookOptions = {}): Promise<Subject> {
    const tenant = options.tenant ?? (await this.server.tenant());
    const receiver = options.receiver ?? (await this.receiver(options.answer));
    const { type, sample } = firstEventType(provider);
    const webhook = await tenant.client.createWebhook({
      body: { provider, events: [type], url: receiver.url('/hook'), ...options.body },
    });
    return new Subject({ tenant, receiver, webhook, type, sample });
  }
}

export interface WebhookOptions {
  readonly tenant?: Tenant;
  readonly receiver?: Receiver;
  readonly answer?: Answering | Answer;
  readonly body?: Partial<WebhookBody>;
}

type CreatedWebhook = OperationOutput<'createWebhook'>;

/** A webhook under test, with what a test does to it. */
export class Subject {
  readonly tenant: Tenant;
  readonly receiver: Receiver;
  readonly webhook: CreatedWebhook;
  readonly type: string;
  readonly sample: JsonObject;

  constructor(parts: Pick<Subject, 'tenant' | 'receiver' | 'webhook' | 'type' | 'sample'>) {
    this.tenant = parts.tenant;
    this.receiver = parts.receiver;
    this.webhook = parts.webhook;
    this.type = parts.type;
    this.sample = parts.sample;
  }

  get #params() {
    return { params: { id: this.webhook.id } };
  }

  async publish(data: JsonObject = this.sample): Promise<string> {
    const body = { provider: this.webhook.provider, type: this.type, data };
    return (await this.tenant.client.publishEvent({ body })).id;
  }

  /** So many events in one batch; answers their ids. */
  async publishMany(count: number): Promise<string[]> {
    const event = { provider: this.webhook.provider, type: this.type, data: this.sample };
    const events = Array.from({ length: count }, () => event);
    return allOf(await this.tenant.client.publishBatch({ body: { events } }));
  }

  state() {
    return this.tenant.client.getWebhook(this.#params);
  }

  resume() {
    return this.tenant.client.resumeWebhook(this.#params);
  }

  pause() {
    return this.tenant.client.pauseWebhook(this.#params);
  }

  async attempts(): Promise<Attempt[]> {
    return (await this.tenant.client.listAttempts({ ...this.#params, query: { limit: 100 } })).data;
  }

  async deliveries() {
    return (await this.tenant.client.listDeliveries({ ...this.#params, query: { limit: 100 } })).data;
  }

  /** Its attempts, newest first, once so many are recorded. */
  recorded(count: number): Promise<Attempt[]> {
    return eventually(
      () => this.attempts(),
      (attempts) => attempts.length >= count,
    );
  }

  /** Its newest delivery, once that has come to this. */
  async delivery(satisfied: (delivery: Awaited<ReturnType<Subject['deliveries']>>[number]) => boolean) {
    const [delivery] = await eventually(
      () => this.deliveries(),
      ([newest]) => newest !== undefined && satisfied(newest),
    );
    if (!delivery) throw new Error('The webhook has no delivery.');
    return delivery;
  }

  /** The webhook, once it is in this status. */
  reaches(status: CreatedWebhook['status']) {
    return eventually(
      () => this.state(),
      (webhook) => webhook.status === status,
    );
  }
}

/** The first event type that every organization has. */
export function firstEventType(providerId: string): { type: string; sample: JsonObject } {
  const provider = builtInProviders.find(({ id }) => id === providerId);
  const available = Object.entries(provider?.events ?? {}).filter(
    ([, each]) => !each.unavailable?.(provider?.settings?.defaults ?? {}),
  );
  const [type, eventType] = available[0] ?? [];
  if (!type || !eventType) throw new Error(`There is no provider ${providerId}.`);
  return { type, sample: eventType.sample };
}
