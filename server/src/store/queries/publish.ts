import type { Budget } from '@bellhop/shared';
import type { Delivery, Event } from '../../model.ts';
import type {
  FannedOut,
  OwnedLane,
  PublishedWork,
  PublishOptions,
  PublishRequest,
  PublishResult,
  PublishStore,
  Stored,
} from '../contract/index.ts';
import { fromDelivery, fromEvent, toEvent } from '../rows.ts';
import type { Db, NewRow, Tx } from '../tables.ts';
import { fitsOne, insertMany } from './batches.ts';
import type { AtOnce, Dialect } from './dialect.ts';
import { Filters } from './filters.ts';
import type { Admitted } from './idempotency.ts';
import { admitted, claimKeys } from './idempotency.ts';
import type { LaneView, Placement } from './placement.ts';
import { nowhere, place, placeHeld } from './placement.ts';
import type { Audience, Subscriber } from './subscribers.ts';
import { matchKey, matchSubscribers, subscribersAfter } from './subscribers.ts';
import { laneDue, newDelivery } from './support.ts';

/** Parsed filters, shared by all stores of the process. */
const filters = new Filters();

export function publishQueries(db: Db, { atOnce }: Pick<Dialect, 'atOnce'>): PublishStore {
  return {
    async publish(requests, options) {
      if (atOnce && !requests.some(({ idempotency, keyed = [] }) => idempotency ?? keyed[0])) {
        const prepared = await prepare(db, requests, options, requests.map(admitted));
        const stored = await storeAtOnce(db, atOnce, prepared, options);
        return stored ?? db.transaction().execute((tx) => storeInSteps(tx, prepared, options));
      }
      return db.transaction().execute(async (tx) => {
        const decisions = await claimKeys(tx, requests, options.now);
        return storeInSteps(tx, await prepare(tx, requests, options, decisions), options);
      });
    },

    async fanOut(options) {
      return db.transaction().execute((tx) => fanOutFurther(tx, options));
    },
  };
}

/** Webhooks that an event is fanned out to when it is published. */
const atOnceWebhooks = 250;
/** The same of each later step, for which nobody waits. */
const webhooksPerStep = 100;
/** Deliveries that are stored in one transaction, about; others are put off. */
const mostDeliveries = 5000;
/** Steps of filters in one transaction, about. */
const mostFilterSteps = 1_000_000;

/** What requests store, or the answers of those that store nothing. */
interface Prepared {
  readonly fanOut: FanOut;
  readonly requests: readonly (Drafted | PublishResult)[];
}

interface Drafted extends Admitted {
  readonly drafts: readonly Draft[];
  readonly deferred: boolean;
}

async function prepare(
  db: Db,
  requests: readonly PublishRequest[],
  { now, mostWebhooks = atOnceWebhooks }: PublishOptions,
  decisions: readonly (Admitted | PublishResult)[],
): Promise<Prepared> {
  const fresh = requests.filter((_, index) => decisions[index]?.kind === 'admitted');
  const fanOut = new FanOut(await matchSubscribers(db, fresh, mostWebhooks), now);
  const drafted = requests.flatMap((request, index) => {
    const decision = decisions[index];
    if (decision?.kind !== 'admitted') return decision ?? [];
    const before = fanOut.deferred.length;
    const drafts = fanOut.draft(request, decision.dropped);
    return { ...decision, drafts, deferred: fanOut.deferred.length > before };
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
  if (!placement || fanOut.deferred.length > 0) return null;
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
  await insertMany(tx, 'fan_outs', fanOut.deferred);
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
  const fanOut = new FanOut(await matchSubscribers(tx, [{ events }], atOnceWebhooks), now);
  fanOut.draft({ events });
  await insertFanOut(tx, fanOut, nowhere);
  await insertMany(tx, 'fan_outs', fanOut.deferred);
  return { webhookIds: new Set(fanOut.unheld(nowhere)), waiting: fanOut.lanes.some(({ active }) => active) };
}

async function insertFanOut(tx: Tx, fanOut: FanOut, placement: Placement): Promise<void> {
  await insertMany(tx, 'events', fanOut.events);
  await insertMany(tx, 'deliveries', deliveryRows(fanOut, placement));
}

function deliveryRows({ drafts }: FanOut, { owners }: Placement): NewRow<'deliveries'>[] {
  return drafts.map(({ delivery }) => fromDelivery(delivery, owners.get(delivery.webhookId) ?? null));
}

/** The next webhooks of the event that waits longest, the first of its organization. */
async function fanOutFurther(tx: Tx, options: PublishOptions): Promise<FannedOut | null> {
  const { now, mostWebhooks = webhooksPerStep } = options;
  const head = await tx
    .selectFrom('fan_outs')
    .selectAll()
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('fan_outs as earlier')
            .select('earlier.event_id')
            .whereRef('earlier.organization_id', '=', 'fan_outs.organization_id')
            .whereRef('earlier.event_id', '<', 'fan_outs.event_id'),
        ),
      ),
    )
    .orderBy('stepped_at')
    .orderBy('event_id')
    .limit(1)
    .forNoKeyUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (!head) return null;
  const row = await tx.selectFrom('events').selectAll().where('id', '=', head.event_id).executeTakeFirstOrThrow();
  const event = toEvent(row);
  const subscribers = await subscribersAfter(tx, event, head.after, mostWebhooks);
  const fanOut = new FanOut({ ...nobody, matches: new Map([[matchKey(event), subscribers]]) }, now);
  const drafts = fanOut.draft({ events: [event] });
  const placement = await place(tx, fanOut.lanes, options);
  await insertMany(tx, 'deliveries', deliveryRows(fanOut, placement));
  const waiting = await laneDue(tx, fanOut.unheld(placement), now);
  const last = subscribers.at(-1);
  const complete = !last || subscribers.length < mostWebhooks;
  if (complete) await tx.deleteFrom('fan_outs').where('event_id', '=', event.id).execute();
  else {
    const further = tx.updateTable('fan_outs').set({ after: last.webhookId, stepped_at: now });
    await further.where('event_id', '=', event.id).execute();
  }
  return { ...placed(drafts, placement, options.node), event, complete, matched: drafts.length, waiting };
}

