import type { Logger } from 'pino';
import type { LaneHooks, Sender, Sent, Target } from '../attempt/sender.ts';
import type { Clock } from '../clock.ts';
import type { Member } from '../cluster/member.ts';
import type { Webhook, Work } from '../model.ts';
import type { Vault } from '../security/vault.ts';
import type { AttemptResult, LaneStore, Recorded } from '../store/contract/index.ts';
import type { Signals } from '../store/contract/signals.ts';
import type { Admission } from './intake.ts';
import { Intake } from './intake.ts';
import type { Lane } from './lane.ts';
import { Lanes } from './lanes.ts';
import { Ledger } from './ledger.ts';
import { WebhookLoader } from './loader.ts';
import type { MemorySettings } from './memory.ts';
import { Memory } from './memory.ts';
import type { Tuning } from './tuning.ts';
import type { Entrant, Place, Wire, WireSettings } from './wire.ts';

export interface EngineSettings extends WireSettings, MemorySettings {
  /** Requests on the wire to one webhook. */
  readonly concurrencyPerWebhook: number;
}

export interface EngineParts {
  readonly store: LaneStore;
  /** This node among others. */
  readonly member: Pick<Member, 'holds' | 'slots'>;
  /** There may be other nodes. */
  readonly shared: boolean;
  readonly signals: Pick<Signals, 'tell'>;
  readonly vault: Vault;
  readonly sender: Sender;
  readonly wire: Wire<Entrant>;
  readonly clock: Clock;
  readonly log: Logger;
  /** The id by which it leases in the store. */
  readonly node: string;
  readonly settings: EngineSettings;
  readonly tuning: Tuning;
  /** Told what was recorded; must not throw, and takes no time. */
  readonly onRecorded: (results: readonly AttemptResult[]) => void;
  /** Aborted when {@link Engine.stop} has to wait no longer for results that the store cannot record. */
  readonly ending: AbortSignal;
}

/** Rendering, signing and sending a request takes some tenths of a millisecond, and more for a large event. */
const lanesAtOnce = 16;
const charactersAtOnce = 256 * 1024;

/**
 * Carries deliveries from the store to their receivers, each webhook's in a lane. It lives as long as one lease of its node:
 * when that ends, a new engine with a new id begins, so whatever the store still answers to the old one is void.
 */
