import { z } from 'zod';
import { id, timestamp } from './fields.ts';

const webhookId = id('webhook');

/** Webhooks in one request. */
const maximumWebhooks = 100;

export const statisticsQuery = z.strictObject({
  ids: z
    .string()
    .transform((text) => [...new Set(text.split(','))])
    .pipe(z.array(webhookId).min(1).max(maximumWebhooks))
    .meta({
      type: 'string',
      description: `Webhook ids, separated by commas: at most ${maximumWebhooks}. Ids unknown to the organization are left out of the response.`,
    }),
});

const counts = {
  delivered: z.int().meta({ description: 'Attempts that succeeded.' }),
  failed: z.int().meta({ description: 'Attempts that failed.' }),
  throttled: z.int().meta({ description: 'Attempts that the receiver throttled; neither successes nor failures.' }),
};

export const webhookStatistics = z
  .object({
    webhook_id: webhookId,
    ...counts,
    success_rate: z
      .number()
      .nullable()
      .meta({ description: 'From 0 to 1, of delivered and failed attempts; null: no attempts.' }),
    hours: z.array(z.object({ at: timestamp, ...counts })).meta({
      description: 'The 24 hours, oldest first, the current one last; `at` is the start of the hour.',
    }),
  })
  .meta({ description: 'Live attempts of the last 24 hours, tests excluded. A few seconds behind.' });
