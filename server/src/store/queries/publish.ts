import type { Delivery, Event } from '../../model.ts';
import type { PublishedWork, PublishOptions, PublishRequest, PublishResult, PublishStore } from '../contract.ts';
import { fromDelivery, fromEvent } from '../rows.ts';
import type { Db, NewRow, Row, Tx } from '../tables.ts';
import { Filters } from './filters.ts';
import { inChunks, insertChunks, insertMany, laneDue, newDelivery, Overtaken } from './support.ts';

/** What is read of filters serves every store of the process: a filter's text says all there is. */
const filters = new Filters();

export function publishQueries(db: Db): PublishStore {
  return {
    async publish(requests, options) {
      return db.transaction().execute(async (tx) => {
        const repeats = await claimKeys(tx, requests, options.now);
        const fresh = requests.filter((_, index) => !repeats.has(index));
        const matches = await matchSubscribers(tx, fresh);
        const fanOut = new FanOut(matches, options);
        const results = requests.map((request, index) => repeats.get(index) ?? fanOut.store(request));
        await insertFanOut(tx, fanOut);
        await laneDue(tx, [...fanOut.waitingWebhooks], options.now);
        return results;
      });
    },
  };
}

/** Deliveries that nobody holds yet. */
export interface Unheld {
  /** Their webhooks, whose lanes are to be made due. */
  readonly webhookIds: ReadonlySet<string>;
  /** Whether any is to be claimed now. */
  readonly waiting: boolean;
}

/** Stores events of the server's own, whose deliveries nobody holds. */
export async function storeUnheld(tx: Tx, events: readonly Event[], now: number): Promise<Unheld> {
  const fanOut = new FanOut(await matchSubscribers(tx, [{ events }]), { node: null, now });
  fanOut.store({ events });
  await insertFanOut(tx, fanOut);
  return { webhookIds: fanOut.waitingWebhooks, waiting: fanOut.waiting };
}

async function insertFanOut(tx: Tx, { events, deliveries }: FanOut): Promise<void> {
  await insertMany(tx, 'events', events);
  await insertMany(tx, 'deliveries', deliveries);
}

type Key = Row<'idempotency_keys'>;

/** Takes the idempotency keys of the requests; answers for those whose key was taken before, by their index. */
async function claimKeys(
  tx: Tx,
  requests: readonly PublishRequest[],
  now: number,
): Promise<Map<number, PublishResult>> {
  const wanted = requests.map(({ organizationId, idempotency, answer }) =>
    idempotency ? { organization_id: organizationId, ...idempotency, answer, created_at: now } : undefined,
  );
  const firsts = new Map<string, Key>();
  for (const key of wanted) {
    if (key && !firsts.has(nameOf(key))) firsts.set(nameOf(key), key);
  }
  const before = await takeKeys(tx, firsts);
  const repeats = new Map<number, PublishResult>();
  for (const [index, key] of wanted.entries()) {
    const first = key && (before.get(nameOf(key)) ?? firsts.get(nameOf(key)));
    if (!first || first === key) continue;
    repeats.set(index, first.hash === key.hash ? { kind: 'repeated', answer: first.answer } : { kind: 'key_reused' });
  }
  return repeats;
}

function nameOf({ organization_id, key }: Pick<Key, 'organization_id' | 'key'>): string {
  return `${organization_id} ${key}`;
}

/**
 * Takes keys in the order of their names, so that two transactions never wait for each other. Returns those that were
 * taken before, as they were taken then.
 */
async function takeKeys(tx: Tx, keys: ReadonlyMap<string, Key>): Promise<Map<string, Key>> {
  const open = new Map([...keys].sort(([a], [b]) => (a < b ? -1 : 1)));
  for (const some of insertChunks([...open.values()])) {
    const taken = await tx
      .insertInto('idempotency_keys')
      .values(some)
      .onConflict((conflict) => conflict.columns(['organization_id', 'key']).doNothing())
      .returning(['organization_id', 'key'])
      .execute();
    for (const key of taken) open.delete(nameOf(key));
  }
  const before = new Map<string, Key>();
  for (const [organizationId, repeated] of Map.groupBy(open.values(), (key) => key.organization_id)) {
    const rows = await inChunks(
      repeated.map(({ key }) => key),
      (some) =>
        tx
          .selectFrom('idempotency_keys')
          .selectAll()
          .where('organization_id', '=', organizationId)
          .where('key', 'in', some)
          .execute(),
    );
    for (const row of rows) before.set(nameOf(row), row);
  }
  if (before.size < open.size) throw new Overtaken('A key was forgotten meanwhile.');
  return before;
}

