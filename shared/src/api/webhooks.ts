import { z } from 'zod';
import { attempt } from './events.ts';
import {
  credential,
  eventTypes,
  filter,
  format,
  id,
  jsonObject,
  page,
  platform,
  pointInTime,
  providerId,
  signingSecret,
  targetUrl,
  text,
  timestamp,
} from './fields.ts';

const token = credential(
  z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII characters'),
);

export const authenticationInput = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({
    type: z.literal('basic'),
    username: text(256)
      .min(1)
      .regex(/^[^:]*$/, 'must not contain ":"'),
    password: credential(text(1024)),
  }),
  z.strictObject({ type: z.literal('api_key'), key: token }),
  z.strictObject({ type: z.literal('bearer'), token }),
]);

export type Authentication = z.output<typeof authenticationInput>;

const headers = z
  .record(z.string(), credential(z.string()))
  .refine((given) => Object.keys(given).length <= 20, 'must have at most 20 headers')
  .meta({ description: 'Sent with every request, as given. Headers that Bellhop sets itself are rejected.' });

type Headers = z.output<typeof headers>;

export const headersInput = z.preprocess(rejectProtoKey, headers) as z.ZodType<Headers, Headers>;

/** A parsed copy would lose a key named `__proto__`: the header would be accepted and never sent. */
function rejectProtoKey(given: unknown, context: z.RefinementCtx): unknown {
  if (typeof given === 'object' && given !== null && Object.hasOwn(given, '__proto__')) {
    context.addIssue({ code: 'custom', path: ['__proto__'], message: 'cannot be a header name' });
  }
  return given;
}

export const rateLimit = z
  .strictObject({ requests: z.int().min(1).max(100_000), seconds: z.int().min(1).max(3600) })
  .meta({ description: "At most this many requests in this many seconds. The platform's own limit also applies." });

export const retry = z
  .strictObject({
    schedule: z
      .array(
        z
          .number()
          .min(0)
          .max(7 * 24 * 3600),
      )
      .max(20)
      .meta({
        description: 'Seconds to wait before the 2nd, 3rd, … attempt. Empty: no retries.',
      }),
  })
  .meta({ description: "Replaces the provider's retry schedule." });

export const orderings = ['parallel', 'fifo'] as const;
export type Ordering = (typeof orderings)[number];

export const ordering = z.enum(orderings).meta({
  description:
    'parallel (default): several requests at a time. fifo: one at a time, in publishing order; a delivery that waits for a retry blocks those behind it.',
});

const settable = {
  name: text(200).nullable(),
  description: text(1000).nullable(),
  events: eventTypes,
  url: targetUrl,
  authentication: authenticationInput,
  headers: headersInput,
  filter: filter.nullable(),
  rate_limit: rateLimit.nullable(),
  retry: retry.nullable(),
  ordering,
  format,
  platform,
  signing_secret: signingSecret.nullable(),
};

export const webhookInput = z.strictObject({
  provider: providerId,
  events: settable.events,
  url: settable.url,
  name: settable.name.optional(),
  description: settable.description.optional(),
  authentication: settable.authentication.optional(),
  headers: settable.headers.optional(),
  filter: settable.filter.optional(),
  rate_limit: settable.rate_limit.optional(),
  retry: settable.retry.optional(),
  ordering: settable.ordering.optional(),
  format: settable.format.optional().meta({
    description:
      'provider (default): the provider\'s own format. standard: the neutral format; the body of a test ends with `"test": true`.',
  }),
  signing_secret: settable.signing_secret.optional(),
  platform: settable.platform.optional().meta({ description: 'Default: detected from the URL.' }),
  status: z.enum(['active', 'paused']).optional().meta({
    description: 'active (default): events are sent from now on. paused: events are held until the webhook is resumed.',
  }),
});

export type WebhookInput = z.output<typeof webhookInput>;

export const webhookPatch = z
  .strictObject({
    ...settable,
    events: settable.events.meta({
      description: 'Event types of the provider. What waits of the removed ones is not sent.',
    }),
    url: settable.url.meta({
      description:
        'With a URL of another origin (scheme, host and port), give authentication and headers again if the webhook has them.',
    }),
    platform: settable.platform.meta({ description: 'Default: as it is, also with another URL.' }),
  })
  .partial();

export type WebhookPatch = z.output<typeof webhookPatch>;

export const webhookStatuses = ['active', 'paused', 'disabled', 'gone'] as const;
export type WebhookStatus = (typeof webhookStatuses)[number];

export const statusReason = z.object({
  code: z.string().meta({ examples: ['consecutive_failures', 'gone', 'paused_by_customer'] }),
  message: z.string(),
  at: timestamp,
});

export const warning = z.object({
  field: z.string().meta({ description: 'A field of the webhook.', examples: ['filter', 'events.0'] }),
  message: z.string(),
});

export type Warning = z.output<typeof warning>;

