import type { DeliveryRow, Tables, WebhookRow } from './store/tables.ts';
import type { Host, Timeline } from './timeline.ts';

export type Rule =
  /** A node sends while the store thinks it has ended. */
  | 'lease'
  /** A node sends what is in another's lane. */
  | 'lane'
  /** A node sends a delivery that it does not lease. */
  | 'held'
  /** A delivery is sent again though nothing happened to who sent it before. */
  | 'twice'
  | 'order'
  | 'rate'
  | 'concurrency'
  /** A webhook is sent to that was paused, stopped or deleted. */
  | 'stopped'
  /** A node was told that a webhook was changed, and sends by what it knew before. */
  | 'outdated'
  /** A delivery is tried again before it is due. */
  | 'early'
  /** A delivery never ends, or an acknowledged event has none. */
  | 'lost'
  /** A node that has stopped still has something. */
  | 'left'
  /** A node that has stopped still has a timer set. */
  | 'timers'
  | 'memory'
  /** An error that is none of the store's. */
  | 'error';

export interface Violation {
  readonly rule: Rule;
  readonly at: number;
  readonly text: string;
}

export interface Limits {
  readonly shared: boolean;
  readonly concurrency: number;
  readonly concurrencyPerHost: number;
  readonly concurrencyPerWebhook: number;
}

/** Who sends: a node in the life of its process, until it has lost its lease. */
export interface Sending {
  readonly node: string;
  readonly host: Host;
  /** How often it has lost its lease. */
  lapses: number;
  /** When a call of it to the store failed or took long, or it stood still, for the last time. */
  troubleAt: number;
  /** To which revision it changed webhooks itself, and when it heard that others did. */
  readonly changedTo: Map<string, number>;
  readonly heardAt: Map<string, number>;
}

interface Attempt {
  readonly by: Sending;
  /** What had happened by then to its lease. */
  readonly life: string;
  readonly row: DeliveryRow;
  /** When the engine let it go. */
  readonly at: number;
  readonly webhook: WebhookRow;
  /** Whether its answer is there, and whether that ends the delivery. */
  state: 'sending' | 'ended' | 'again';
}

/** How often a node looks at what it holds: lane/intake.ts. */
const lookMs = 5000;
/** How many requests wait for slow receivers for each other one: lane/wire.ts. */
const slowShare = 3;

/** Sees everything that is sent, and the store as it is: says what should not have been. */
export class Watch {
  readonly violations: Violation[] = [];
  sent = 0;
  lastSentAt = 0;
  repeated = 0;
  /** The most that a node's clock was off. */
  clockErrorMs = 0;
  readonly #timeline: Timeline;
  readonly #tables: Tables;
  readonly #limits: Limits;
  readonly #inFlight = new Set<Attempt>();
  readonly #last = new Map<string, Attempt>();
  readonly #ofWebhook = new Map<string, Attempt[]>();

  constructor(timeline: Timeline, tables: Tables, limits: Limits) {
    this.#timeline = timeline;
    this.#tables = tables;
    this.#limits = limits;
  }

