import { z } from 'zod';
import { jsonObject } from './fields.ts';

/** The catalogue's descriptions as the API answers them; {@link ../catalogue.ts} makes them. */
export const eventTypeDescription = z.object({
  type: z.string(),
  label: z.string(),
  description: z.string(),
  schema: z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema (2020-12) of `data`.' }),
  sample: jsonObject,
});

export const providerDescription = z.looseObject({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  events: z.array(eventTypeDescription),
});

export const providerSettings = jsonObject;
