import { z } from 'zod';
import { id, page, pointInTime, providerId, text, timestamp } from './fields.ts';

export const jobKinds = ['replay', 'discard'] as const;
export const jobStatuses = ['running', 'completed', 'cancelled'] as const;
export type JobKind = (typeof jobKinds)[number];
export type JobStatus = (typeof jobStatuses)[number];

/** Final delivery statuses that a replay can select. */
export const replayableOutcomes = ['exhausted', 'discarded', 'delivered'] as const;
export type ReplayableOutcome = (typeof replayableOutcomes)[number];

/** Ids in one replay request. */
export const maximumNamedDeliveries = 1000;

/** A backlog is counted up to this many deliveries. */
export const maximumCounted = 10_000;

export const backlog = z.object({
  deliveries: z
    .int()
    .max(maximumCounted)
    .meta({ description: 'Deliveries that are waiting or being sent, counted up to 10,000.' }),
  more: z.boolean().meta({ description: 'True when there are more than were counted.' }),
  oldest_at: timestamp.nullable().meta({ description: 'When the oldest of them was created; null: none.' }),
});

const outcomes = z
  .array(z.enum(replayableOutcomes))
  .min(1)
  .refine((given) => new Set(given).size === given.length, 'must not list an outcome twice')
  .meta({ description: 'Statuses of the deliveries. Default: exhausted.' });

const since = pointInTime.meta({ description: 'Deliveries created at or after this time.' });
const until = pointInTime.meta({
  description: 'Deliveries created at or before this time. Default and maximum: the time of the request.',
});

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
      .meta({ description: 'These deliveries, whatever their status. Excludes all other fields.' }),
    since: since.optional(),
    until: until.optional(),
    outcomes: outcomes.optional(),
    provider: providerId.optional(),
    event: text(128).min(1).optional().meta({ description: 'An event type.' }),
    webhook_id: id('webhook').optional(),
  })
  .refine(({ ids, since: from }) => ids !== undefined || from !== undefined, {
    path: ['since'],
    message: 'is required unless ids is given',
  })
  .refine(
    ({ ids, ...selection }) => ids === undefined || Object.values(selection).every((part) => part === undefined),
    {
      path: ['ids'],
      message: 'cannot be combined with other fields: give either ids or a selection',
    },
  )
  .refine(inOrder, outOfOrder);

export type ReplayInput = z.output<typeof replayInput>;

export const job = z.object({
  id: id('job'),
  kind: z.enum(jobKinds).meta({ description: 'replay: sends deliveries again. discard: discards a backlog.' }),
  webhook_id: id('webhook').nullable().meta({ description: 'null: deliveries of any webhook.' }),
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
    .meta({ description: 'Which deliveries the job is for; null: any.' }),
  examined: z.int().meta({ description: 'Deliveries examined so far.' }),
  affected: z.int().meta({ description: 'Deliveries replayed or discarded so far.' }),
  created_at: timestamp,
  completed_at: timestamp.nullable().meta({ description: 'When it completed or was cancelled.' }),
});

export const jobQuery = z.strictObject({
  ...page,
  status: z.enum(jobStatuses).optional(),
  webhook_id: id('webhook').optional(),
});
