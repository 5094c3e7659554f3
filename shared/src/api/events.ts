import { z } from 'zod';
import { eventTypes, id, jsonObject, page, pointInTime, providerId, targetUrl, text, timestamp } from './fields.ts';
import { problem } from './problem.ts';

/** Events in one batch. */
export const maximumBatch = 1000;

export const eventInput = z.strictObject({
  provider: providerId,
  type: text(128).min(1).meta({ description: 'An event type of the provider.' }),
  data: jsonObject.meta({
    description: "Validated against the event type's schema and passed on unchanged, including unknown fields.",
  }),
  occurred_at: pointInTime.optional().meta({ description: 'When it happened. Default: now.' }),
});

export const publishedEvent = z.object({
  id: id('event'),
  derived: z.array(z.object({ id: id('event'), type: z.string() })).meta({
    description: 'Additional events that the provider derives from this one.',
  }),
});

export const batchEvent = eventInput.extend({
  idempotency_key: text(255).min(1).optional().meta({
    description: 'Like the header Idempotency-Key, for this event alone, also within this batch.',
  }),
});

export type BatchEvent = z.input<typeof batchEvent>;

const { $schema: _, ...described } = z.toJSONSchema(batchEvent, { io: 'input', unrepresentable: 'any' });

/** Taken as it is, so that each event of a batch can be checked by {@link batchEvent} and rejected on its own. */
const unchecked = z.custom<BatchEvent>().meta(described);

export const batchInput = z.strictObject({
  events: z.array(unchecked).min(1).max(maximumBatch),
  partial: z.boolean().optional().meta({
    description: 'false (default): all of the events or none. true: the valid ones; `rejected` lists the others.',
  }),
});

export const publishedBatch = z.object({
  ids: z.array(id('event').nullable()).meta({
    description: 'One per event, in the order they were given; null, with `partial`: rejected.',
  }),
  rejected: z
    .array(z.object({ index: z.int(), ...problem.pick({ code: true }).shape, errors: problem.shape.errors.unwrap() }))
    .meta({
      description: 'The events that were not taken, in order, by their position from 0. Empty without `partial`.',
    }),
});

export const event = z.object({
  id: id('event'),
  provider: z.string(),
  type: z.string(),
  test: z.boolean(),
  occurred_at: timestamp,
  created_at: timestamp,
  data: jsonObject,
});

export const eventQuery = z.strictObject({
  ...page,
  provider: providerId.optional(),
  type: text(128).optional(),
});

export const deliveryStatuses = ['pending', 'held', 'delivered', 'exhausted', 'discarded'] as const;
export const attemptOutcomes = ['delivered', 'failed', 'throttled', 'skipped'] as const;

export const attempt = z.object({
  id: id('attempt'),
  delivery_id: id('delivery'),
  event_id: id('event'),
  event: z.string().meta({ description: 'The event type.' }),
  test: z.boolean(),
  number: z.int().meta({ description: '1 for the first attempt of the delivery.' }),
  started_at: timestamp,
  duration_ms: z.int(),
  status_code: z.int().nullable().meta({ description: 'null: no response.' }),
  error: z.string().nullable().meta({
    description:
      'Why there was no usable response, what the response meant, or what of it could not be read: a delivered attempt can have one.',
  }),
  request: z.object({
    headers: z.record(z.string(), z.string()).meta({ description: 'As sent, with credentials replaced by ********.' }),
    body: z.string(),
    truncated: z.boolean().optional().meta({
      description:
        'True when the answer would be too large: headers and body, of the response too, are left out. GET /v1/webhooks/{id}/attempts has them.',
    }),
  }),
  response: z
    .object({
      headers: z.record(z.string(), z.string()),
      body: z.string().meta({ description: 'Unpacked if it was compressed (gzip, deflate, br, zstd).' }),
      truncated: z
        .boolean()
        .meta({ description: 'True when the body was longer than what is stored, or is left out.' }),
    })
    .nullable(),
  outcome: z.enum(attemptOutcomes).meta({
    description: 'skipped: nothing was sent, as the webhook does not want the event any more; error says why.',
  }),
});

export const delivery = z.object({
  id: id('delivery'),
  event_id: id('event'),
  event: z.string().meta({ description: 'The event type.' }),
  webhook_id: id('webhook'),
  test: z.boolean(),
  status: z.enum(deliveryStatuses).meta({
    description:
      'pending: being sent, or waiting for its next attempt. held: its webhook is paused or disabled, or ended a moment ago. exhausted: every attempt failed. discarded: its webhook is gone or does not want it any more, or its backlog was discarded.',
  }),
  attempts: z.int(),
  next_attempt_at: timestamp.nullable(),
  created_at: timestamp,
  completed_at: timestamp.nullable(),
});

export const deliveryWithLastAttempt = delivery.extend({ last_attempt: attempt.nullable() });
export const deliveryWithAttempts = delivery.extend({ log: z.array(attempt) });

export const traceReasons = [
  'subscribed',
  'taken_over',
  'created_later',
  'other_provider',
  'other_event_types',
  'filtered',
  'not_subscribed_then',
] as const;

export const eventWithTrace = event.extend({
  more_deliveries: z.boolean().meta({
    description:
      'True when the event has more deliveries than the first 200, which the trace has. GET /v1/events/{id}/deliveries lists all.',
  }),
  trace: z.array(
    z.object({
      webhook_id: id('webhook'),
      webhook_name: z.string().nullable(),
      url: targetUrl,
      events: eventTypes,
      matched: z.boolean(),
      reason: z.enum(traceReasons),
      explanation: z.string().meta({ description: 'The reason as a sentence.' }),
      deliveries: z.array(deliveryWithAttempts),
    }),
  ),
});
