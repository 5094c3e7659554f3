import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Member } from '../cluster/member.ts';
import type { Signals } from '../signals.ts';
import type { DeliveryStore, HeldLane, OwnedLane } from '../store/contract.ts';
import { slotCount, slotOf } from '../store/slots.ts';
import { Lane } from './lane.ts';
import type { Moment } from './ownership.ts';
import { Ownership } from './ownership.ts';
import type { Returner } from './returner.ts';

export interface LanesParts {
  readonly store: Pick<DeliveryStore, 'giveUp'>;
  readonly node: string;
  /** Whether there may be other nodes. */
  readonly shared: boolean;
  readonly member: Pick<Member, 'slots'>;
  readonly signals: Pick<Signals, 'tell'>;
  readonly returner: Pick<Returner, 'release' | 'spill'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Requests that a lane may have on the wire. */
  readonly concurrency: number;
  /** Told when lanes were given up, of which something may be due that came meanwhile. */
  readonly onGivenUp: () => void;
}

/** How long an idle lane keeps what it knows of its webhook, unless there are many of them. */
const idleMs = 60_000;
const many = 20_000;
const tidyMs = 5000;
/** How long a lane is kept at least that another node is to have: so that it does not go to and fro. */
const guestMs = 10_000;
/** Lanes that are given up at once because memory is full. */
const shedAtOnce = 16;

/** The lanes in this node's memory, and which of them are its own: those that come, and those that it gives up. */
export class Lanes {
  readonly #parts: LanesParts;
  readonly #lanes = new Map<string, Lane>();
  readonly #ownership: Ownership;
  /** Lanes of which nothing is under way any more, about to be given up. */
  readonly #parting = new Set<Lane>();
  readonly #givingUp = new Set<Promise<void>>();
  #tidyAt = 0;

  constructor(parts: LanesParts) {
    this.#parts = parts;
    this.#ownership = new Ownership({ ...parts, onGivenUp: (lanes) => this.#givenUp(lanes) });
  }

  get size(): number {
    return this.#lanes.size;
  }

  all(): Iterable<Lane> {
    return this.#lanes.values();
  }

  /** The lane of a webhook, if it is in memory. */
  find(webhookId: string): Lane | undefined {
    return this.#lanes.get(webhookId);
  }

