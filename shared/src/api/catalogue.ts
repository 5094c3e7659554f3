import { z } from 'zod';
import { jsonObject } from './fields.ts';

/** Schemas of the catalogue's descriptions, which {@link ../catalogue.ts} builds. */
export const eventTypeDescription = z.object({
  type: z.string(),
  label: z.string(),
  description: z.string(),
  schema: z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema (2020-12) of `data`.' }),
  sample: jsonObject,
});

const signatureScheme = z
  .object({
    header: z.string(),
    prefix: z.string(),
    encoding: z.enum(['hex', 'base64']),
    content: z.array(z.enum(['id', 'timestamp', 'body'])).readonly(),
    key: z.enum(['utf8', 'base64']),
    idHeader: z.string().optional(),
    timestampHeader: z.string().optional(),
    several: z.boolean(),
  })
  .meta({ description: 'How requests are signed: HMAC-SHA256 over `content`, joined by dots, in `header`.' });

const webhookRules = z
  .object({
    eventTypes: z.enum(['one', 'many']),
    secret: z.enum(['always', 'optional', 'never']),
    authentication: z.array(z.enum(['none', 'basic', 'api_key', 'bearer'])).readonly(),
    additionalHeaders: z.boolean(),
  })
  .meta({ description: "What a webhook in the provider's own format can be configured with." });

const deliveryPolicy = z
  .object({
    success: z.union([z.literal('2xx'), z.array(z.int()).readonly()]),
    timeoutMs: z.int(),
    retry: z.object({ delays: z.array(z.number()).readonly().meta({ description: 'Seconds.' }), jitter: z.number() }),
    disableAfterFailures: z.int().nullable(),
  })
  .meta({ description: 'What counts as success, how long a response can take, when failed attempts are retried.' });

const settingsDescription = z.object({
  schema: z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema (2020-12).' }),
  defaults: jsonObject,
});

export const providerDescription = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  signature: signatureScheme
    .nullable()
    .meta({ description: "How requests in the provider's own format are signed; null: unsigned." }),
  webhooks: webhookRules,
  delivery: deliveryPolicy,
  settings: settingsDescription.nullable().meta({ description: 'Per-organization settings; null: none.' }),
  events: z.array(eventTypeDescription),
});

export const providerSettings = jsonObject;
