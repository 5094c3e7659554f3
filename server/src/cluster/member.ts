import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { MaintenanceStore } from '../store/contract.ts';
import { slotCount } from '../store/slots.ts';
import { homesOf } from './homes.ts';
import { Lease } from './lease.ts';

/** Heartbeats in the time of a lease. */
const beatsPerLease = 5;
/**
 * The part of it that a heartbeat is worth. The rest is for the others to notice: what a node held that was killed is taken
 * over within the time of a lease.
 */
const worth = 0.75;
/** The part by which a lease ends earlier here than in the store. */
const margin = 0.05;
/** How soon a heartbeat that failed is sent again, at most. */
const retryMs = 500;
/** The time that the store's clock takes to answer is what is not known of it: an answer that took much longer than others does not count. */
const muchLonger = 1.5;

export interface MemberParts {
  readonly store: Pick<MaintenanceStore, 'time' | 'heartbeat' | 'deliveringNodes' | 'takeOver' | 'giveBack' | 'leave'>;
  readonly node: string;
  /** Whether other processes may work on the store. */
  readonly shared: boolean;
  /** Whether this node delivers. */
  readonly delivers: boolean;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What the member tells the rest of the server. */
export interface MemberListener {
  /** Deliveries wait that were given back by a node which ended. */
  takenOver(): void;
  /** The slots of this node are others than before. */
  moved(): void;
  /** The lease has ended: nothing may be sent any more of what this node holds. */
  lost(): void;
  /**
   * The store is reached again. Resolves when nothing is under way there that began before, with the deliveries that are on
   * the wire; everything else is then given back.
   */
  settled(): Promise<readonly string[]>;
  /** The lease holds again. */
  regained(): void;
}

/**
 * This node among those that share the store: says that it is alive, knows which others deliver, and takes over from those
 * that have ended. A store that this process has to itself has one member, whose lease always holds.
 */
export class Member {
  readonly #parts: MemberParts;
  readonly #lease: Lease;
  #listener: MemberListener | undefined;
  #homes: readonly (string | null)[] | null = null;
  #slots: readonly number[] | null = null;
  #nodes: readonly string[] | undefined;
  /** How long the store's clock took to answer when it was last followed. */
  #roundTripMs = Number.POSITIVE_INFINITY;
  #lost = false;
  #stopped = true;
  #beating: Promise<void> | undefined;
  #cancelTimer: () => void = () => {};

  constructor(parts: MemberParts) {
    this.#parts = parts;
    this.#lease = new Lease(parts.clock, () => this.#lose());
  }

  /** For each slot the node that takes its free lanes; null: this one takes all. */
  get homes(): readonly (string | null)[] | null {
    return this.#homes;
  }

  /** The slots of this node; null: all. */
  get slots(): readonly number[] | null {
    return this.#slots;
  }

  /** Whether it is this node's turn to look after what is no node's in particular. */
  get leads(): boolean {
    return !this.#parts.shared || this.#nodes?.[0] === this.#parts.node;
  }

  /** Whether this node may send what it holds. */
  holds(): boolean {
    return !this.#parts.shared || (!this.#lost && this.#lease.holds());
  }

  /**
   * Resolves once this node is known to the store.
   *
   * @throws {StoreError} when the store cannot be reached.
   */
  async start(listener: MemberListener): Promise<void> {
    const { store, node, shared, clock } = this.#parts;
    this.#listener = listener;
    // A process that has the store to itself knows that whoever else holds deliveries has ended.
    if (!shared) await store.takeOver(node, Number.MAX_SAFE_INTEGER, clock.now());
    this.#stopped = false;
    await this.#heartbeat();
    this.#waitFor(this.#beatMs);
  }

  /** Gives back whatever this node still holds. When the store cannot, others do when its lease has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    this.#lease.stop();
    await this.#beating;
    const { store, node, clock, log } = this.#parts;
    try {
      await store.leave(node, clock.now());
    } catch (error) {
      log.error({ err: error }, 'what this node holds could not be given back; that happens when its lease has ended');
    }
  }

  get #beatMs(): number {
    return this.#parts.leaseMs / beatsPerLease;
  }

  #waitFor(milliseconds: number): void {
    if (this.#stopped) return;
    this.#cancelTimer();
    this.#cancelTimer = this.#parts.clock.after(milliseconds, () => this.#beat());
  }

  #beat(): void {
    if (this.#beating || this.#stopped) return;
    this.#beating = this.#tryToBeat().then((milliseconds) => {
      this.#beating = undefined;
      if (milliseconds > 0) this.#waitFor(milliseconds);
      else this.#beat();
    });
  }

  /** Returns how long to wait for the next one, in milliseconds. */
  async #tryToBeat(): Promise<number> {
    try {
      await this.#heartbeat();
      if (this.#lost && !(await this.#regain())) return 0;
      return this.#beatMs;
    } catch (error) {
      this.#parts.log.error({ err: error }, 'the store could not be told that this node is alive; trying again');
      return Math.min(retryMs, this.#beatMs);
    }
  }

  async #heartbeat(): Promise<void> {
    const { store, node, shared, delivers, leaseMs, clock, log } = this.#parts;
    const sent = this.#lease.moment();
    const now = (await this.#follow()) ?? clock.now();
    await store.heartbeat(node, now + leaseMs * worth, delivers);
    if (!shared) return;
    this.#lease.prolong(sent, leaseMs * (worth - margin));
    this.#know(await store.deliveringNodes(now));
    const deliveries = await store.takeOver(node, now, clock.now());
    if (deliveries === 0) return;
    log.warn({ deliveries }, 'took over what a node that ended had held');
    this.#listener?.takenOver();
  }

  /** Goes by the store's clock, so that all nodes agree on what is due. Returns what it shows. */
  async #follow(): Promise<number | null> {
    const { store, clock } = this.#parts;
    const asked = clock.elapsed();
    const time = await store.time();
    const answered = clock.elapsed();
    const took = answered - asked;
    if (time === null) return null;
    if (took <= this.#roundTripMs * muchLonger) {
      clock.follow(time, (asked + answered) / 2);
      this.#roundTripMs = took;
    } else {
      // Should all of them take longer from now on, they count again before long.
      this.#roundTripMs *= muchLonger;
    }
    return time;
  }

  #know(nodes: readonly string[]): void {
    if (nodes.join() === this.#nodes?.join()) return;
    this.#nodes = nodes;
    const homes = homesOf(nodes);
    this.#homes = homes;
    this.#slots = Array.from({ length: slotCount }, (_, slot) => slot).filter(
      (slot) => homes[slot] === this.#parts.node,
    );
    this.#parts.log.info({ nodes: nodes.length, slots: this.#slots.length }, 'nodes that deliver');
    this.#listener?.moved();
  }

  #lose(): void {
    this.#lost = true;
    this.#parts.log.error('the lease of this node has ended: it sends nothing until it reaches the store again');
    this.#listener?.lost();
    this.#beat();
  }

  /** False when it has to be tried again. */
  async #regain(): Promise<boolean> {
    const { store, node, clock, log } = this.#parts;
    const onTheWire = (await this.#listener?.settled()) ?? [];
    await store.giveBack(node, onTheWire, clock.now());
    if (!this.#lease.holds()) return false;
    this.#lost = false;
    log.warn('the lease of this node holds again: it goes on');
    this.#listener?.regained();
    return true;
  }
}
