import type { Delivery, Event } from '../../model.ts';
import type { PublishedWork, PublishOptions, PublishRequest, PublishResult, PublishStore } from '../contract.ts';
import { fromDelivery, fromEvent } from '../rows.ts';
import type { Db, NewRow, Tx } from '../tables.ts';
import { Filters } from './filters.ts';
import { insertMany, laneDue, newDelivery } from './support.ts';

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
        await insertFanOut(tx, fanOut, options.now);
        return results;
      });
    },
  };
}

/** Stores events of the server's own, whose deliveries nobody holds. Returns whether there are any to be claimed. */
export async function storeUnheld(tx: Tx, events: readonly Event[], now: number): Promise<boolean> {
  const fanOut = new FanOut(await matchSubscribers(tx, [{ events }]), { node: null, now });
  fanOut.store({ events });
  await insertFanOut(tx, fanOut, now);
  return fanOut.waitingWebhooks.size > 0;
}

async function insertFanOut(tx: Tx, { events, deliveries, waitingWebhooks }: FanOut, now: number): Promise<void> {
  await insertMany(tx, 'events', events);
  await insertMany(tx, 'deliveries', deliveries);
  await laneDue(tx, [...waitingWebhooks], now);
}

/** Takes the idempotency keys of the requests; answers for those whose key was taken before, by their index. */
async function claimKeys(
  tx: Tx,
  requests: readonly PublishRequest[],
  now: number,
): Promise<Map<number, PublishResult>> {
  const repeats = new Map<number, PublishResult>();
  for (const [index, { organizationId, idempotency, answer }] of requests.entries()) {
    if (!idempotency) continue;
    const { key, hash } = idempotency;
    const taken = await tx
      .insertInto('idempotency_keys')
      .values({ organization_id: organizationId, key, hash, answer, created_at: now })
      .onConflict((conflict) => conflict.columns(['organization_id', 'key']).doNothing())
      .executeTakeFirst();
    if (taken.numInsertedOrUpdatedRows !== 0n) continue;
    const first = await tx
      .selectFrom('idempotency_keys')
      .select(['hash', 'answer'])
      .where('organization_id', '=', organizationId)
      .where('key', '=', key)
      .executeTakeFirstOrThrow();
    repeats.set(index, first.hash === hash ? { kind: 'repeated', answer: first.answer } : { kind: 'key_reused' });
  }
  return repeats;
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
  /** Webhooks that got deliveries which nobody holds. */
  readonly waitingWebhooks = new Set<string>();
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
    if (subscriber.active) this.waitingWebhooks.add(subscriber.webhookId);
    return undefined;
  }
}
