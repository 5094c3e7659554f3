import type { Event } from '../../model.ts';
import type { PublishRequest } from '../contract/publish.ts';
import type { Db } from '../tables.ts';
import { insertChunks, listed } from './batches.ts';
import type { LaneView } from './placement.ts';

/** A webhook that subscribes to a kind of event, with its lane. */
export interface Subscriber extends LaneView {
  readonly revision: number;
  readonly filter: string | null;
}

/** Subscribers by {@link matchKey}. */
export type Matches = ReadonlyMap<string, readonly Subscriber[]>;

/** The kind of an event, as a key. */
export function matchKey(event: Pick<Event, 'organizationId' | 'provider' | 'type'>): string {
  return `${event.organizationId} ${event.provider} ${event.type}`;
}

type Kind = readonly [organizationId: string, provider: string, type: string];

/** Finds the subscribers of all events together. */
export async function matchSubscribers(db: Db, requests: readonly Pick<PublishRequest, 'events'>[]): Promise<Matches> {
  const kinds = new Map<string, Kind>();
  for (const event of requests.flatMap(({ events }) => events)) {
    kinds.set(matchKey(event), [event.organizationId, event.provider, event.type]);
  }
  const matches = new Map<string, Subscriber[]>();
  for (const some of insertChunks(db, [...kinds.values()])) {
    for (const { kind, subscriber } of await subscribersOf(db, some)) {
      const found = matches.get(kind);
      if (found) found.push(subscriber);
      else matches.set(kind, [subscriber]);
    }
  }
  return matches;
}

async function subscribersOf(
  db: Db,
  kinds: readonly Kind[],
): Promise<{ readonly kind: string; readonly subscriber: Subscriber }[]> {
  const wanted = listed<{ column1: string; column2: string; column3: string }, 'wanted'>(
    ['text', 'text', 'text'],
    kinds,
    'wanted',
  );
  const rows = await db
    .selectFrom(wanted)
    .innerJoin('subscriptions', (join) =>
      join
        .onRef('subscriptions.organization_id', '=', 'wanted.column1')
        .onRef('subscriptions.provider', '=', 'wanted.column2')
        .onRef('subscriptions.event_type', '=', 'wanted.column3'),
    )
    .innerJoin('webhooks', 'webhooks.id', 'subscriptions.webhook_id')
    .innerJoin('lanes', 'lanes.webhook_id', 'subscriptions.webhook_id')
    .select(['subscriptions.organization_id', 'subscriptions.provider', 'subscriptions.event_type'])
    .select(['webhooks.id', 'webhooks.revision', 'webhooks.status', 'webhooks.filter'])
    .select([
      'lanes.due_at',
      'lanes.owner',
      'lanes.ordering',
      'lanes.backlogged',
      'lanes.slot',
      'lanes.term',
      'lanes.left_at',
    ])
    .execute();
  return rows.map((row) => ({
    kind: matchKey({ organizationId: row.organization_id, provider: row.provider, type: row.event_type }),
    subscriber: {
      webhookId: row.id,
      revision: row.revision,
      active: row.status === 'active',
      filter: row.filter,
      dueAt: row.due_at,
      owner: row.owner,
      backlogged: row.backlogged === 1,
      slot: row.slot,
      term: row.term,
      leftAt: row.left_at,
      inOrder: row.ordering === 'fifo',
    },
  }));
}
