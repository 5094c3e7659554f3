import type { WireFormat } from './provider.ts';

/**
 * The neutral format, the same for every provider: body and headers by the Standard Webhooks specification.
 * `webhook-id` names the event and stays the same for every attempt; `webhook-timestamp` is the time of the attempt.
 */
export const standardFormat = {
  envelope: (event) => ({
    id: event.id,
    provider: event.provider,
    type: event.type,
    timestamp: event.occurredAt.toISOString(),
    data: event.data,
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