  violation(rule: Rule, text: string): void {
    this.violations.push({ rule, at: this.#timeline.elapsed, text });
  }

  /** A request goes onto the wire. @param at when the engine let it go. */
  sends(by: Sending, deliveryId: string, at: number): Attempt {
    const row = this.#tables.deliveries.get(deliveryId);
    const webhook = row && this.#tables.webhooks.get(row.webhookId);
    if (!webhook) throw new Error(`There is no delivery ${deliveryId}.`);
    const attempt: Attempt = { by, life: this.#lifeOf(by), row, at, webhook, state: 'sending' };
    this.#checkRights(attempt);
    this.#checkRepetition(attempt);
    this.#checkOrder(attempt);
    this.#checkStopped(attempt);
    this.#checkRate(attempt);
    this.#inFlight.add(attempt);
    this.#checkConcurrency(attempt);
    this.#last.set(deliveryId, attempt);
    this.sent += 1;
    this.lastSentAt = this.#timeline.now;
    return attempt;
  }

  /** @param ends whether the answer ends the delivery. */
  answered(attempt: Attempt, ends: boolean): void {
    attempt.state = ends ? 'ended' : 'again';
    this.#inFlight.delete(attempt);
  }

  #checkRights(attempt: Attempt): void {
    const { by, row } = attempt;
    const { now } = this.#timeline;
    const aliveUntil = this.#tables.nodes.get(by.node)?.aliveUntil ?? 0;
    const lane = this.#tables.lane(row.webhookId);
    if (this.#limits.shared) {
      if (aliveUntil < now) this.#say('lease', attempt, `its lease ended ${now - aliveUntil} ms ago`);
      const isOwned = lane.owner === by.node || lane.state === 'discarding' || lane.state === 'ended';
      if (!isOwned) this.#say('lane', attempt, `the lane is ${lane.owner ?? 'nobody'}'s`);
    }
    if (row.state !== 'pending' || row.owner !== by.node) {
      this.#say('held', attempt, `it is ${row.state} and ${row.owner ?? 'nobody'}'s`);
    }
    const early = (row.nextAttemptAt ?? 0) - now;
    if (row.attempts > 0 && early > this.#clockTolerance) this.#say('early', attempt, `it is due in ${early} ms`);
  }

  #checkRepetition(attempt: Attempt): void {
    const last = this.#last.get(attempt.row.id);
    if (!last || last.state === 'again') return;
    this.repeated += 1;
    if (this.#knows(last)) this.#say('twice', attempt, `${last.by.node} did so ${this.#timeline.now - last.at} ms ago`);
  }

  #checkOrder(attempt: Attempt): void {
    const { row, by, webhook } = attempt;
    if (webhook.ordering !== 'fifo') return;
    const earlier = this.#tables.pending(row.webhookId).filter(({ id }) => id < row.id);
    const overtaken = earlier.find(({ id }) => {
      const last = this.#last.get(id);
      return last?.state !== 'ended' || last.by !== by || !this.#knows(last);
    });
    if (overtaken) this.#say('order', attempt, `${overtaken.id} comes before it`);
  }

  #checkStopped(attempt: Attempt): void {
    const { by, row } = attempt;
    const stopped = this.#tables.stopped.get(row.webhookId);
    if (stopped === undefined) return;
    const { now } = this.#timeline;
    const ago = `it was stopped ${now - stopped.at} ms ago`;
    const { changedTo, heardAt } = by;
    if ((changedTo.get(row.webhookId) ?? 0) >= stopped.revision)
      this.#say('stopped', attempt, `${ago} by the node itself`);
    else if ((heardAt.get(row.webhookId) ?? 0) >= stopped.at) this.#say('outdated', attempt, `${ago} and it was told`);
    // A look that was under way takes a moment, and so does the one after it.
    else if (now - Math.max(stopped.at, by.troubleAt) > lookMs + 3000) this.#say('stopped', attempt, ago);
  }

  #checkRate(attempt: Attempt): void {
    const { webhook, at, by } = attempt;
    const attempts = this.#ofWebhook.get(webhook.id) ?? [];
    this.#ofWebhook.set(webhook.id, attempts);
    attempts.push(attempt);
    attempts.sort((one, other) => one.at - other.at);
    const rate = webhook.rateLimit;
    if (!rate) return;
    const index = attempts.indexOf(attempt);
    for (let last = index; last < index + rate.requests; last += 1) {
      const [from, to] = [attempts[last - rate.requests], attempts[last]];
      if (!from || !to) continue;
      const isOfOne = from.by === by && to.by === by && from.life === to.life;
      const tooSoon = rate.seconds * 1000 - (to.at - from.at);
      const tolerance = isOfOne ? 1e-3 : this.#clockTolerance;
      if (tooSoon > tolerance) this.#say('rate', attempt, `${tooSoon} ms too soon after ${at - from.at} ms`);
    }
  }

  #checkConcurrency(attempt: Attempt): void {
    const { by, webhook } = attempt;
    const { concurrency, concurrencyPerHost, concurrencyPerWebhook } = this.#limits;
    const ofNode = [...this.#inFlight].filter((each) => each.by.host === by.host);
    const ofWebhook = ofNode.filter(
      (each) => each.webhook.id === webhook.id && each.by === by && each.life === attempt.life,
    );
    const host = URL.parse(webhook.url)?.host;
    const ofHost = ofNode.filter((each) => URL.parse(each.webhook.url)?.host === host);
    const most = webhook.ordering === 'fifo' ? 1 : concurrencyPerWebhook;
    if (ofWebhook.length > most) this.#say('concurrency', attempt, `${ofWebhook.length} to the webhook`);
    if (ofHost.length > concurrencyPerHost * (1 + slowShare))
      this.#say('concurrency', attempt, `${ofHost.length} to its host`);
    if (ofNode.length > concurrency * (1 + slowShare)) this.#say('concurrency', attempt, `${ofNode.length} in all`);
  }

  /** Whether nothing happened to who made an attempt, so that it knows of it still. */
  #knows({ by, life }: Attempt): boolean {
    return by.host.alive && this.#lifeOf(by) === life;
  }

  /** Changes when a node loses what it held: by its own word, or the store's. */
  #lifeOf({ node, lapses }: Sending): string {
    return `${lapses} ${this.#tables.releasedAll.get(node) ?? 0}`;
  }

  /** What two nodes may differ by in what time it is. */
  get #clockTolerance(): number {
    return 2 * this.clockErrorMs + 2;
  }

  #say(rule: Rule, { by, row }: Attempt, text: string): void {
    this.violation(rule, `${by.node} sends ${row.id} to ${row.webhookId}: ${text}`);
  }
}
