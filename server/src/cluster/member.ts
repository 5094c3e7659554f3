import type { Logger } from 'pino';
import { v7 } from 'uuid';
import type { Clock } from '../clock.ts';
import { Loop } from '../flow/loop.ts';
import type { MembershipStore } from '../store/contract/index.ts';
import { slotCount } from '../store/slots.ts';
import { homesOf } from './homes.ts';
import { Lease } from './lease.ts';

/** Heartbeats in the time of a lease. */
const beatsPerLease = 5;
/**
 * The part of it that a heartbeat is worth. The rest is for the others to notice: what a node held that was killed is
 * released within the time of a lease.
 */
const worth = 0.75;
/** The part by which a lease ends earlier here than in the store. */
const margin = 0.05;
/** How soon a heartbeat that failed is sent again, at most. */
const retryMs = 500;
/** An answer of the store's clock that took so much longer than the best one is too inexact to count. */
const muchLonger = 1.5;

export interface MemberParts {
  readonly store: MembershipStore;
  /** Other processes may work on the store. */
  readonly shared: boolean;
  /** This node delivers. */
  readonly delivers: boolean;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** The id of this process. Default: a new one. */
  readonly process?: string;
}

/** What the member tells the rest of the server. */
export interface MemberListener {
  /** Deliveries wait that a node held which ended. */
  expired(): void;
  /** The slots of this node are others than before. */
  moved(): void;
  /** The lease has ended: nothing is sent any more of what was leased by the old id. Resolves when all of that is over. */
  lost(): Promise<void>;
  /** The node is back, under a new id. */
  regained(): void;
}

/**
 * This node among those that share the store: says that it is alive, knows which others deliver, and releases what those
 * held that have ended. A lease that ended ends an incarnation: the node comes back under a new id, so whatever the store
 * still answers to the old one is void. A store that this process has to itself has one member, whose lease always holds.
 */
export class Member {
  readonly #parts: MemberParts;
  readonly #lease: Lease;
  readonly #beats: Loop;
  readonly #process: string;
  #incarnation = 1;
  /** Earlier incarnations that still have requests on the wire or results to record. */
  readonly #retiring = new Map<string, Promise<void>>();
  #listener: MemberListener | undefined;
  #homes: readonly (string | null)[] | null = null;
  #slots: readonly number[] | null = null;
  #nodes: readonly string[] | undefined;
  /** How long the store's clock took to answer when it was last followed. */
  #roundTripMs = Number.POSITIVE_INFINITY;
  #lost = false;

  constructor(parts: MemberParts) {
    this.#parts = parts;
    const { clock, leaseMs, log, process = `node_${v7()}` } = parts;
    this.#process = process;
    this.#lease = new Lease(clock, () => this.#lose());
    const beatMs = leaseMs / beatsPerLease;
    const soonMs = Math.min(retryMs, beatMs);
    this.#beats = new Loop({
      clock,
      everyMs: beatMs,
      pauses: { firstMs: soonMs, maxMs: soonMs },
      run: () => this.#beat(),
      onError: (error) => log.error({ err: error }, 'the heartbeat of this node failed; trying again'),
    });
  }

  /** The id by which this node leases, for as long as its lease holds. */
  get id(): string {
    return this.#incarnation === 1 ? this.#process : `${this.#process}.${this.#incarnation}`;
  }

  /** For each slot the node that free lanes are assigned to; null: this one takes all. */
  get homes(): readonly (string | null)[] | null {
    return this.#homes;
  }

  /** The slots of this node; null: all. */
  get slots(): readonly number[] | null {
    return this.#slots;
  }

  /** It is this node's turn to look after what is no node's in particular. */
  get leads(): boolean {
    return !this.#parts.shared || this.#nodes?.[0] === this.id;
  }

  /** This node may send what it leases. */
  holds(): boolean {
    return !this.#parts.shared || (!this.#lost && this.#lease.holds());
  }

  /**
   * Resolves once this node is known to the store.
   *
   * @throws {StoreError} when the store cannot be reached.
   */
  async start(listener: MemberListener): Promise<void> {
    const { store, shared, clock, leaseMs } = this.#parts;
    this.#listener = listener;
    // A process that has the store to itself knows that whoever else holds deliveries has ended.
    if (!shared) await store.expire([this.id], Number.MAX_SAFE_INTEGER, clock.now());
    await this.#beat();
    this.#beats.start(leaseMs / beatsPerLease);
  }

  /** Releases whatever this node still holds. When the store cannot be reached, others do when its lease has ended. */
  async stop(): Promise<void> {
    await this.#beats.stop();
    this.#lease.stop();
    await Promise.all(this.#retiring.values());
    await this.#leave(this.id);
  }

  async #leave(id: string): Promise<void> {
    const { store, clock, log } = this.#parts;
    try {
      await store.leave(id, clock.now());
      this.#listener?.expired();
    } catch (error) {
      log.error({ err: error }, 'this node could not leave the store; what it holds is released when its lease ends');
    }
  }

  /** Says that this node is alive, and releases what others held that have ended. */
  async #beat(): Promise<void> {
    const { store, shared, delivers, leaseMs, clock, log } = this.#parts;
    const sent = this.#lease.moment();
    const { id } = this;
    const now = (await this.#follow()) ?? clock.now();
    await store.heartbeat(id, now + leaseMs * worth, delivers);
    if (!shared) return;
    this.#lease.prolong(sent, leaseMs * (worth - margin));
    // The lease had ended before, so the store does not know the new id yet.
    if (id !== this.id) return;
    this.#know(await store.deliveringNodes(now));
    const deliveries = await store.expire([id, ...this.#retiring.keys()], now, clock.now());
    if (deliveries > 0) {
      log.warn({ deliveries }, 'released the deliveries of nodes that ended');
      this.#listener?.expired();
    }
    if (this.#lost && this.#lease.holds()) this.#regain();
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

  #know(known: readonly string[]): void {
    // Earlier incarnations are no nodes to deliver, though some may not have left yet.
    const nodes = known.filter((node) => node === this.id || !node.startsWith(this.#process));
    if (nodes.join() === this.#nodes?.join()) return;
    this.#nodes = nodes;
    const homes = homesOf(nodes);
    this.#homes = homes;
    this.#slots = Array.from({ length: slotCount }, (_, slot) => slot).filter((slot) => homes[slot] === this.id);
    this.#parts.log.info({ nodes: nodes.length, slots: this.#slots.length }, 'nodes that deliver');
    this.#listener?.moved();
  }

  #lose(): void {
    // Nothing was leased yet by the new id.
    if (this.#lost) return;
    const ended = this.id;
    this.#lost = true;
    this.#incarnation += 1;
    this.#parts.log.error('the lease of this node has ended: it sends nothing until it reaches the store again');
    const retired = (this.#listener?.lost() ?? Promise.resolve())
      .then(() => this.#leave(ended))
      .finally(() => this.#retiring.delete(ended));
    this.#retiring.set(ended, retired);
    this.#know(this.#nodes ?? []);
    this.#beats.wake();
  }

  #regain(): void {
    this.#lost = false;
    this.#parts.log.warn('the lease of this node holds again: it goes on');
    this.#listener?.regained();
  }
}