export const webhook = z.object({
  id: id('webhook'),
  provider: z.string(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  events: z.array(z.string()),
  url: z.string(),
  format,
  authentication: z
    .object({
      type: z.enum(['none', 'basic', 'api_key', 'bearer']),
      username: z.string().optional(),
    })
    .meta({ description: 'Without the secret.' }),
  headers: z.record(z.string(), z.string()).meta({ description: 'Names as given; every value is ********.' }),
  has_signing_secret: z.boolean(),
  filter: z.string().nullable(),
  rate_limit: rateLimit.nullable(),
  retry: retry.nullable(),
  ordering,
  platform,
  external_id: z.string().nullable(),
  rest_hook: z.boolean().meta({ description: 'True when a platform created the webhook through POST /v1/hooks.' }),
  acknowledges: z
    .boolean()
    .meta({ description: "True when only an answer that repeats the event's id counts as delivered." }),
  listener: z.boolean().meta({ description: 'True for a test listener, which ends by itself.' }),
  status: z.enum(webhookStatuses),
  status_reason: statusReason.nullable(),
  status_until: timestamp.nullable().meta({
    description:
      'When the status ends by itself. paused: the receiver is tried again. active: a test listener ends. gone: what waited is not taken over any more. null: it does not.',
  }),
  consecutive_failures: z.int(),
  warnings: z.array(warning).meta({
    description:
      'What keeps events from this webhook, such as a filter on a field that its event types do not have, and a signing secret that can be guessed.',
  }),
  created_at: timestamp,
  updated_at: timestamp,
});

export const createdWebhook = webhook.extend({ signing_secret: z.string().nullable() });

export const webhookQuery = z.strictObject({
  ...page,
  provider: providerId.optional(),
  status: z.enum(webhookStatuses).optional().meta({ description: 'Default: all except gone.' }),
  platform: platform.optional(),
});

export const signedWith = z.enum(['both', 'new', 'previous']);
export type SignedWith = z.output<typeof signedWith>;

export const secret = z.object({
  signing_secret: z.string().nullable().meta({ description: 'The current secret; null: requests are not signed.' }),
  previous: z
    .array(z.object({ signing_secret: z.string(), valid_until: timestamp }))
    .meta({ description: 'Replaced secrets that are still in use, newest first.' }),
  signed_with: signedWith.nullable().meta({
    description:
      'Which secrets sign requests now. new: signing_secret. previous: the last of previous, until its valid_until, because the format carries one signature. both: signing_secret and all of previous.',
  }),
});

export const rotationInput = z.strictObject({
  signing_secret: signingSecret.optional(),
  overlap_hours: z.number().min(0).max(168).optional().meta({
    description:
      'How long the replaced secret stays in use. Default: 24 if requests carry several signatures, as in the standard format; 0 if they carry one. With one signature, the replaced secret signs until the overlap ends.',
  }),
});

export const rotatedSecret = secret.extend({ signing_secret: z.string(), signed_with: signedWith });

export const resumptionInput = z.strictObject({
  since: pointInTime.optional().meta({ description: 'Only webhooks that were disabled then or later. Default: all.' }),
  provider: providerId.optional(),
});

export const resumption = z.object({
  resumed: z.int(),
  more: z.boolean().meta({ description: 'True when there are more than one call resumes: call again.' }),
});

export const testInput = z.strictObject({
  event: text(128).min(1).optional().meta({ description: "Default: the webhook's first event type." }),
});

export const previewInput = z.strictObject({
  provider: providerId,
  event: text(128).min(1),
  url: targetUrl.optional(),
  format: format.optional(),
  authentication: authenticationInput.optional(),
  headers: headersInput.optional(),
  signing_secret: signingSecret.nullable().optional(),
});

export const trialInput = previewInput.extend({ url: targetUrl });

export const filterTestInput = z
  .strictObject({
    filter,
    data: jsonObject.optional().meta({ description: "An event's data." }),
    provider: providerId.optional(),
    event: text(128).min(1).optional().meta({ description: "An event type; its sample is the event's data." }),
  })
  .refine(
    ({ data, provider, event }) =>
      data === undefined
        ? provider !== undefined && event !== undefined
        : provider === undefined && event === undefined,
    { path: ['data'], message: "give either data, or provider and event to use that event type's sample" },
  );

export const filterTest = z.object({
  matches: z.boolean(),
  explanation: z.string().meta({ examples: ['`score >= 90` is false: score is 85'] }),
});

export const preview = z.object({
  method: z.literal('POST'),
  url: z.string().nullable(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

export const trial = z.object({
  request: preview,
  ...attempt.pick({ duration_ms: true, status_code: true, error: true, response: true, outcome: true }).shape,
});

export const hookInput = z
  .strictObject({
    provider: providerId,
    event: text(128).min(1).optional(),
    events: eventTypes.optional(),
    target_url: targetUrl,
    platform: platform.optional(),
    external_id: text(200)
      .optional()
      .meta({ description: "The platform's id of the subscription, such as the Zap or the workflow." }),
    format: format.optional(),
    filter: filter.nullable().optional(),
    signing_secret: signingSecret.optional(),
    acknowledges: z.boolean().optional().meta({
      description:
        'True for a subscriber that answers what it took with a JSON object whose received is the webhook-id of the request. No other answer counts as delivered then. Default: false.',
    }),
    listen_seconds: z.int().min(10).max(3600).optional().meta({
      description:
        'For a test listener: it gets events from now on, once each and without retries, and ends by itself after so many seconds. It replaces an earlier listener with the same URL. Default: the hook is for production.',
    }),
  })
  .refine((hook) => (hook.event === undefined) !== (hook.events === undefined), {
    path: ['events'],
    message: 'give either event or events',
  });

export const hookSampleQuery = z.strictObject({
  provider: providerId,
  event: text(128).min(1),
  filter: filter
    .optional()
    .meta({ description: 'Only real events whose data matches; the static sample is always included.' }),
});

export const hookSample = z.object({
  data: z
    .array(jsonObject)
    .meta({ description: 'Bodies in the standard format, newest first, the static sample last.' }),
});

/** Boltly's documented API (Boltly docs, Creating a webhook). */
export const developerAccessWebhookInput = z.strictObject({
  url: targetUrl,
  events: eventTypes,
  description: text(1000).optional(),
});

export const developerAccessWebhook = z.object({
  id: id('webhook'),
  url: z.string(),
  events: z.array(z.string()),
  description: z.string().nullable(),
  status: z.enum(webhookStatuses),
  created_at: timestamp,
});

export const createdDeveloperAccessWebhook = developerAccessWebhook.extend({ signing_secret: z.string() });
