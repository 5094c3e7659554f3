import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { until } from '../clock.ts';
import type { Member } from '../cluster/member.ts';
import { Batch } from '../flow/batch.ts';
import { Loop } from '../flow/loop.ts';
import type { Work } from '../model.ts';
import type { Claim, LaneStore } from '../store/contract/index.ts';
import type { Lane } from './lane.ts';
import type { Lanes } from './lanes.ts';
import type { Ledger } from './ledger.ts';
import type { Memory } from './memory.ts';
import type { Tuning } from './tuning.ts';

/** What becomes this node's: deliveries, lanes, and webhooks of which more waits in the store. */
export interface Admission extends Pick<Claim, 'work' | 'lanes'> {
  readonly backlogged?: readonly string[];
  /** When the store was asked, by the clock's `elapsed`. Default: now. */
  readonly askedAt?: number;
}

export interface IntakeParts {
  readonly store: Pick<LaneStore, 'claim' | 'refill' | 'fetch' | 'holdings'>;
  readonly node: string;
  /** There may be other nodes. */
  readonly shared: boolean;
  readonly member: Pick<Member, 'slots'>;
  readonly memory: Memory;
  readonly lanes: Lanes;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tuning: Pick<Tuning, 'lookMs'>;
  /** Gives lanes their turn. */
  readonly advance: (lanes: Iterable<Lane>) => void;
  /** Told from time to time that idle things are to be forgotten. */
  readonly onTidy: () => void;
}

/** The longest time between two claims, in case nobody said that something is due. */
const claimEveryMs = 5000;
/** How soon to look again for what somebody else has locked. */
const lockedMs = 50;
/** How often lanes have to make room at most. */
const makeRoomMs = 1000;
const retryDelayMs = 1000;
/** How long it is remembered what was fetched: longer than an answer takes. */
const rememberedMs = 30_000;

