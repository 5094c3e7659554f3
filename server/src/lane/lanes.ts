import type { Clock } from '../clock.ts';
import type { Member } from '../cluster/member.ts';
import type { HeldLane, OwnedLane } from '../store/contract/index.ts';
import { slotCount, slotOf } from '../store/slots.ts';
import { Lane } from './lane.ts';
import type { Ledger } from './ledger.ts';
import type { Tuning } from './tuning.ts';

export interface LanesParts {
  /** There may be other nodes. */
  readonly shared: boolean;
  readonly member: Pick<Member, 'slots'>;
  readonly ledger: Pick<Ledger, 'release' | 'requeue' | 'relinquish'>;
  readonly clock: Clock;
  /** Requests that a lane may have on the wire. */
  readonly concurrency: number;
  readonly tuning: Pick<Tuning, 'guestMs'>;
  /** Told when a lane may send again. */
  readonly onTurn: (lane: Lane) => void;
}

/** How long an idle lane keeps what it knows of its webhook, unless there are many of them. */
const idleMs = 60_000;
const many = 20_000;
const tidyMs = 5000;
/** How long the term of a relinquished lane is remembered: longer than any answer takes. */
const rememberedMs = 60_000;
/** Lanes that are left at once because memory is full. */
const shedAtOnce = 16;

/** The lanes in this node's memory: those that are assigned to it, and those that it leaves. */
export class Lanes {
  readonly #parts: LanesParts;
  readonly #lanes = new Map<string, Lane>();
  /** The terms of lanes that were relinquished, the oldest first. */
  readonly #ended = new Map<string, { readonly term: number; readonly at: number }>();
  #tidyAt = 0;

  constructor(parts: LanesParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#lanes.size;
  }

  all(): Iterable<Lane> {
    return this.#lanes.values();
  }

  find(webhookId: string): Lane | undefined {
    return this.#lanes.get(webhookId);
  }

  /** The lane of a webhook, a new one if need be. */
  get(webhookId: string): Lane {
    const known = this.#lanes.get(webhookId);
    if (known) return known;
    if (this.#lanes.size >= many) this.tidy();
    const { concurrency, clock, shared, onTurn } = this.#parts;
    const term = this.#ended.get(webhookId)?.term ?? 0;
    const lane = new Lane({ webhookId, concurrency, clock, alone: !shared, term, onTurn });
    this.#lanes.set(webhookId, lane);
    return lane;
  }

  /** The store says that these are this node's. */
  assign(lanes: readonly OwnedLane[]): void {
    for (const each of lanes) this.get(each.webhookId).assign(each);
  }

  /** Forgets idle lanes, and leaves those that are another node's by now. False when it was done just before. */
  tidy(): boolean {
    const now = this.#parts.clock.elapsed();
    if (now < this.#tidyAt) return false;
    this.#tidyAt = now + tidyMs;
    this.#forgetEnded(now);
    const keepMs = this.#lanes.size < many ? idleMs : 0;
    const leaving: Lane[] = [];
    for (const lane of this.#lanes.values()) {
      const isForgotten = lane.isIdle && lane.freshAt() + keepMs < now;
      if (isForgotten && (!this.#parts.shared || lane.mode === 'free')) this.#forget(lane);
      else if (isForgotten || this.#isGuest(lane, now)) leaving.push(lane);
    }
    this.leave(leaving);
    return true;
  }

  /** Empties lanes, and relinquishes each once nothing of it is under way. */
  leave(lanes: Iterable<Lane>): void {
    const left = [...lanes];
    this.#parts.ledger.requeue(left.flatMap((lane) => lane.leave()));
    this.relinquish(left);
  }

  /** Relinquishes those of the lanes that were left and hold nothing any more. */
  relinquish(lanes: readonly Lane[]): void {
    this.#parts.ledger.relinquish(lanes.filter((lane) => lane.relinquish()));
  }

  /** The store has taken a lane back. */
  relinquished(lane: Lane, term: number): void {
    lane.relinquished(term);
    this.#ended.delete(lane.webhookId);
    this.#ended.set(lane.webhookId, { term, at: this.#parts.clock.elapsed() });
    if (lane.mode === 'free' && lane.isIdle) this.#forget(lane);
  }

  /** Leaves some of the lanes that have most to do, to nodes that have more room. */
  shed(): void {
    const { slots } = this.#parts.member;
    if (slots === null || slots.length === slotCount) return;
    const busy = [...this.#lanes.values()].filter((lane) => lane.isOwned && lane.isBacklogged);
    this.leave(busy.slice(0, shedAtOnce));
  }

  /**
   * Compares with the store: revokes what is not this node's, outdates what was changed.
   *
   * @param stored all lanes of this node in the store.
   * @param at when the store was asked, by the clock's `elapsed`.
   * @returns the lanes that have something to do.
   */
  compare(stored: readonly HeldLane[], at: number): Lane[] {
    this.assign(stored);
    const ids = new Set(stored.map(({ webhookId }) => webhookId));
    for (const lane of this.#lanes.values()) {
      if (lane.mode === 'free' || lane.assignedAt >= at || ids.has(lane.webhookId)) continue;
      this.#parts.ledger.release(lane.revoke());
    }
    return stored.flatMap((each) => {
      const lane = this.get(each.webhookId);
      if ((lane.webhook.revision ?? each.revision) < each.revision) lane.webhook.outdate();
      if (each.backlogged) lane.queuesBehind();
      return each.backlogged || !lane.webhook.isCurrent ? [lane] : [];
    });
  }

  /** Another node is to have it, and it was here for some time. */
  #isGuest(lane: Lane, now: number): boolean {
    const { member, tuning } = this.#parts;
    if (!lane.isOwned || member.slots === null || lane.assignedAt + tuning.guestMs > now) return false;
    return !member.slots.includes(slotOf(lane.webhookId));
  }

  #forget(lane: Lane): void {
    lane.stop();
    this.#lanes.delete(lane.webhookId);
  }

  #forgetEnded(now: number): void {
    for (const [id, { at }] of this.#ended) {
      if (at + rememberedMs > now) break;
      this.#ended.delete(id);
    }
  }
}
