import { z } from 'zod';
import type { ProviderInput } from './provider.ts';

/** Problems of a provider definition, one sentence per field. */
export function providerProblems(input: ProviderInput): string[] {
  const { error } = providerSchema.safeParse(input);
  if (error) return messages(error);
  return [...Object.entries(input.events).flatMap(eventTypeProblems), ...settingsProblems(input)];
}

const aFunction = z.custom((value) => typeof value === 'function', 'must be a function');

const eventTypeSchema = z.strictObject({
  label: z.string().min(1),
  description: z.string().startsWith('Triggers when ', 'must begin with "Triggers when "'),
  noun: z.string().min(2).optional(),
  schema: z.instanceof(z.ZodType, { error: 'must be a zod schema (import { z } from "@bellhop/shared")' }),
  sample: z.record(z.string(), z.unknown()),
  unavailable: aFunction.optional(),
});

const signatureSchema = z
  .strictObject(
    {
      header: z.string().min(1),
      prefix: z.string(),
      encoding: z.enum(['hex', 'base64']),
      content: z
        .array(z.enum(['id', 'timestamp', 'body']))
        .refine((parts) => parts.includes('body'), 'must include "body"'),
      key: z.enum(['utf8', 'base64']),
      idHeader: z.string().min(1).optional(),
      timestampHeader: z.string().min(1).optional(),
      several: z.boolean(),
    },
    {
      error: ({ code }) => (code === 'invalid_type' ? 'must be a signature scheme, or null when unsigned' : undefined),
    },
  )
  .superRefine(({ content, idHeader, timestampHeader }, context) => {
    const missing = (path: string) =>
      context.addIssue({
        code: 'custom',
        path: [path],
        message: 'must be a header name, because "content" signs its value',
      });
    if (content.includes('id') && idHeader === undefined) missing('idHeader');
    if (content.includes('timestamp') && timestampHeader === undefined) missing('timestampHeader');
  });

const webhooksSchema = z
  .strictObject({
    eventTypes: z.enum(['one', 'many']),
    secret: z.enum(['always', 'optional', 'never']),
    authentication: z.array(z.enum(['none', 'basic', 'api_key', 'bearer'])).min(1),
    additionalHeaders: z.boolean(),
  })
  .partial();

const deliverySchema = z
  .strictObject({
    success: z.union([z.literal('2xx'), z.array(z.int().min(100).max(599)).min(1)], {
      error: 'must be "2xx" or a list of status codes',
    }),
    timeoutMs: z.int().positive(),
    retry: z.strictObject({ delays: z.array(z.number().nonnegative()), jitter: z.number().min(0).max(1) }),
    disableAfterFailures: z.int().positive().nullable(),
  })
  .partial();

const providerSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be lower-case letters, digits and "_", starting with a letter'),
  name: z.string().min(1),
  description: z.string().min(1),
  events: z
    .record(z.string().regex(/^[\w.:-]{1,128}$/, 'must be letters, digits and . _ : -'), eventTypeSchema)
    .refine((events) => Object.keys(events).length > 0, 'must have at least one event type'),
  envelope: aFunction,
  headers: aFunction.optional(),
  signature: signatureSchema.nullable(),
  webhooks: webhooksSchema.optional(),
  delivery: deliverySchema.optional(),
  settings: z
    .strictObject({
      schema: z.instanceof(z.ZodObject, { error: 'must be a zod object (import { z } from "@bellhop/shared")' }),
      defaults: z.record(z.string(), z.unknown()),
    })
    .optional(),
  prepare: aFunction.optional(),
});

function eventTypeProblems([type, { schema, sample }]: [string, ProviderInput['events'][string]]): string[] {
  const { error } = schema.safeParse(sample);
  return [
    ...(error ? messages(error, 'events', type, 'sample') : []),
    ...(survivesJson(sample) ? [] : [`events.${type}.sample: must be plain JSON, without dates or undefined values`]),
    ...describable(schema, `events.${type}.schema`),
  ];
}

function settingsProblems({ settings }: ProviderInput): string[] {
  if (!settings) return [];
  const { error } = settings.schema.safeParse(settings.defaults);
  return [
    ...(error ? messages(error, 'settings', 'defaults') : []),
    ...describable(settings.schema, 'settings.schema'),
  ];
}

/** The catalogue shows every schema as JSON Schema, which cannot express dates or transformations. */
function describable(schema: z.ZodType, path: string): string[] {
  try {
    z.toJSONSchema(schema, { io: 'input' });
    return [];
  } catch (error) {
    return [`${path}: must be representable in JSON Schema: ${error instanceof Error ? error.message : error}`];
  }
}

function survivesJson(sample: unknown): boolean {
  return z.json().safeParse(sample).success;
}

function messages(error: z.ZodError, ...base: string[]): string[] {
  return error.issues.map((issue) => {
    // zod reports a bad key as "Invalid key in record"; the reason is one level deeper.
    const message = (issue.code === 'invalid_key' && issue.issues[0]?.message) || issue.message;
    return `${[...base, ...issue.path].join('.') || 'provider'}: ${message}`;
  });
}
