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
import type { Db, NewRow, Row, Tx } from '../tables.ts';
import { fitsOne, inChunks, insertChunks, insertMany } from './batches.ts';
import type { AtOnce, Dialect } from './dialect.ts';
import { Filters } from './filters.ts';
import type { LaneView, Placement } from './placement.ts';
import { nowhere, place, placeHeld } from './placement.ts';
import type { Matches, Subscriber } from './subscribers.ts';
import { matchKey, matchSubscribers } from './subscribers.ts';
import { laneDue, newDelivery, Overtaken } from './support.ts';

/** Parsed filters, shared by all stores of the process. */
const filters = new Filters();

export function publishQueries(db: Db, { atOnce }: Pick<Dialect, 'atOnce'>): PublishStore {
  return {
    async publish(requests, options) {
      const { now } = options;
      if (atOnce && !requests.some(({ idempotency }) => idempotency)) {
        const prepared = await prepare(db, requests, now, new Map());
        const stored = await storeAtOnce(db, atOnce, prepared, options);
        return stored ?? db.transaction().execute((tx) => storeInSteps(tx, prepared, options));
      }
      return db.transaction().execute(async (tx) => {
        const repeats = await claimKeys(tx, requests, now);
        return storeInSteps(tx, await prepare(tx, requests, now, repeats), options);
      });
    },
  };
}

/** What requests store, or the answers of those that store nothing. */
interface Prepared {
  readonly fanOut: FanOut;
  readonly drafts: readonly (Draft[] | PublishResult)[];
}

async function prepare(
  db: Db,
  requests: readonly PublishRequest[],
  now: number,
  repeats: ReadonlyMap<number, PublishResult>,
): Promise<Prepared> {
  const fresh = requests.filter((_, index) => !repeats.has(index));
  const fanOut = new FanOut(await matchSubscribers(db, fresh), now);
  return { fanOut, drafts: requests.map((request, index) => repeats.get(index) ?? fanOut.draft(request)) };
}

/** In one statement, if no lane needs a lock. Null: it has to be done in steps. */
async function storeAtOnce(
  db: Db,
  { storeFanOut }: AtOnce,
  { fanOut, drafts }: Prepared,
  options: PublishOptions,
): Promise<PublishResult[] | null> {
  const placement = placeHeld(fanOut.lanes, options);
  if (!placement) return null;
  const deliveries = deliveryRows(fanOut, placement);
  if (!fitsOne(db, fanOut.events) || !fitsOne(db, deliveries)) return null;
  if (deliveries.length === 0) await insertMany(db, 'events', fanOut.events);
  else await storeFanOut(db, fanOut.events, deliveries);
  return answers(drafts, placement, { ...options, waiting: false });
}

async function storeInSteps(tx: Tx, { fanOut, drafts }: Prepared, options: PublishOptions): Promise<PublishResult[]> {
  const placement = await place(tx, fanOut.lanes, options);
  await insertFanOut(tx, fanOut, placement);
  const waiting = await laneDue(tx, fanOut.unheld(placement), options.now);
  return answers(drafts, placement, { ...options, waiting });
}

function answers(drafts: Prepared['drafts'], placement: Placement, told: Told): PublishResult[] {
  return drafts.map((draft) => ('kind' in draft ? draft : settle(draft, placement, told)));
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

type Key = Row<'idempotency_keys'>;

/** Claims idempotency keys. Returns answers for requests whose key was used before, by index. */
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
 * Claims keys in the order of their names, to avoid deadlocks. Returns those that were used before.
 */
async function takeKeys(tx: Tx, keys: ReadonlyMap<string, Key>): Promise<Map<string, Key>> {
  const open = new Map([...keys].sort(([a], [b]) => (a < b ? -1 : 1)));
  for (const some of insertChunks(tx, [...open.values()])) {
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
      tx,
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
  draft({ events }: Pick<PublishRequest, 'events'>): Draft[] {
    const drafts: Draft[] = [];
    for (const [eventIndex, event] of events.entries()) {
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
  drafts: readonly Draft[],
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
    node,
    work,
    lanes: [...lanes.values()],
    elsewhere: [...elsewhere],
    matched: drafts.length,
    waiting,
  };
}
