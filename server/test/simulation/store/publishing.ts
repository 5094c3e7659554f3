import type {
  OwnedLane,
  PublishedWork,
  PublishOptions,
  PublishRequest,
  PublishResult,
  Stored,
} from '../../../src/store/contract/index.ts';
import type { LaneRow, Tables, WebhookRow } from './tables.ts';
import { ownedLane } from './tables.ts';

/** A webhook that takes an event, and its lane as it was seen. */
interface Subscriber {
  readonly webhook: WebhookRow;
  readonly lane: Readonly<LaneRow>;
}

/** By webhook, the lane with the node that gets its new deliveries; null: they are left in the store. */
type Placement = ReadonlyMap<string, Readonly<LaneRow>>;

/** store/queries/publish.ts and placement.ts, without idempotency keys and filters. */
export class Publishing {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** The first step. The second goes by what this one saw, but for lanes that it locks. */
  match(requests: readonly PublishRequest[]): Subscriber[] {
    const types = new Set(requests.flatMap(({ events }) => events.map(({ type }) => type)));
    const wanting = [...this.#tables.webhooks.values()].filter(
      ({ status, events }) => status !== 'gone' && status !== 'deleted' && events.some((type) => types.has(type)),
    );
    return wanting.map((webhook) => ({ webhook, lane: { ...this.#tables.lane(webhook.id) } }));
  }

  publish(
    requests: readonly PublishRequest[],
    options: PublishOptions,
    subscribers: readonly Subscriber[],
  ): PublishResult[] {
    const placement = this.#place(subscribers, options);
    const results = requests.map((request) => this.#store(request, subscribers, { placement, options }));
    const unheld = [...placement.values()].filter(({ owner }) => owner === null);
    const waiting = this.#tables.laneDue(
      unheld.map(({ webhookId }) => webhookId),
      options.now,
    );
    return results.map((result) => ({ ...result, waiting }));
  }

  #place(subscribers: readonly Subscriber[], options: PublishOptions): Placement {
    const placed = subscribers.map(({ webhook, lane }) => {
      const owner = webhook.status === 'active' ? ownerOf(lane, options) : null;
      return { lane, owner, isGiven: lane.owner === null && owner !== null };
    });
    const looksAgain = placed.some(({ isGiven }) => isGiven);
    const lanes = placed.map(({ lane, owner, isGiven }) =>
      isGiven || (looksAgain && owner === null) ? this.#placeLocked(lane.webhookId, options) : { ...lane, owner },
    );
    return new Map(lanes.map((lane) => [lane.webhookId, lane]));
  }

  #placeLocked(webhookId: string, options: PublishOptions): LaneRow {
    const lane = this.#tables.lane(webhookId);
    const owner = lane.state === 'open' ? ownerOf(lane, options) : null;
    if (owner !== null && lane.owner === null) Object.assign(lane, { owner, term: lane.term + 1 });
    return { ...lane, owner };
  }

  #store(
    { events, answer }: PublishRequest,
    subscribers: readonly Subscriber[],
    { placement, options: { node, now } }: { readonly placement: Placement; readonly options: PublishOptions },
  ): Stored {
    const work: PublishedWork[] = [];
    const lanes = new Map<string, OwnedLane>();
    const elsewhere = new Set<string>();
    let matched = 0;
    for (const [eventIndex, event] of events.entries()) {
      this.#tables.events.add(event.id);
      for (const { webhook } of subscribers.filter((each) => each.webhook.events.includes(event.type))) {
        const lane = placement.get(webhook.id);
        const owner = lane?.owner ?? null;
        const row = this.#tables.insert(event, webhook.id, owner, now);
        matched += 1;
        if (owner !== null && owner !== node) elsewhere.add(owner);
        if (!lane || owner === null || owner !== node) continue;
        const { delivery } = this.#tables.work(row);
        work.push({ eventIndex, delivery, webhookRevision: webhook.revision });
        lanes.set(webhook.id, ownedLane(lane));
      }
    }
    return {
      kind: 'stored',
      answer,
      dropped: [],
      node,
      work,
      lanes: [...lanes.values()],
      elsewhere: [...elsewhere],
      matched,
      deferred: false,
      waiting: false,
    };
  }
}

function ownerOf(lane: Readonly<LaneRow>, { node, full, homes, now }: PublishOptions): string | null {
  if (lane.state !== 'open' || lane.inOrder || lane.backlogged) return null;
  if (lane.dueAt !== null && lane.dueAt <= now) return null;
  const owner = lane.owner ?? (homes ? (homes[lane.slot] ?? null) : node);
  return owner === node && full ? null : owner;
}