  /** The lane of a webhook, a new one if need be. */
  get(webhookId: string): Lane {
    const known = this.#lanes.get(webhookId);
    if (known) return known;
    const { clock, concurrency } = this.#parts;
    if (this.#lanes.size >= many) this.tidy();
    const lane = new Lane(webhookId, concurrency, clock.elapsed());
    this.#lanes.set(webhookId, lane);
    return lane;
  }

  /** Whether this node may send what is in a lane. A store without other nodes needs nobody's word for it. */
  sendsTo(lane: Lane): boolean {
    return !this.#parts.shared || (lane.owned && !lane.leaving);
  }

  /** To be kept while something is asked of the store. */
  moment(): Moment {
    return this.#ownership.moment();
  }

  /** Whether an answer that was asked for then may still be acted on. */
  counts(asked: Moment): boolean {
    return this.#ownership.counts(asked);
  }

  /** The store says that these are this node's. */
  own(lanes: readonly OwnedLane[], asked: Moment): void {
    for (const each of lanes) this.#ownership.take(this.get(each.webhookId), each, asked);
  }

  /** None is this node's any more, and what the store was asked before does not count. */
  lose(): void {
    this.#ownership.lose(this.#lanes.values());
  }

  /** From time to time forgets idle lanes, and gives those to others that are theirs. False when it was done just before. */
  tidy(): boolean {
    const now = this.#parts.clock.elapsed();
    if (now < this.#tidyAt) return false;
    this.#tidyAt = now + tidyMs;
    this.#ownership.tidy();
    const keepMs = this.#lanes.size < many ? idleMs : 0;
    const leaving: Lane[] = [];
    for (const [id, lane] of this.#lanes) {
      const forgotten = lane.idle && !lane.leaving && lane.freshAt() + keepMs < now;
      if (forgotten && !(this.#parts.shared && lane.owned)) this.#lanes.delete(id);
      else if (forgotten || this.#isGuest(lane, now)) leaving.push(lane);
    }
    this.leave(leaving);
    return true;
  }

  /** Empties lanes, and gives those up of which nothing is under way. To be called again when that is so of the others. */
  leave(lanes: readonly Lane[]): void {
    this.#parts.returner.spill(lanes.flatMap((lane) => lane.drain()));
    for (const lane of lanes) {
      lane.leaving = true;
      lane.backlogged = false;
      if (lane.held === 0 && lane.owned) this.#parting.add(lane);
    }
    if (this.#parting.size > 0) queueMicrotask(() => this.#part());
  }

  /** Those that come to rest together are given up together. */
  #part(): void {
    const now = this.#parts.clock.elapsed();
    const { rested = [], restless = [] } = Object.groupBy(this.#parting, (lane) =>
      lane.freshAt() <= now ? 'rested' : 'restless',
    );
    this.#parting.clear();
    this.#track(this.#ownership.giveUp(rested, true));
    this.#track(this.#ownership.giveUp(restless, false));
  }

  /** Gives up some of the lanes that have most to do, for nodes that have more room. */
  shed(): void {
    const { slots } = this.#parts.member;
    if (slots === null || slots.length === slotCount) return;
    const busy = [...this.#lanes.values()].filter((lane) => this.sendsTo(lane) && lane.backlogged);
    this.leave(busy.slice(0, shedAtOnce));
  }

  /**
   * What the store says is this node's, against what is known here.
   *
   * @param at when it was asked, by the clock's `elapsed`.
   * @returns the lanes that have something to do.
   */
  compare(stored: readonly HeldLane[], asked: Moment, at: number): Lane[] {
    this.own(stored, asked);
    const ids = new Set(stored.map(({ webhookId }) => webhookId));
    for (const lane of this.#lanes.values()) {
      if (lane.ownedSince === undefined || lane.ownedSince >= at || ids.has(lane.webhookId)) continue;
      lane.disown();
      this.#parts.returner.release(lane.drain());
    }
    return stored.flatMap((each) => this.#compare(this.get(each.webhookId), each));
  }

  /** Before this node ends: what it sent to these does not matter to who takes them. */
  async giveUpRested(): Promise<void> {
    const now = this.#parts.clock.elapsed();
    const rested = [...this.#lanes.values()].filter((lane) => lane.owned && lane.idle && lane.freshAt() <= now);
    await this.#ownership.giveUp(rested, true);
  }

  /** Resolves when no lane is being given up. */
  async settled(): Promise<void> {
    while (this.#givingUp.size > 0) await Promise.all(this.#givingUp);
  }

  #compare(lane: Lane, stored: HeldLane): Lane[] {
    if (lane.revision !== undefined && lane.revision < stored.revision) lane.outdate();
    if (stored.backlogged && this.sendsTo(lane)) lane.backlogged = true;
    return stored.backlogged || !lane.current ? [lane] : [];
  }

  /** Whether another node is to have it, and it has been here for some time. */
  #isGuest(lane: Lane, now: number): boolean {
    const { slots } = this.#parts.member;
    if (lane.ownedSince === undefined || lane.ownedSince + guestMs > now || slots === null) return false;
    return !slots.includes(slotOf(lane.webhookId));
  }

  /** Others may have them now. */
  #givenUp(lanes: readonly Lane[]): void {
    for (const lane of lanes) if (lane.idle) this.#lanes.delete(lane.webhookId);
    this.#parts.signals.tell({ kind: 'due' });
    this.#parts.onGivenUp();
  }

  #track(task: Promise<void>): void {
    const tracked: Promise<void> = task.finally(() => this.#givingUp.delete(tracked));
    this.#givingUp.add(tracked);
  }
}