interface Subscriber {
  readonly webhookId: string;
  readonly revision: number;
  readonly active: boolean;
  readonly filter: string | null;
  /** Whether earlier deliveries of it already wait in the store, so that this one must queue behind them. */
  readonly dueAt: number | null;
  readonly owned: boolean;
  /** Whether its deliveries are taken from the store alone, in their order. */
  readonly inOrder: boolean;
}

type Matches = ReadonlyMap<string, readonly Subscriber[]>;

function matchKey(event: Pick<Event, 'organizationId' | 'provider' | 'type'>): string {
  return `${event.organizationId} ${event.provider} ${event.type}`;
}

async function matchSubscribers(tx: Tx, requests: readonly Pick<PublishRequest, 'events'>[]): Promise<Matches> {
  const matches = new Map<string, Subscriber[]>();
  for (const event of requests.flatMap(({ events }) => events)) {
    const key = matchKey(event);
    if (!matches.has(key)) matches.set(key, await subscribersOf(tx, event));
  }
  return matches;
}

async function subscribersOf(tx: Tx, event: Event): Promise<Subscriber[]> {
  const rows = await tx
    .selectFrom('subscriptions')
    .innerJoin('webhooks', 'webhooks.id', 'subscriptions.webhook_id')
    .innerJoin('lanes', 'lanes.webhook_id', 'subscriptions.webhook_id')
    .select(['webhooks.id', 'webhooks.revision', 'webhooks.status', 'webhooks.filter'])
    .select(['lanes.due_at', 'lanes.owner', 'lanes.ordering'])
    .where('subscriptions.organization_id', '=', event.organizationId)
    .where('subscriptions.provider', '=', event.provider)
    .where('subscriptions.event_type', '=', event.type)
    .execute();
  return rows.map((row) => ({
    webhookId: row.id,
    revision: row.revision,
    active: row.status === 'active',
    filter: row.filter,
    dueAt: row.due_at,
    owned: row.owner !== null,
    inOrder: row.ordering === 'fifo',
  }));
}

/** Collects the rows of a batch while it answers each of its requests. */
class FanOut {
  readonly events: NewRow<'events'>[] = [];
  readonly deliveries: NewRow<'deliveries'>[] = [];
  /** Webhooks that got deliveries which nobody holds, also those that are stopped: they may be resumed meanwhile. */
  readonly waitingWebhooks = new Set<string>();
  /** Whether one of these deliveries is to be claimed now. */
  waiting = false;
  readonly #matches: Matches;
  readonly #options: PublishOptions;

  constructor(matches: Matches, options: PublishOptions) {
    this.#matches = matches;
    this.#options = options;
  }

  store({ events }: Pick<PublishRequest, 'events'>): PublishResult {
    const work: PublishedWork[] = [];
    let matched = 0;
    for (const [eventIndex, event] of events.entries()) {
      this.events.push(fromEvent(event));
      const satisfies = filters.event(event.data);
      for (const subscriber of this.#matches.get(matchKey(event)) ?? []) {
        if (subscriber.filter !== null && !satisfies(subscriber.filter)) continue;
        matched += 1;
        const delivery = this.#deliver(event, subscriber);
        if (delivery) work.push({ eventIndex, delivery, webhookRevision: subscriber.revision });
      }
    }
    return { kind: 'stored', work, matched, waiting: matched > work.length };
  }

  /** Adds a delivery; returns it when this node holds it from the start. */
  #deliver(event: Event, subscriber: Subscriber): Delivery | undefined {
    const { node, now } = this.#options;
    const behindOthers = subscriber.owned || (subscriber.dueAt !== null && subscriber.dueAt <= now);
    const owner = subscriber.active && !subscriber.inOrder && !behindOthers ? node : null;
    const delivery = newDelivery(event, subscriber.webhookId, now);
    this.deliveries.push(fromDelivery(delivery, owner));
    if (owner) return delivery;
    this.waitingWebhooks.add(subscriber.webhookId);
    this.waiting ||= subscriber.active;
    return undefined;
  }
}
