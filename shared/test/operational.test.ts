import { describe, expect, test } from 'vitest';
import type { HappenedTo, Happening } from '../src/index.ts';
import {
  defaultRetrySchedule,
  deliveryExhausted,
  failingAfterFailures,
  maskUrl,
  operationalEvent,
  operationalProvider,
  standardFormat,
  webhookFailing,
  webhookRecovered,
  webhookStopped,
} from '../src/index.ts';
import { outgoing, request } from './support.ts';

const reason = { code: 'platform_gone', message: 'Nobody listens.' };

const happenings: readonly [label: string, happening: Happening][] = [
  ['Webhook Disabled', webhookStopped('disabled', reason)],
  ['Webhook Paused', webhookStopped('paused', reason)],
  ['Webhook Gone', webhookStopped('gone', reason)],
  ['Webhook Failing', webhookFailing(failingAfterFailures)],
  ['Webhook Recovered', webhookRecovered(12)],
  ['Delivery Exhausted', deliveryExhausted(10)],
];

/** A minimal instance. */
const bare: HappenedTo = {
  webhook: {
    id: 'wh_1',
    name: null,
    provider: 'acme',
    platform: 'zapier',
    url: 'https://hooks.zapier.com/hooks/standard/1/secret/?token=secret',
    events: ['made'],
  },
  attempt: {
    id: 'att_1',
    deliveryId: 'dlv_1',
    eventId: 'evt_1',
    eventType: 'made',
    test: false,
    number: 3,
    statusCode: null,
    error: null,
  },
  at: Date.UTC(2026, 1, 3, 4, 5, 6, 7),
};

test('every event type has a function that creates it', () => {
  const made = happenings.map(([, { type }]) => type);
  expect(Object.keys(operationalProvider.events)).toEqual(made);
});

describe.each(happenings)('%s', (label, happening) => {
  const event = operationalEvent(happening, bare);
  const eventType = operationalProvider.events[event.type];

  test('has its type, and matches its schema even with minimal data', () => {
    expect(eventType?.label).toBe(label);
    expect(eventType?.schema.safeParse(event.data).error).toBeUndefined();
  });

  test('has the fields of its sample, in their order', () => {
    expect(shapeOf(event.data)).toEqual(shapeOf(eventType?.sample));
  });

  test('names the webhook, the attempt and the time, and masks the URL', () => {
    expect(event.data).toMatchObject({
      webhook: { id: 'wh_1', name: null, provider: 'acme', platform: 'zapier', url: maskUrl(bare.webhook.url) },
      attempt: { delivery_id: 'dlv_1', event_id: 'evt_1', event: 'made', number: 3, status_code: null, error: null },
      at: '2026-02-03T04:05:06.007Z',
    });
    expect(JSON.stringify(event)).not.toContain('secret');
  });
});

/** The names of all fields in order, nested ones included. */
function shapeOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]);
}

test('both formats have the same bytes, so that one verification is enough', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const event = outgoing(operationalProvider);
  const { body, headers } = request(operationalProvider, event, secret);
  expect(request(standardFormat, event, secret)).toEqual({ body, headers });
  expect(JSON.parse(body)).toEqual({
    id: event.id,
    provider: operationalProvider.id,
    type: event.type,
    timestamp: '2025-10-10T08:21:45.678Z',
    data: event.data,
  });
  expect(Object.keys(headers)).toEqual(['webhook-id', 'webhook-timestamp', 'webhook-signature']);
});

test('they are retried on the default schedule and never disable the webhook that receives them', () => {
  expect(operationalProvider.delivery).toMatchObject({ retry: defaultRetrySchedule, disableAfterFailures: null });
  expect(operationalProvider.webhooks).toMatchObject({ eventTypes: 'many', secret: 'always' });
});
