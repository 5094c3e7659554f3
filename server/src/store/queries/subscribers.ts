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

/** Whom events go to at once. */
export interface Audience {
  readonly matches: Matches;
  /** The kinds that have more webhooks than are fanned out to at once. */
  readonly wide: ReadonlySet<string>;
  /** Organizations of which events are being fanned out: what follows queues behind them. */
  readonly busy: ReadonlySet<string>;
}

/** Subscribers of many small organizations together, of whom each has few. */
const mostRows = 5000;

/**
 * Finds the subscribers of all events together.
 *
 * @param most webhooks of a kind
 */
export async function matchSubscribers(
  db: Db,
  requests: readonly Pick<PublishRequest, 'events'>[],
  most: number,
): Promise<Audience> {
  const kinds = new Map<string, Kind>();
  for (const event of requests.flatMap(({ events }) => events)) {
    kinds.set(matchKey(event), [event.organizationId, event.provider, event.type]);
  }
  // What the rows do not show is asked for only when there are very many of them.
  const found = await rowsOf(db, [...kinds.values()], mostRows);
  const wide = found.complete ? new Set<string>() : await wideOf(db, kinds, most);
  for (const kind of wide) kinds.delete(kind);
  const { rows } = found.complete ? found : await rowsOf(db, [...kinds.values()], Number.POSITIVE_INFINITY);
  const matches = new Map<string, Subscriber[]>();
  for (const row of rows) {
    const kind = matchKey({ organizationId: row.organization_id, provider: row.provider, type: row.event_type });
    const known = matches.get(kind);
    if (known) known.push(toSubscriber(row));
    else matches.set(kind, [toSubscriber(row)]);
  }
  for (const [kind, { length }] of matches) if (length > most) wide.add(kind);
  const busy = rows.some((row) => Boolean(row.fanning_out)) ? await fanningOut(db) : new Set<string>();
  return { matches, wide, busy };
}

async function rowsOf(
  db: Db,
  kinds: readonly Kind[],
  most: number,
): Promise<{ readonly rows: SubscriberRow[]; readonly complete: boolean }> {
  const rows: SubscriberRow[] = [];
  for (const some of insertChunks(db, kinds)) {
    const query = subscribersOf(db, some);
    const limited = Number.isFinite(most) ? query.limit(most + 1 - rows.length) : query;
    for (const row of await limited.execute()) rows.push(row);
    if (rows.length > most) return { rows, complete: false };
  }
  return { rows, complete: true };
}

async function wideOf(db: Db, kinds: ReadonlyMap<string, Kind>, most: number): Promise<Set<string>> {
  const wide = new Set<string>();
  for (const [key, [organizationId, provider, type]] of kinds) {
    const next = await subscriptionsTo(db, [organizationId, provider, type])
      .select('webhook_id')
      .offset(most)
      .limit(1)
      .executeTakeFirst();
    if (next) wide.add(key);
  }
  return wide;
}

async function fanningOut(db: Db): Promise<Set<string>> {
  const rows = await db.selectFrom('fan_outs').select('organization_id').distinct().execute();
  return new Set(rows.map((row) => row.organization_id));
}

function subscriptionsTo(db: Db, [organizationId, provider, type]: Kind) {
  return db
    .selectFrom('subscriptions')
    .where('organization_id', '=', organizationId)
    .where('provider', '=', provider)
    .where('event_type', '=', type);
}

/** The next webhooks of an event, in the order of their ids. */
export async function subscribersAfter(db: Db, event: Event, after: string, most: number): Promise<Subscriber[]> {
  const kind: Kind = [event.organizationId, event.provider, event.type];
  const rows = await subscribersOf(db, [kind])
    .where('subscriptions.webhook_id', '>', after)
    .orderBy('subscriptions.webhook_id')
    .limit(most)
    .execute();
  return rows.map(toSubscriber);
}

type SubscriberRow = Awaited<ReturnType<ReturnType<typeof subscribersOf>['execute']>>[number];

function toSubscriber(row: SubscriberRow): Subscriber {
  return {
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
  };
}

function subscribersOf(db: Db, kinds: readonly Kind[]) {
  const wanted = listed<{ column1: string; column2: string; column3: string }, 'wanted'>(
    ['text', 'text', 'text'],
    kinds,
    'wanted',
  );
  return db
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
    .select(({ exists, selectFrom }) =>
      exists(selectFrom('fan_outs').select('event_id')).$castTo<boolean | number>().as('fanning_out'),
    );
}
