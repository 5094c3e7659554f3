import { z } from 'zod';
import { id, timestamp } from './fields.ts';

const webhookId = id('webhook');

/** Webhooks whose numbers may be asked for at once. */
export const mostWebhooks = 100;

export const statisticsQuery = z.strictObject({
  ids: z
    .string()
    .transform((text) => [...new Set(text.split(','))])
    .pipe(z.array(webhookId).min(1).max(mostWebhooks))
    .meta({
      type: 'string',
      description: `Ids of webhooks, separated by commas: at most ${mostWebhooks}. One that the organization does not have is left out of the answer.`,
    }),
});

const counts = {
  delivered: z.int().meta({ description: 'Attempts that the receiver took.' }),
  failed: z.int().meta({ description: 'Attempts that failed.' }),
  throttled: z.int().meta({ description: 'Attempts that the receiver put off; they count neither way.' }),
};

export const webhookStatistics = z
  .object({
    webhook_id: webhookId,
    ...counts,
    success_rate: z
      .number()
      .nullable()
      .meta({ description: 'From 0 to 1, of delivered and failed attempts; null when there was neither.' }),
    hours: z.array(z.object({ at: timestamp, ...counts })).meta({
      description: 'The 24 hours, the oldest first, the running one last; `at` is when the hour began.',
    }),
  })
  .meta({ description: 'Live attempts of the last 24 hours, without tests. Some seconds behind.' });
