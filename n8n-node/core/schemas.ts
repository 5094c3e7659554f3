import { attempt, delivery, deliveryWithLastAttempt, publishedEvent } from '@bellhop/shared/api/events';
import { webhook } from '@bellhop/shared/api/webhooks';
import { z } from 'zod';

/*
 * The nodes' output as JSON Schema, by the path where n8n looks for it: `__schema__/v<version>/<resource>/<operation>`. n8n
 * shows it in the editor before there is data. build.ts writes the files.
 */

type OutputSchema = Readonly<Record<string, unknown>>;

const webhookSchema = outputSchema(webhook);

export const outputSchemas: Readonly<Record<string, OutputSchema>> = {
  'BellhopTrigger/__schema__/v1.0.0': {
    type: 'object',
    properties: {
      event_id: { type: 'string' },
      event_type: { type: 'string' },
      occurred_at: { type: 'string' },
      test: { type: 'boolean' },
    },
    version: 1,
  },
  'Bellhop/__schema__/v1.0.0/event/publish': outputSchema(publishedEvent),
  'Bellhop/__schema__/v1.0.0/webhook/getAll': webhookSchema,
  'Bellhop/__schema__/v1.0.0/webhook/pause': webhookSchema,
  'Bellhop/__schema__/v1.0.0/webhook/resume': webhookSchema,
  'Bellhop/__schema__/v1.0.0/webhook/test': outputSchema(attempt),
  'Bellhop/__schema__/v1.0.0/delivery/getAll': outputSchema(deliveryWithLastAttempt),
  'Bellhop/__schema__/v1.0.0/delivery/replay': outputSchema(delivery),
};

function outputSchema(schema: z.ZodType): OutputSchema {
  return { ...shape(z.toJSONSchema(schema, { io: 'output' })), version: 1 };
}

/** n8n reads `type`, `properties` and `items` alone. For a nullable it wants the other type. */
function shape(schema: Readonly<Record<string, unknown>>): OutputSchema {
  const alternatives = Array.isArray(schema.anyOf) ? (schema.anyOf as OutputSchema[]) : [schema];
  const { type, properties, items } = alternatives.find((each) => each.type !== 'null') ?? {};
  const inner = properties as Readonly<Record<string, OutputSchema>> | undefined;
  return {
    type: typeof type === 'string' ? type : 'string',
    ...(inner
      ? { properties: Object.fromEntries(Object.entries(inner).map(([key, value]) => [key, shape(value)])) }
      : {}),
    ...(items ? { items: shape(items as OutputSchema) } : {}),
  };
}
