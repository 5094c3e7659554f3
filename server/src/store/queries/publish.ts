import type { Delivery, Event } from '../../model.ts';
import type { PublishedWork, PublishOptions, PublishRequest, PublishResult, PublishStore } from '../contract.ts';
import { fromDelivery, fromEvent } from '../rows.ts';
import type { Db, NewRow, Tx } from '../tables.ts';
import { Filters } from './filters.ts';
import { insertMany, laneDue, newDelivery } from './support.ts';

export function publishQueries(db: Db): PublishStore {
  const filters = new Filters();

  return {
    async publish(requests, options) {
      return db.transaction().execute(async (tx) => {
        const repeats = await claimKeys(tx, requests, options.now);
        const fresh = requests.filter((_, index) => !repeats.has(index));
        const matches = await matchSubscribers(tx, fresh);
        const fanOut = new FanOut(matches, filters, options);
        const results = requests.map((request, index) => repeats.get(index) ?? fanOut.store(request));
        await insertMany(tx, 'events', fanOut.events);
        await insertMany(tx, 'deliveries', fanOut.deliveries);
        await laneDue(tx, [...fanOut.waitingWebhooks], options.now);
        return results;
      });
    },
  };
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
}

type Matches = ReadonlyMap<string, readonly Subscriber[]>;

function matchKey(event: Pick<Event, 'organizationId' | 'provider' | 'type'>): string {
  return `${event.organizationId} ${event.provider} ${event.type}`;
}

async function matchSubscribers(tx: Tx, requests: readonly PublishRequest[]): Promise<Matches> {
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
    .select(['webhooks.id', 'webhooks.revision', 'webhooks.status', 'webhooks.filter', 'lanes.due_at', 'lanes.owner'])
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
  }));
}

/** Collects the rows of a batch while it answers each of its requests. */
class FanOut {
  readonly events: NewRow<'events'>[] = [];
  readonly deliveries: NewRow<'deliveries'>[] = [];
  /** Webhooks that got deliveries which nobody holds. */
  readonly waitingWebhooks = new Set<string>();
  readonly #matches: Matches;
  readonly #filters: Filters;
  readonly #options: PublishOptions;

  constructor(matches: Matches, filters: Filters, options: PublishOptions) {
    this.#matches = matches;
    this.#filters = filters;
    this.#options = options;
  }

  store(request: PublishRequest): PublishResult {
    const work: PublishedWork[] = [];
    let matched = 0;
    for (const [eventIndex, event] of request.events.entries()) {
      this.events.push(fromEvent(event));
      const satisfies = this.#filters.event(event.data);
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
    const queued = subscriber.owned || (subscriber.dueAt !== null && subscriber.dueAt <= now);
    const owner = subscriber.active && !queued ? node : null;
    const delivery = newDelivery(event, subscriber.webhookId, now);
    this.deliveries.push(fromDelivery(delivery, owner));
    if (owner) return delivery;
    if (subscriber.active) this.waitingWebhooks.add(subscriber.webhookId);
    return undefined;
  }
}
