import { z } from 'zod';
import { id, page, pointInTime, providerId, text, timestamp } from './fields.ts';

export const jobKinds = ['replay', 'discard'] as const;
export const jobStatuses = ['running', 'completed', 'cancelled'] as const;
export type JobKind = (typeof jobKinds)[number];
export type JobStatus = (typeof jobStatuses)[number];

/** What a delivery has to have come to, for a replay to pick it. */
export const replayableOutcomes = ['exhausted', 'discarded', 'delivered'] as const;
export type ReplayableOutcome = (typeof replayableOutcomes)[number];

/** How many deliveries a replay may name. */
export const maximumNamedDeliveries = 1000;

/** How far a backlog is counted. */
export const maximumCounted = 10_000;

export const backlog = z.object({
  deliveries: z
    .int()
    .max(maximumCounted)
    .meta({ description: 'How many deliveries wait or are on their way. Counted up to 10,000.' }),
  more: z.boolean().meta({ description: 'Whether there are more than were counted.' }),
  oldest_at: timestamp.nullable().meta({ description: 'When the oldest of them was created; null: there is none.' }),
});

const outcomes = z
  .array(z.enum(replayableOutcomes))
  .min(1)
  .refine((given) => new Set(given).size === given.length, 'must not name an outcome twice')
  .meta({ description: 'What the deliveries came to. Default: exhausted alone.' });

const since = pointInTime.meta({ description: 'The first creation time of the deliveries.' });
const until = pointInTime.meta({
  description: 'Their last creation time. Default, and the latest there is: the time of the request.',
});

/** The period runs forward. */
function inOrder(period: { readonly since?: string | undefined; readonly until?: string | undefined }): boolean {
  return !period.since || !period.until || Date.parse(period.since) <= Date.parse(period.until);
}

const outOfOrder = { path: ['until'], message: 'must not be before since' };

export const recoverInput = z
  .strictObject({ since, until: until.optional(), outcomes: outcomes.optional() })
  .refine(inOrder, outOfOrder);

export type RecoverInput = z.output<typeof recoverInput>;

export const replayInput = z
  .strictObject({
    ids: z
      .array(id('delivery'))
      .min(1)
      .max(maximumNamedDeliveries)
      .optional()
      .meta({ description: 'These deliveries, whatever they came to. Beside it nothing else may be given.' }),
    since: since.optional(),
    until: until.optional(),
    outcomes: outcomes.optional(),
    provider: providerId.optional(),
    event: text(128).min(1).optional().meta({ description: 'An event type.' }),
    webhook_id: id('webhook').optional(),
  })
  .refine(({ ids, since: from }) => ids !== undefined || from !== undefined, {
    path: ['since'],
    message: 'must be given, unless ids name the deliveries',
  })
  .refine(
    ({ ids, ...selection }) => ids === undefined || Object.values(selection).every((part) => part === undefined),
    {
      path: ['ids'],
      message: 'must stand alone: name either ids or a selection',
    },
  )
  .refine(inOrder, outOfOrder);

export type ReplayInput = z.output<typeof replayInput>;

export const job = z.object({
  id: id('job'),
  kind: z.enum(jobKinds).meta({ description: 'replay: makes deliveries due again. discard: drops a backlog.' }),
  webhook_id: id('webhook').nullable().meta({ description: 'null: the deliveries may be of any webhook.' }),
  status: z.enum(jobStatuses),
  selection: z
    .object({
      ids: z.array(id('delivery')).nullable(),
      since: timestamp.nullable(),
      until: timestamp.nullable(),
      outcomes: z.array(z.enum(replayableOutcomes)).nullable(),
      provider: z.string().nullable(),
      event: z.string().nullable(),
    })
    .meta({ description: 'Which deliveries it is for; null: that does not matter.' }),
  examined: z.int().meta({ description: 'Deliveries it has looked at so far.' }),
  affected: z.int().meta({ description: 'Deliveries it has replayed or discarded so far.' }),
  created_at: timestamp,
  completed_at: timestamp.nullable().meta({ description: 'When it completed or was cancelled.' }),
});

export const jobQuery = z.strictObject({
  ...page,
  status: z.enum(jobStatuses).optional(),
  webhook_id: id('webhook').optional(),
});