/**
 * What comes into this node's memory: what it claims as it becomes due, the backlogs of its lanes, and what other nodes
 * assign to it. Those say so, but news may get lost, and so may the answer of a call that was carried out; therefore it also
 * compares what it has with what the store says it has.
 */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #claims: Loop;
  readonly #looks: Loop;
  readonly #births: Batch<string>;
  readonly #refills = new Set<Promise<void>>();
  /** What left memory while the store was asked, and may be in its answer all the same. */
  readonly #dropped = new Set<string>();
  #questions = 0;
  /** What was fetched, and when: an answer that was asked for before may name it when it was sent long since. */
  readonly #fetched = new Map<string, number>();
  /** Deliveries that were leased again before the store had confirmed that they were recorded or released. */
  readonly #skipped = new Set<string>();
  #makeRoomAt = 0;
  #stopped = false;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    const { clock, log, tuning } = parts;
    this.#claims = new Loop({
      clock,
      everyMs: claimEveryMs,
      run: () => this.#claim(),
      onError: (error) => log.error({ err: error }, 'claiming due deliveries failed; trying again'),
    });
    this.#looks = new Loop({
      clock,
      everyMs: tuning.lookMs,
      run: () => this.#look(),
      onError: (error) => log.error({ err: error }, 'comparing leases with the store failed; trying again'),
    });
    this.#births = new Batch({ write: (eventIds) => this.#fetchBorn(eventIds) });
  }

  start(): void {
    this.#claims.start();
    if (this.#parts.shared) this.#looks.start();
  }

  /** Takes no more. Resolves when the store is asked nothing. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([this.#claims.stop(), this.#looks.stop(), this.#births.flush(), ...this.#refills]);
  }

  /** Claims now: something is due in the store. */
  wake(): void {
    this.#claims.wake();
  }

  /** Claims when something will be due, Unix milliseconds. */
  wakeAt(time: number): void {
    this.#claims.wakeIn(until(this.#parts.clock, time));
  }

  /** Looks for what may have been missed. */
  lookAround(): void {
    this.#claims.wake();
    this.#looks.wake();
  }

  /** Another node assigned deliveries of these events to this one. */
  born(eventIds: readonly string[]): void {
    if (!this.#stopped) this.#births.add(eventIds);
  }

  /** Takes deliveries that this node leases and lanes that are assigned to it. */
  admit({ work, lanes: assigned, backlogged = [], askedAt = Number.POSITIVE_INFINITY }: Admission): void {
    const { memory, lanes, ledger, advance } = this.#parts;
    lanes.assign(assigned);
    for (const webhookId of backlogged) lanes.get(webhookId).queuesBehind();
    const filled = new Set<Lane>();
    const surplus: Work[] = [];
    const strays: Work[] = [];
    const interrupted = new Set<Lane>();
    for (const each of work) {
      const lane = lanes.get(each.delivery.webhookId);
      if (!this.#takes(each, askedAt)) {
        interrupted.add(lane);
        continue;
      }
      lane.hold();
      // Nothing overtakes what was skipped.
      if (lane.inOrder && interrupted.has(lane)) strays.push(each);
      else if (this.#stopped || lane.mode === 'free' || lane.mode === 'relinquishing') strays.push(each);
      else if (lane.mode === 'leaving' || lane.queued >= memory.ofLane) surplus.push(each);
      else {
        lane.push(each);
        filled.add(lane);
      }
    }
    ledger.release(strays);
    ledger.requeue(surplus);
    advance(filled);
  }

  /** False when it is in memory, or was since the answer was asked for. Should it be leased anew, a look finds it. */
  #takes({ delivery: { id }, event }: Work, askedAt: number): boolean {
    const { memory } = this.#parts;
    const isOver = (this.#fetched.get(id) ?? askedAt) > askedAt && !memory.has(id);
    if (isOver) this.#looks.wake();
    else if (memory.add(id, event.data.length)) return true;
    else this.#skipped.add(id);
    return false;
  }

  /** A delivery left memory. */
  drop(deliveryId: string): void {
    this.#parts.memory.drop(deliveryId);
    if (this.#questions > 0) this.#dropped.add(deliveryId);
    if (this.#skipped.delete(deliveryId)) this.#looks.wake();
  }

  /** Fetches more of a lane when its window runs low. */
  refill(lane: Lane): void {
    if (this.#stopped || !lane.refill(this.#parts.memory.ofLane / 2)) return;
    const refill: Promise<void> = this.#refill(lane).finally(() => this.#refills.delete(refill));
    this.#refills.add(refill);
  }

  async #refill(lane: Lane): Promise<void> {
    const { store, node, memory, lanes, clock, log, advance } = this.#parts;
    const bytes = memory.reserve();
    const request = { node, webhookIds: [lane.webhookId], perLane: memory.ofLane, bytes, now: clock.now() };
    try {
      const askedAt = clock.elapsed();
      const claim = await store.refill(request);
      lane.refilled();
      this.admit({ ...claim, askedAt });
      lanes.relinquish([lane]);
      advance([lane]);
    } catch (error) {
      log.error({ err: error, webhook_id: lane.webhookId }, 'fetching a backlog failed; trying again');
      lane.refilled();
      lane.queuesBehind();
      lanes.relinquish([lane]);
      lane.comeBackIn(retryDelayMs);
    } finally {
      memory.settle(bytes);
    }
  }

  /** Returns how soon to claim again, in milliseconds. */
  async #claim(): Promise<number | undefined> {
    const { store, node, shared, member, memory, lanes, ledger, clock, onTidy } = this.#parts;
    const askedAt = clock.elapsed();
    if (lanes.tidy()) {
      this.#forgetFetched(askedAt);
      onTidy();
    }
    this.#makeRoom();
    if (ledger.isStalled) return undefined;
    // What there is no room for is left to others.
    const slots = memory.isCrowded && shared ? [] : member.slots;
    const now = clock.now();
    const { lanesOfClaim, ofLane: perLane } = memory;
    const bytes = memory.reserve();
    const request = { node, slots, lanes: lanesOfClaim, perLane, bytes, now };
    const claim = await store.claim(request).finally(() => memory.settle(bytes));
    this.admit({ ...claim, askedAt });
    const { nextDueAt } = claim;
    if (nextDueAt === null) return undefined;
    // What was due and was not found is locked by somebody, who will be done in a moment.
    const isLocked = nextDueAt <= now && claim.lanes.length === 0;
    return isLocked ? lockedMs : until(clock, nextDueAt);
  }

  /** When memory is almost full, lanes that have more of it than their share give that back, and others may help. */
  #makeRoom(): void {
    const { memory, lanes, ledger, shared, clock } = this.#parts;
    const now = clock.elapsed();
    if (!memory.isCrowded || now < this.#makeRoomAt) return;
    this.#makeRoomAt = now + makeRoomMs;
    const share = memory.shareOf(lanes.size);
    ledger.requeue([...lanes.all()].flatMap((lane) => lane.drain(share)));
    if (shared) lanes.shed();
  }

  async #fetchBorn(eventIds: readonly string[]): Promise<void> {
    try {
      await this.#fetch({ eventIds });
    } catch (error) {
      // The next comparison finds them.
      this.#parts.log.error({ err: error }, 'fetching assigned deliveries failed');
    }
  }

  async #look(): Promise<void> {
    const { store, node, memory, lanes, clock, advance } = this.#parts;
    await this.#asking(async () => {
      const at = clock.elapsed();
      const held = await store.holdings(node);
      advance(lanes.compare(held.lanes, at));
      const ids = held.deliveryIds.filter((id) => !memory.has(id) && !this.#dropped.has(id));
      if (ids.length > 0) await this.#fetch({ ids });
    });
  }

  async #fetch(of: Parameters<LaneStore['fetch']>[1]): Promise<void> {
    const { store, node, clock } = this.#parts;
    await this.#asking(async () => {
      const fetched = await store.fetch(node, of);
      const work = fetched.work.filter(({ delivery }) => !this.#dropped.has(delivery.id));
      for (const { delivery } of work) {
        this.#fetched.delete(delivery.id);
        this.#fetched.set(delivery.id, clock.elapsed());
      }
      this.admit({ work, lanes: fetched.lanes });
    });
  }

  #forgetFetched(now: number): void {
    for (const [id, at] of this.#fetched) {
      if (at + rememberedMs > now) break;
      this.#fetched.delete(id);
    }
  }

  /** Remembers what leaves memory while the store is asked what is leased: it may be in the answer all the same. */
  async #asking(question: () => Promise<void>): Promise<void> {
    this.#questions += 1;
    try {
      await question();
    } finally {
      this.#questions -= 1;
      if (this.#questions === 0) this.#dropped.clear();
    }
  }
}
