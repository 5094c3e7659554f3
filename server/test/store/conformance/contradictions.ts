import type { Db } from '../../../src/store/tables.ts';
import { second } from './world.ts';

/** What must never be found in the tables, whatever happened. Each query finds the rows that break one rule. */

type Rule = (tables: Db, now: number) => { execute(): Promise<readonly unknown[]> };

const rules: Record<string, Rule> = {
  'A pending delivery that nobody holds is in a lane that is looked into when it is due, or before.': (tables, now) =>
    deliveriesWithLanes(tables)
      .where('deliveries.state', '=', 'pending')
      .where('deliveries.owner', 'is', null)
      .where('lanes.state', '=', 'open')
      .where('lanes.ordering', '=', 'parallel')
      .where(({ eb, or, and, ref }) =>
        or([
          eb('lanes.due_at', 'is', null),
          and([eb('lanes.due_at', '>', ref('deliveries.next_attempt_at')), eb('lanes.due_at', '>', now)]),
        ]),
      ),

  'The first delivery of a lane in order is looked at when it is due, or a moment later if another is on its way.': (
    tables,
    now,
  ) =>
    deliveriesWithLanes(tables)
      .where('deliveries.state', '=', 'pending')
      .where('deliveries.owner', 'is', null)
      .where('lanes.state', '=', 'open')
      .where('lanes.ordering', '=', 'fifo')
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('deliveries as earlier')
              .select('earlier.id')
              .whereRef('earlier.webhook_id', '=', 'deliveries.webhook_id')
              .whereRef('earlier.id', '<', 'deliveries.id')
              .where('earlier.state', '=', 'pending')
              .where('earlier.owner', 'is', null),
          ),
        ),
      )
      .where(({ eb, or, and, ref }) =>
        or([
          eb('lanes.due_at', 'is', null),
          and([eb('lanes.due_at', '>', ref('deliveries.next_attempt_at')), eb('lanes.due_at', '>', now + second)]),
        ]),
      ),

  'What a webhook that ended still has pending is being discarded.': (tables) =>
    deliveriesWithLanes(tables)
      .where('deliveries.state', '=', 'pending')
      .where('deliveries.owner', 'is', null)
      .where('lanes.state', '=', 'ended'),

  'A lane is in the state of its webhook.': (tables) =>
    tables
      .selectFrom('lanes')
      .innerJoin('webhooks', 'webhooks.id', 'lanes.webhook_id')
      .select(['webhooks.id', 'webhooks.status', 'lanes.state'])
      .where(({ eb, not, or, and }) =>
        not(
          or([
            and([eb('webhooks.status', '=', 'active'), eb('lanes.state', '=', 'open')]),
            and([eb('webhooks.status', 'in', ['paused', 'disabled']), eb('lanes.state', '=', 'closed')]),
            // It keeps what waits for a hook that may replace it.
            and([
              eb('webhooks.status', '=', 'gone'),
              eb('webhooks.status_until', 'is not', null),
              eb('lanes.state', '=', 'closed'),
            ]),
            and([
              eb('webhooks.status', 'in', ['gone', 'deleted']),
              eb('webhooks.status_until', 'is', null),
              eb('lanes.state', 'in', ['discarding', 'ended']),
            ]),
          ]),
        ),
      ),

  'Every webhook has a lane.': (tables) =>
    tables
      .selectFrom('webhooks')
      .leftJoin('lanes', 'lanes.webhook_id', 'webhooks.id')
      .select('webhooks.id')
      .where('lanes.webhook_id', 'is', null),

  'The lane of a webhook that ended is nobody’s.': (tables) =>
    tables
      .selectFrom('lanes')
      .selectAll()
      .where('state', 'in', ['discarding', 'ended'])
      .where(({ eb, or }) => or([eb('owner', 'is not', null), eb('backlogged', '!=', 0)])),

  'Only of an open lane that has an owner is there a backlog that nobody claims.': (tables) =>
    tables
      .selectFrom('lanes')
      .selectAll()
      .where('backlogged', '!=', 0)
      .where(({ eb, or }) => or([eb('owner', 'is', null), eb('state', '!=', 'open'), eb('backlogged', '!=', 1)])),

  'A lane is in order exactly when its webhook is.': (tables) =>
    tables
      .selectFrom('lanes')
      .innerJoin('webhooks', 'webhooks.id', 'lanes.webhook_id')
      .select(['webhooks.id', 'webhooks.ordering', 'lanes.ordering as lane_ordering'])
      .whereRef('webhooks.ordering', '!=', 'lanes.ordering'),

  'The slot of a lane is the end of its webhook’s id.': (tables) => ({
    async execute() {
      const lanes = await tables.selectFrom('lanes').select(['webhook_id', 'slot']).execute();
      return lanes.filter(({ webhook_id, slot }) => slot !== Number(`0x${webhook_id.slice(-2)}`));
    },
  }),

  'Whoever had a lane left it in the past.': (tables, now) =>
    tables.selectFrom('lanes').selectAll().where('left_at', '>', now),

  'A delivery has a next attempt exactly while it is pending, and an end exactly when it is not.': (tables) =>
    tables
      .selectFrom('deliveries')
      .selectAll()
      .where(({ eb, not, or, and }) =>
        not(
          or([
            and([eb('state', '=', 'pending'), eb('next_attempt_at', 'is not', null), eb('completed_at', 'is', null)]),
            and([eb('state', '!=', 'pending'), eb('next_attempt_at', 'is', null), eb('completed_at', 'is not', null)]),
          ]),
        ),
      ),

  'Only what is pending is held.': (tables) =>
    tables.selectFrom('deliveries').selectAll().where('owner', 'is not', null).where('state', '!=', 'pending'),

  'A delivery has its event.': (tables) =>
    tables
      .selectFrom('deliveries')
      .leftJoin('events', 'events.id', 'deliveries.event_id')
      .select('deliveries.id')
      .where('events.id', 'is', null),

  'A webhook that ended for good wants no events, and one that ended is no REST hook’s double.': (tables) =>
    tables
      .selectFrom('webhooks')
      .leftJoin('subscriptions', 'subscriptions.webhook_id', 'webhooks.id')
      .select('webhooks.id')
      .where('webhooks.status', 'in', ['gone', 'deleted'])
      .where(({ eb, or, and }) =>
        or([
          and([eb('subscriptions.webhook_id', 'is not', null), eb('webhooks.status_until', 'is', null)]),
          eb('webhooks.subscription', 'is not', null),
        ]),
      ),

  'An event goes to a hook or to the one that replaces it, not to both.': (tables) =>
    tables
      .selectFrom('subscriptions')
      .innerJoin('webhooks', 'webhooks.id', 'subscriptions.webhook_id')
      .innerJoin('subscriptions as heirs', (join) =>
        join.onRef('heirs.webhook_id', '=', 'webhooks.heir').onRef('heirs.event_type', '=', 'subscriptions.event_type'),
      )
      .selectAll('subscriptions'),

  'A job has an end exactly when it does not run.': (tables) =>
    tables
      .selectFrom('jobs')
      .selectAll()
      .where(({ eb, or, and }) =>
        or([
          and([eb('status', '=', 'running'), eb('completed_at', 'is not', null)]),
          and([eb('status', '!=', 'running'), eb('completed_at', 'is', null)]),
        ]),
      ),

  'While a backlog is being discarded, no job sends again what belongs to it.': (tables) =>
    tables
      .selectFrom('jobs as discard')
      .innerJoin('jobs as replay', 'replay.organization_id', 'discard.organization_id')
      .select(['discard.id', 'replay.id as replay_id'])
      .where('discard.kind', '=', 'discard')
      .where('discard.status', '=', 'running')
      .where('replay.kind', '=', 'replay')
      .where('replay.status', '=', 'running')
      .where(({ eb, ref, or }) =>
        or([eb('replay.webhook_id', 'is', null), eb('replay.webhook_id', '=', ref('discard.webhook_id'))]),
      ),
};

function deliveriesWithLanes(tables: Db) {
  return tables
    .selectFrom('deliveries')
    .innerJoin('lanes', 'lanes.webhook_id', 'deliveries.webhook_id')
    .selectAll('deliveries')
    .select(['lanes.state as lane_state', 'lanes.due_at', 'lanes.owner as lane_owner']);
}

/** The rules that are broken at this time, each with the rows that break it. */
export async function contradictions(tables: Db, now: number): Promise<Record<string, readonly unknown[]>> {
  const broken: Record<string, readonly unknown[]> = {};
  for (const [rule, find] of Object.entries(rules)) {
    const rows = await find(tables, now).execute();
    if (rows.length > 0) broken[rule] = rows;
  }
  return broken;
}