interface Draft {
  readonly delivery: Delivery;
  readonly eventIndex: number;
  readonly subscriber: Subscriber;
}

const nobody: Audience = { matches: new Map(), wide: new Set(), busy: new Set() };

/** Collects what a batch stores, before its lanes are placed. */
class FanOut {
  readonly events: NewRow<'events'>[] = [];
  readonly drafts: Draft[] = [];
  /** Events whose deliveries are left to later steps. */
  readonly deferred: NewRow<'fan_outs'>[] = [];
  readonly #audience: Audience;
  readonly #now: number;
  readonly #lanes = new Map<string, LaneView>();
  readonly #busy: Set<string>;
  readonly #filters: Budget = { left: mostFilterSteps };

  constructor(audience: Audience, now: number) {
    this.#audience = audience;
    this.#now = now;
    this.#busy = new Set(audience.busy);
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
      const subscribers = this.#audience.matches.get(matchKey(event)) ?? [];
      if (this.#isTooMuch(event, subscribers.length, drafts.length)) {
        this.#defer(event);
        continue;
      }
      const satisfies = filters.event(event.data, this.#filters);
      for (const subscriber of subscribers) {
        if (subscriber.filter !== null && !satisfies(subscriber.filter)) continue;
        this.#lanes.set(subscriber.webhookId, subscriber);
        drafts.push({ delivery: newDelivery(event, subscriber.webhookId, this.#now), eventIndex, subscriber });
      }
    }
    for (const draft of drafts) this.drafts.push(draft);
    return drafts;
  }

  #isTooMuch(event: Event, subscribers: number, drafted: number): boolean {
    if (this.#audience.wide.has(matchKey(event))) return true;
    if (subscribers === 0) return false;
    const isFull = this.drafts.length + drafted + subscribers > mostDeliveries || this.#filters.left < 0;
    return isFull || this.#busy.has(event.organizationId);
  }

  #defer({ id, organizationId }: Event): void {
    this.#busy.add(organizationId);
    this.deferred.push({ event_id: id, organization_id: organizationId, after: '', stepped_at: this.#now });
  }
}

interface Told {
  readonly node: string | null;
  readonly waiting: boolean;
}

/** The answer to a request. */
function settle(
  { drafts, dropped, answer, deferred }: Drafted,
  placement: Placement,
  { node, waiting }: Told,
): PublishResult {
  const own = placed(drafts, placement, node);
  return { ...own, kind: 'stored', answer, dropped: [...dropped], matched: drafts.length, deferred, waiting };
}

/** Where deliveries are now. */
function placed(
  drafts: readonly Draft[],
  { owners, lanes: locked }: Placement,
  node: string | null,
): Pick<Stored, 'node' | 'work' | 'lanes' | 'elsewhere'> {
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
    const { term, leftAt } = locked.get(webhookId) ?? subscriber;
    lanes.set(webhookId, { webhookId, term, leftAt });
  }
  return { node, work, lanes: [...lanes.values()], elsewhere: [...elsewhere] };
}
