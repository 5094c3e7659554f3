import type { JsonObject } from './json.ts';
import type { WireFormat } from './wire-format.ts';

/**
 * The neutral format, the same for every provider: body and headers of the Standard Webhooks specification.
 * `webhook-id` is the event's id, the same for every attempt; `webhook-timestamp` is the time of the attempt.
 */
export const standardFormat = {
  envelope: (event) => ({
    id: event.id,
    provider: event.provider,
    type: event.type,
    timestamp: event.occurredAt.toISOString(),
    data: event.data,
    // A live event has no such key, so that its bytes are what they always were.
    ...(event.test ? { test: true } : {}),
  }),
  headers: (event, sentAt) => ({ 'webhook-id': event.id, 'webhook-timestamp': String(sentAt) }),
  signature: {
    header: 'webhook-signature',
    prefix: 'v1,',
    encoding: 'base64',
    content: ['id', 'timestamp', 'body'],
    key: 'base64',
    idHeader: 'webhook-id',
    timestampHeader: 'webhook-timestamp',
    several: true,
  },
} as const satisfies WireFormat;

/** Constant, so that a sample always has the same bytes. */
const fixed = { id: 'evt_sample', time: new Date('2026-01-15T09:30:00.000Z') } as const;

/**
 * An event type's sample in the standard format: what a platform shows until there is a real event. It stands for a live
 * one, so it has the same keys.
 */
export function standardSample(provider: string, type: string, data: JsonObject) {
  return standardFormat.envelope({
    id: fixed.id,
    deliveryId: 'dlv_sample',
    organizationId: 'org_sample',
    provider,
    type,
    occurredAt: fixed.time,
    data,
    test: false,
  });
}
