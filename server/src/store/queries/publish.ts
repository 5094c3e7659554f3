import type { Delivery, Event } from '../../model.ts';
import type {
  OwnedLane,
  PublishedWork,
  PublishOptions,
  PublishRequest,
  PublishResult,
  PublishStore,
} from '../contract/index.ts';
import { fromDelivery, fromEvent } from '../rows.ts';
import type { Db, NewRow, Tx } from '../tables.ts';
import { fitsOne, insertMany } from './batches.ts';
import type { AtOnce, Dialect } from './dialect.ts';
import { Filters } from './filters.ts';
import type { Admitted } from './idempotency.ts';
import { admitted, claimKeys } from './idempotency.ts';
import type { LaneView, Placement } from './placement.ts';
import { nowhere, place, placeHeld } from './placement.ts';
import type { Matches, Subscriber } from './subscribers.ts';
import { matchKey, matchSubscribers } from './subscribers.ts';
import { laneDue, newDelivery } from './support.ts';

/** Parsed filters, shared by all stores of the process. */
const filters = new Filters();

export function publishQueries(db: Db, { atOnce }: Pick<Dialect, 'atOnce'>): PublishStore {
  return {
    async publish(requests, options) {
      const { now } = options;
      if (atOnce && !requests.some(({ idempotency, keyed = [] }) => idempotency ?? keyed[0])) {
        const prepared = await prepare(db, requests, now, requests.map(admitted));
        const stored = await storeAtOnce(db, atOnce, prepared, options);
        return stored ?? db.transaction().execute((tx) => storeInSteps(tx, prepared, options));
      }
      return db.transaction().execute(async (tx) => {
        const decisions = await claimKeys(tx, requests, now);
        return storeInSteps(tx, await prepare(tx, requests, now, decisions), options);
      });
    },
  };
}

/** What requests store, or the answers of those that store nothing. */
interface Prepared {
  readonly fanOut: FanOut;
  readonly requests: readonly (Drafted | PublishResult)[];
}

interface Drafted extends Admitted {
  readonly drafts: readonly Draft[];
}

async function prepare(
  db: Db,
  requests: readonly PublishRequest[],
  now: number,
  decisions: readonly (Admitted | PublishResult)[],
): Promise<Prepared> {
  const fresh = requests.filter((_, index) => decisions[index]?.kind === 'admitted');
  const fanOut = new FanOut(await matchSubscribers(db, fresh), now);
  const drafted = requests.flatMap((request, index) => {
    const decision = decisions[index];
    if (decision?.kind !== 'admitted') return decision ?? [];
    return { ...decision, drafts: fanOut.draft(request, decision.dropped) };
  });
  return { fanOut, requests: drafted };
}

/** In one statement, if no lane needs a lock. Null: it has to be done in steps. */
async function storeAtOnce(
  db: Db,
  { storeFanOut }: AtOnce,
  { fanOut, requests }: Prepared,
  options: PublishOptions,
): Promise<PublishResult[] | null> {
  const placement = placeHeld(fanOut.lanes, options);
  if (!placement) return null;
  const deliveries = deliveryRows(fanOut, placement);
  if (!fitsOne(db, fanOut.events) || !fitsOne(db, deliveries)) return null;
  if (deliveries.length === 0) await insertMany(db, 'events', fanOut.events);
  else await storeFanOut(db, fanOut.events, deliveries);
  return answers(requests, placement, { ...options, waiting: false });
}

async function storeInSteps(tx: Tx, { fanOut, requests }: Prepared, options: PublishOptions): Promise<PublishResult[]> {
  const placement = await place(tx, fanOut.lanes, options);
  await insertFanOut(tx, fanOut, placement);
  const waiting = await laneDue(tx, fanOut.unheld(placement), options.now);
  return answers(requests, placement, { ...options, waiting });
}

function answers(requests: Prepared['requests'], placement: Placement, told: Told): PublishResult[] {
  return requests.map((request) => (request.kind === 'admitted' ? settle(request, placement, told) : request));
}

