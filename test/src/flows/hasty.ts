import { defineProvider, noRetries, z } from '@bellhop/shared';

/** The time that an attempt has. */
export const timeoutMs = 6000;

/** An operator's provider that tries once, and not for long: what an attempt comes to is known soon. */
export const hasty = defineProvider({
  id: 'hasty',
  name: 'Hasty',
  description: 'A product whose receivers have to be quick.',
  events: {
    happened: {
      label: 'Happened',
      description: 'Triggers when something happened.',
      schema: z.looseObject({ what: z.string() }),
      sample: { what: 'something' },
    },
  },
  envelope: ({ id, type, data }) => ({ id, type, data }),
  signature: null,
  delivery: { timeoutMs, retry: noRetries },
});

/** The body of a request that publishes one of its events. */
export const happened = { provider: hasty.id, type: 'happened', data: { what: 'something' } };
