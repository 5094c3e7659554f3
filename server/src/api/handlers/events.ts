import type { OperationInput } from '@bellhop/shared';
import type { Clock } from '../../clock.ts';
import type { Event, Webhook } from '../../model.ts';
import { notFound } from '../../problem.ts';
import type { EventInput } from '../../publish/prepare.ts';
import type { Idempotency, Publisher } from '../../publish/publisher.ts';
import type { LoggedDelivery, LogStore, WebhookReader } from '../../store/contract/index.ts';
import { attemptResource, deliveryResource, eventResource, page } from '../resources.ts';
import type { Handlers } from '../router.ts';
import { explainMatch } from '../trace.ts';

type Operations = 'publishEvent' | 'publishBatch' | 'listEvents' | 'getEvent';

export interface EventParts {
  readonly publisher: Publisher;
  readonly store: LogStore & WebhookReader;
  readonly clock: Clock;
}

/** The most webhooks that a trace covers, besides those the event went to. */
const maxTraced = 200;

export function eventHandlers({ publisher, store, clock }: EventParts): Pick<Handlers, Operations> {
  return {
    async publishEvent({ body, headers }, { organizationId }) {
      const [published] = await publisher.publish({
        organizationId,
        events: [toInput(body, clock.wall())],
        idempotency: idempotencyOf(headers, body),
        field: () => '',
      });
      if (!published) throw new Error('A published event has no result.');
      return { id: published.id, derived: [...published.derived] };
    },

    async publishBatch({ body, headers }, { organizationId }) {
      const now = clock.wall();
      const published = await publisher.publish({
        organizationId,
        events: body.events.map((event) => toInput(event, now)),
        idempotency: idempotencyOf(headers, body),
        field: (index) => `events.${index}.`,
      });
      return { ids: published.map(({ id }) => id) };
    },

    async listEvents({ query: { limit, cursor, provider, type } }, { organizationId }) {
      const events = await store.listEvents(organizationId, { provider, type }, { limit: limit + 1, cursor });
      return page(events, limit, eventResource);
    },

    async getEvent({ params }, { organizationId }) {
      const event = await store.getEvent(organizationId, params.id);
      if (!event) throw notFound('event');
      return { ...eventResource(event), trace: await trace(store, event) };
    },
  };
}

function idempotencyOf(
  { 'idempotency-key': key }: OperationInput<'publishEvent'>['headers'],
  body: unknown,
): Idempotency | null {
  return key === undefined ? null : { key, body: JSON.stringify(body) };
}

function toInput(body: OperationInput<'publishEvent'>['body'], now: number): EventInput {
  const occurredAt = body.occurred_at === undefined ? now : Date.parse(body.occurred_at);
  return { provider: body.provider, type: body.type, data: body.data, occurredAt };
}

/** Every webhook, with why the event matched it or did not, and with its deliveries and attempts. */
async function trace(store: EventParts['store'], event: Event) {
  const { organizationId } = event;
  const deliveries = await store.listDeliveriesOfEvent(organizationId, event.id);
  const attempts = await store.listAttemptsOfDeliveries(deliveries.map(({ id }) => id));
  const byWebhook = Map.groupBy(deliveries, ({ webhookId }) => webhookId);
  const byDelivery = Map.groupBy(attempts, ({ deliveryId }) => deliveryId);
  const webhooks = await tracedWebhooks(store, organizationId, byWebhook);
  return webhooks.map((webhook) => {
    const own = byWebhook.get(webhook.id) ?? [];
    return {
      webhook_id: webhook.id,
      webhook_name: webhook.name,
      url: webhook.url,
      events: [...webhook.events],
      ...explainMatch(webhook, event, own.length > 0),
      deliveries: own.map((delivery) => ({
        ...deliveryResource(delivery),
        log: (byDelivery.get(delivery.id) ?? []).map(attemptResource),
      })),
    };
  });
}

async function tracedWebhooks(
  store: EventParts['store'],
  organizationId: string,
  matched: ReadonlyMap<string, readonly LoggedDelivery[]>,
): Promise<Webhook[]> {
  const listed = await store.listWebhooks(organizationId, {}, { limit: maxTraced });
  const known = new Set(listed.map(({ id }) => id));
  const further = [...matched.keys()].filter((id) => !known.has(id));
  const found = await Promise.all(further.map((id) => store.getWebhook(organizationId, id)));
  return [...listed, ...found.filter((webhook) => webhook !== null)];
}