/** Deliveries that are not leased yet. */
export interface Unheld {
  /** The webhooks whose lanes have to be marked as due. */
  readonly webhookIds: ReadonlySet<string>;
  /** Some can be claimed now. */
  readonly waiting: boolean;
}

/** Stores operational events, with unleased deliveries. */
export async function storeUnheld(tx: Tx, events: readonly Event[], now: number): Promise<Unheld> {
  const fanOut = new FanOut(await matchSubscribers(tx, [{ events }]), now);
  fanOut.draft({ events });
  await insertFanOut(tx, fanOut, nowhere);
  return { webhookIds: new Set(fanOut.unheld(nowhere)), waiting: fanOut.lanes.some(({ active }) => active) };
}

async function insertFanOut(tx: Tx, fanOut: FanOut, placement: Placement): Promise<void> {
  await insertMany(tx, 'events', fanOut.events);
  await insertMany(tx, 'deliveries', deliveryRows(fanOut, placement));
}

function deliveryRows({ drafts }: FanOut, { owners }: Placement): NewRow<'deliveries'>[] {
  return drafts.map(({ delivery }) => fromDelivery(delivery, owners.get(delivery.webhookId) ?? null));
}

interface Draft {
  readonly delivery: Delivery;
  readonly eventIndex: number;
  readonly subscriber: Subscriber;
}

/** Collects what a batch stores, before its lanes are placed. */
class FanOut {
  readonly events: NewRow<'events'>[] = [];
  readonly drafts: Draft[] = [];
  readonly #matches: Matches;
  readonly #now: number;
  readonly #lanes = new Map<string, LaneView>();

  constructor(matches: Matches, now: number) {
    this.#matches = matches;
    this.#now = now;
  }

  /** Lanes with deliveries. */
  get lanes(): LaneView[] {
    return [...this.#lanes.values()];
  }

  /** Webhooks whose deliveries are not leased; stopped ones too, as they may be resumed meanwhile. */
  unheld({ owners }: Placement): string[] {
    return [...this.#lanes.keys()].filter((webhookId) => !owners.get(webhookId));
  }

  /** Adds the events of a request and their deliveries. */
  draft({ events }: Pick<PublishRequest, 'events'>, dropped: ReadonlySet<number> = new Set()): Draft[] {
    const drafts: Draft[] = [];
    for (const [eventIndex, event] of events.entries()) {
      if (dropped.has(eventIndex)) continue;
      this.events.push(fromEvent(event));
      const satisfies = filters.event(event.data);
      for (const subscriber of this.#matches.get(matchKey(event)) ?? []) {
        if (subscriber.filter !== null && !satisfies(subscriber.filter)) continue;
        this.#lanes.set(subscriber.webhookId, subscriber);
        drafts.push({ delivery: newDelivery(event, subscriber.webhookId, this.#now), eventIndex, subscriber });
      }
    }
    for (const draft of drafts) this.drafts.push(draft);
    return drafts;
  }
}

interface Told {
  readonly node: string | null;
  readonly waiting: boolean;
}

/** The answer to a request. */
function settle(
  { drafts, dropped, answer }: Drafted,
  { owners, lanes: placed }: Placement,
  { node, waiting }: Told,
): PublishResult {
  const work: PublishedWork[] = [];
  const lanes = new Map<string, OwnedLane>();
  const elsewhere = new Set<string>();
  for (const { delivery, eventIndex, subscriber } of drafts) {
    const owner = owners.get(delivery.webhookId) ?? null;
    if (owner === null) continue;
    if (owner !== node) {
      elsewhere.add(owner);
      continue;
    }
    work.push({ eventIndex, delivery, webhookRevision: subscriber.revision });
    const { webhookId } = subscriber;
    const { term, leftAt } = placed.get(webhookId) ?? subscriber;
    lanes.set(webhookId, { webhookId, term, leftAt });
  }
  return {
    kind: 'stored',
    answer,
    dropped: [...dropped],
    node,
    work,
    lanes: [...lanes.values()],
    elsewhere: [...elsewhere],
    matched: drafts.length,
    waiting,
  };
}