export class Engine {
  readonly #parts: EngineParts;
  readonly #memory: Memory;
  readonly #lanes: Lanes;
  readonly #ledger: Ledger;
  readonly #loader: WebhookLoader;
  readonly #intake: Intake;
  /** Requests on their way. */
  readonly #sending = new Set<Promise<void>>();
  /** Lanes that have new deliveries and have not had their turn. */
  readonly #due: Lane[] = [];
  #isAdvancing = false;
  /** Of the events of all requests so far. */
  #sentCharacters = 0;
  #stopping = false;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    const concurrency = parts.settings.concurrencyPerWebhook;
    this.#memory = new Memory(parts.settings);
    this.#loader = new WebhookLoader(parts);
    this.#ledger = new Ledger({
      ...parts,
      onRecorded: (results, recorded) => this.#recorded(results, recorded),
      onBack: (how, work) => this.#back(how, work),
      onRelinquished: (lanes) => this.#relinquished(lanes),
    });
    this.#lanes = new Lanes({ ...parts, ledger: this.#ledger, concurrency, onTurn: (lane) => this.#pump(lane) });
    this.#intake = new Intake({
      ...parts,
      memory: this.#memory,
      lanes: this.#lanes,
      ledger: this.#ledger,
      advance: (lanes) => this.#advance(lanes),
      onTidy: () => parts.wire.forgetIdleHosts(),
    });
  }

  get node(): string {
    return this.#parts.node;
  }

  /** It takes no new deliveries at their birth. */
  get isFull(): boolean {
    return this.#stopping || this.#memory.isFull;
  }

  start(): void {
    this.#intake.start();
  }

  /**
   * Takes no more, gives back what was not sent yet, waits for what is on the wire and records it.
   *
   * @param hurry what the store does not take back at once is left to the end of the lease.
   */
  async stop({ hurry }: { readonly hurry: boolean }): Promise<void> {
    this.#stopping = true;
    if (hurry) this.#ledger.hurry();
    if (this.#parts.shared) this.#lanes.leave(this.#lanes.all());
    else this.#ledger.release([...this.#lanes.all()].flatMap((lane) => lane.drain()));
    await this.#intake.stop();
    await this.#loader.stop();
    while (this.#sending.size > 0) await Promise.all(this.#sending);
    await this.#ledger.flush();
    for (const lane of this.#lanes.all()) lane.stop();
  }

  /** Takes deliveries that this node leases and lanes that are assigned to it. */
  admit(admission: Admission): void {
    this.#intake.admit(admission);
  }

  /** Another node assigned deliveries of these events to this one. */
  born(eventIds: readonly string[]): void {
    this.#intake.born(eventIds);
  }

  /** Claims now: something is due in the store. */
  wake(): void {
    this.#intake.wake();
  }

  /** News may have been missed. */
  lookAround(): void {
    this.#intake.lookAround();
  }

  /** Webhooks were changed elsewhere: nothing is sent by what was known before. */
  outdate(webhookIds: readonly string[]): void {
    for (const id of webhookIds) {
      const lane = this.#lanes.find(id);
      lane?.webhook.outdate();
      if (lane) this.#pump(lane);
    }
    this.#intake.wake();
  }

  /** A webhook was changed through the API: nothing is sent by what was known before. */
  refresh(webhook: Webhook): void {
    const lane = this.#lanes.find(webhook.id);
    lane?.load(this.#loader.open(webhook));
    if (lane) this.#pump(lane);
    if (webhook.status === 'active') this.#intake.wake();
  }

  /** A webhook was deleted: nothing is sent to it any more. */
  remove(webhookId: string): void {
    const lane = this.#lanes.find(webhookId);
    lane?.webhook.remove();
    if (lane) this.#pump(lane);
  }

  /** Some lanes at once, and the others as soon as other work has had its turn. */
  #advance(lanes: Iterable<Lane>): void {
    for (const lane of lanes) this.#due.push(lane);
    if (!this.#isAdvancing) this.#advanceSome();
  }

  #advanceSome(): void {
    this.#isAdvancing = true;
    const enough = this.#sentCharacters + charactersAtOnce;
    for (let lanes = 0; lanes < lanesAtOnce && this.#sentCharacters < enough; lanes += 1) {
      const lane = this.#due.shift();
      if (!lane) break;
      this.#pump(lane);
    }
    this.#isAdvancing = this.#due.length > 0;
    if (this.#isAdvancing) this.#parts.clock.after(0, () => this.#advanceSome());
  }

  /** Sends what a lane may send now, and sees to it that the lane has its turn again. */
  #pump(lane: Lane): void {
    const { member, wire, clock } = this.#parts;
    if (this.#stopping || !lane.isOwned || !member.holds()) return;
    if (!lane.webhook.isCurrent) {
      this.#loader.load(lane);
      return;
    }
    if (lane.webhook.isClosed) {
      this.#ledger.release(lane.close());
      return;
    }
    if (lane.isMisordered) this.#ledger.release(lane.drain());
    if (this.#ledger.isStalled) wire.hold();
    const { target } = lane.webhook;
    let now = clock.elapsed();
    while (target && lane.isReady(now)) {
      const place = wire.enter(lane);
      const work = place && lane.take(now);
      if (!work) break;
      this.#track(this.#send(lane, target, work, place));
      now = clock.elapsed();
    }
    this.#intake.refill(lane);
    // By a later time its pace might allow more, and nobody would have been told.
    lane.waitForPace(now);
  }

  async #send(lane: Lane, target: Target, work: Work, place: Place<Entrant>): Promise<void> {
    const { sender, clock, wire, member } = this.#parts;
    this.#sentCharacters += work.event.data.length;
    try {
      const seen = lane.webhook.failuresSeen;
      const hooks: LaneHooks = {
        wanted: () => lane.stillSends(target) && member.holds(),
        standing: () =>
          lane.webhook.standing(seen) ?? { ...target.webhook, failingSince: null, failedAt: null, together: false },
        decided: (sent) => lane.learn(sent, clock.elapsed()),
      };
      this.#settle(lane, work, await sender.send(work, target, hooks));
    } finally {
      lane.done(clock.elapsed());
      wire.leave(place);
    }
    this.#pump(lane);
  }

  #settle(lane: Lane, work: Work, sent: Sent | null): void {
    if (sent) this.#ledger.record(sent.result);
    else this.#ledger.release([work]);
    const comesAgain = !sent || sent.result.delivery.nextAttemptAt !== null;
    if (lane.inOrder && comesAgain) {
      // Nothing overtakes it: those behind it go back to the store, to be fetched after it.
      this.#ledger.release(lane.drain());
      lane.queuesBehind();
    }
  }

  #recorded(results: readonly AttemptResult[], { waiting }: Recorded): void {
    this.#parts.onRecorded(results);
    if (waiting) {
      this.#intake.wake();
      this.#parts.signals.tell({ kind: 'due' });
    }
    for (const { delivery } of results) {
      if (delivery.nextAttemptAt !== null) this.#intake.wakeAt(delivery.nextAttemptAt);
    }
    this.#letGo(results.map(({ attempt }) => attempt));
    if (!this.#ledger.isStalled) this.#parts.wire.open();
  }

  #back(how: 'release' | 'requeue', work: readonly Work[]): void {
    const lanes = new Set(work.map(({ delivery }) => this.#lanes.get(delivery.webhookId)));
    // Not before the store has them: a refill that came first would find nothing and forget about the backlog.
    if (how === 'requeue') for (const lane of lanes) lane.queuesBehind();
    this.#letGo(work.map(({ delivery }) => ({ deliveryId: delivery.id, webhookId: delivery.webhookId })));
    // What goes to whoever claims it may come back here.
    if (how === 'release' || [...lanes].some((lane) => !lane.isOwned)) this.#intake.wake();
    if (how === 'requeue') this.#advance(lanes);
  }

  /** Deliveries leave this node's memory. */
  #letGo(deliveries: readonly { readonly deliveryId: string; readonly webhookId: string }[]): void {
    const wasFull = this.#memory.isFull;
    const lanes = new Set<Lane>();
    for (const { deliveryId, webhookId } of deliveries) {
      const lane = this.#lanes.get(webhookId);
      this.#intake.drop(deliveryId);
      lane.letGo();
      if (lane.held === 0) lanes.add(lane);
    }
    this.#lanes.relinquish([...lanes]);
    for (const lane of lanes) if (lane.inOrder) this.#pump(lane);
    // While memory was full, the store may have had to keep what is due.
    if (wasFull && !this.#memory.isFull) this.#intake.wake();
  }

  #relinquished(lanes: readonly { readonly lane: Lane; readonly term: number }[]): void {
    for (const { lane, term } of lanes) this.#lanes.relinquished(lane, term);
    this.#parts.signals.tell({ kind: 'due' });
    this.#intake.wake();
  }

  #track(task: Promise<void>): void {
    const tracked: Promise<void> = task
      .catch((error: unknown) => this.#parts.log.error({ err: error }, 'a delivery task failed'))
      .finally(() => this.#sending.delete(tracked));
    this.#sending.add(tracked);
  }
}
