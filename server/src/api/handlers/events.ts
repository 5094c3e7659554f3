import { createHash } from 'node:crypto';
import type { OperationInput } from '@bellhop/shared';
import { canonicalJson } from '@bellhop/shared';
import type { BatchEvent } from '@bellhop/shared/api/events';
import { batchEvent } from '@bellhop/shared/api/events';
import { check } from '../../check.ts';
import type { Clock } from '../../clock.ts';
import type { Event, Webhook } from '../../model.ts';
import type { FieldError } from '../../problem.ts';
import { invalidInput, notFound } from '../../problem.ts';
import type { EventInput } from '../../publish/prepare.ts';
import type { GivenEvent, Publisher } from '../../publish/publisher.ts';
import type { Idempotency, LoggedDelivery, LogStore, WebhookReader } from '../../store/contract/index.ts';
import { fieldErrors, shortError } from '../problems.ts';
import { answerBytes, attemptResource, deliveryResource, eventResource, listedPage } from '../resources.ts';
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
/** The most deliveries that it has. */
const maxTracedDeliveries = 200;

export function eventHandlers({ publisher, store, clock }: EventParts): Pick<Handlers, Operations> {
  return {
    async publishEvent({ body, headers }, { organizationId, body: raw }) {
      const [event] = await publisher.publish({
        organizationId,
        events: [{ input: toInput(body, clock.wall()), errors: [], idempotency: null }],
        idempotency: idempotencyOf(headers['idempotency-key'], raw),
        field: () => '',
      });
      if (!event || !('id' in event)) throw new Error('A published event has no id.');
      return { id: event.id, derived: [...event.derived] };
    },

    async publishBatch({ body, headers }, { organizationId, body: raw, refused, lossy }) {
      if (refused.length > 0 && !body.partial) throw invalidInput(refused);
      const now = clock.wall();
      const published = await publisher.publish({
        organizationId,
        events: givenEvents(body.events, refused, lossy, now),
        idempotency: idempotencyOf(headers['idempotency-key'], raw),
        partial: body.partial ?? false,
        field: (index) => `events.${index}.`,
      });
      return {
        ids: published.map((event) => ('id' in event ? event.id : null)),
        rejected: published.flatMap((event, index) =>
          'id' in event ? [] : { index, code: event.code, errors: event.errors.map(shortError) },
        ),
      };
    },

    async listEvents({ query: { limit, cursor, provider, type } }, { organizationId }) {
      const page = { limit, cursor, bytes: answerBytes };
      return listedPage(await store.listEvents(organizationId, { provider, type }, page), eventResource);
    },

    async getEvent({ params }, { organizationId }) {
      const event = await store.getEvent(organizationId, params.id);
      if (!event) throw notFound('event');
      return { ...eventResource(event), ...(await trace(store, event)) };
    },
  };
}

/** Checks each event of a batch on its own. */
function givenEvents(
  events: readonly unknown[],
  refused: readonly FieldError[],
  lossy: readonly FieldError[],
  now: number,
): GivenEvent[] {
  const refusedItems = new Map(refused.map(({ field, message }) => [field, message]));
  const lossyByItem = Map.groupBy(lossy, ({ field }) => field.split('.', 2).join('.'));
  return events.map((event, index) => {
    const path = `events.${index}`;
    const tooLarge = refusedItems.get(path);
    if (tooLarge) return { input: null, errors: [{ field: '', message: tooLarge }], idempotency: null };
    const { data, error } = check(batchEvent, event);
    const errors = error ? fieldErrors(error) : [];
    for (const { field, message } of lossyByItem.get(path) ?? []) {
      errors.push({ field: field.slice(path.length + 1), message });
    }
    if (!data) return { input: null, errors, idempotency: null };
    const { idempotency_key: _, ...content } = event as BatchEvent;
    return { input: toInput(data, now), errors, idempotency: idempotencyOf(data.idempotency_key, content) };
  });
}

/** The content as it was sent, before defaults such as the time are filled in: a repeated request has the same. */
function idempotencyOf(key: string | undefined, content: unknown): Idempotency | null {
  if (key === undefined) return null;
  return { key, hash: createHash('sha256').update(canonicalJson(content)).digest('hex') };
}

function toInput(body: OperationInput<'publishEvent'>['body'], now: number): EventInput {
  const occurredAt = body.occurred_at === undefined ? now : Date.parse(body.occurred_at);
  return { provider: body.provider, type: body.type, data: body.data, occurredAt };
}

/** Every webhook, with why the event matched it or did not, and with its deliveries and attempts. */
async function trace(store: EventParts['store'], event: Event) {
  const { organizationId } = event;
  const deliveries = await store.listDeliveriesOfEvent(organizationId, event.id);
  const shown = deliveries.slice(0, maxTracedDeliveries);
  const attempts = await store.listAttemptsOfDeliveries(
    shown.map(({ id }) => id),
    answerBytes,
  );
  const byWebhook = Map.groupBy(deliveries, ({ webhookId }) => webhookId);
  const shownByWebhook = Map.groupBy(shown, ({ webhookId }) => webhookId);
  const byDelivery = Map.groupBy(attempts, ({ deliveryId }) => deliveryId);
  const webhooks = await tracedWebhooks(store, organizationId, shownByWebhook);
  const traced = webhooks.map((webhook) => {
    const own = byWebhook.get(webhook.id) ?? [];
    return {
      webhook_id: webhook.id,
      webhook_name: webhook.name,
      url: webhook.url,
      events: [...webhook.events],
      ...explainMatch(webhook, event, own),
      deliveries: (shownByWebhook.get(webhook.id) ?? []).map((delivery) => ({
        ...deliveryResource(delivery),
        log: (byDelivery.get(delivery.id) ?? []).map(attemptResource),
      })),
    };
  });
  return { more_deliveries: deliveries.length > shown.length, trace: traced };
}

async function tracedWebhooks(
  store: EventParts['store'],
  organizationId: string,
  matched: ReadonlyMap<string, readonly LoggedDelivery[]>,
): Promise<Webhook[]> {
  const listed = await store.listWebhooks(organizationId, {}, { limit: maxTraced });
  const known = new Set(listed.map(({ id }) => id));
  const further = [...matched.keys()].filter((id) => !known.has(id));
  const found = await Promise.all(further.map((id) => store.getWebhook(organizationId, id, 'deleted too')));
  return [...listed, ...found.filter((webhook) => webhook !== null)];
}
