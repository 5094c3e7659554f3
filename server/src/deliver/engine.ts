import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Webhook, Work } from '../model.ts';
import type { Vault } from '../security/vault.ts';
import type { AttemptResult, Claim, DeliveryStore, Recorded } from '../store/contract.ts';
import { Claimer } from './claimer.ts';
import type { Target } from './lane.ts';
import { Lane } from './lane.ts';
import { WebhookLoader } from './loader.ts';
import { Recorder } from './recorder.ts';
import { Returner } from './returner.ts';
import type { Sender, Sent } from './sender.ts';
import type { Place, WireSettings } from './wire.ts';
import { Wire } from './wire.ts';

export interface EngineSettings extends WireSettings {
  /** Requests on the wire to one webhook. */
  readonly concurrencyPerWebhook: number;
  /** Deliveries of one webhook in memory. */
  readonly windowPerWebhook: number;
  /** Deliveries in memory in all. */
  readonly window: number;
}

export interface EngineParts {
  readonly store: Pick<DeliveryStore, 'loadWebhooks' | 'claim' | 'refill' | 'record' | 'release' | 'spill'>;
  readonly vault: Vault;
  readonly sender: Sender;
  readonly clock: Clock;
  readonly log: Logger;
  /** This node's id in the store. */
  readonly node: string;
  readonly settings: EngineSettings;
  /** Aborted when {@link Engine.stop} has to wait no longer for results that the store cannot write. */
  readonly ending: AbortSignal;
}

/** Webhooks that one claim looks at, and while memory is full. */
const lanesPerClaim = 32;
const fewLanes = 4;
/** The share of memory from which on lanes have to make room for others, and how often at most. */
const crowded = 0.9;
const makeRoomMs = 1000;
const retryDelayMs = 1000;
/** How long an idle lane keeps what it knows of its webhook, unless there are many of them. */
const idleLaneMs = 60_000;
const manyLanes = 20_000;
const tidyMs = 5000;

/** Carries deliveries from the store to their receivers: each webhook in a lane of its own. */
export class Engine {
  readonly #parts: EngineParts;
  readonly #lanes = new Map<string, Lane>();
  readonly #recorder: Recorder;
  readonly #returner: Returner;
  readonly #claimer: Claimer;
  readonly #loader: WebhookLoader;
  /** Everything under way, so that stopping can wait for it. */
  readonly #tasks = new Set<Promise<void>>();
  readonly #wire: Wire<Lane>;
  /** Deliveries that this node leases. */
  #held = 0;
  #tidyAt = 0;
  #makeRoomAt = 0;
  #stopping = false;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#recorder = new Recorder({ ...parts, onRecorded: (results, recorded) => this.#recorded(results, recorded) });
    this.#returner = new Returner({ ...parts, onReturned: (how, work) => this.#returned(how, work) });
    this.#loader = new WebhookLoader({ ...parts, onLoaded: (lane) => this.#pump(lane) });
    this.#wire = new Wire(parts.settings, parts.clock, (lane) => this.#pump(lane));
    this.#claimer = new Claimer(parts.clock, parts.log, () => this.#claim());
  }

  /** The node that takes new deliveries at birth; null while there is no room for them. */
  get birthNode(): string | null {
    return !this.#stopping && this.#held < this.#parts.settings.window ? this.#parts.node : null;
  }

  /**
   * Deliveries that one lane may have in memory now. It gets less as memory fills: lanes that do not get on, however many,
   * never fill it all, and those that do always find room.
   */
  get #windowOfLane(): number {
    const { window, windowPerWebhook } = this.#parts.settings;
    const free = Math.max(0, window - this.#held) / window;
    return Math.max(1, Math.floor(windowPerWebhook * Math.min(1, 2 * free)));
  }

  start(): void {
    this.#claimer.start();
  }

  /** Takes no more, gives back what was not sent yet, waits for what is on the wire and writes it down. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#claimer.stop();
    this.#wire.stop();
    for (const lane of this.#lanes.values()) {
      lane.clearAlarm();
      this.#returner.release(lane.drain());
    }
    await this.#loader.stop();
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
    await this.#recorder.flush();
    await this.#returner.stop();
  }

  /** Takes deliveries that this node leases. */
  admit(work: readonly Work[]): void {
    this.#held += work.length;
    const lanes = new Set<Lane>();
    const surplus: Work[] = [];
    for (const each of work) {
      const lane = this.#lane(each.delivery.webhookId);
      lane.held += 1;
      if (lane.queued < this.#windowOfLane) {
        lane.push(each);
        lanes.add(lane);
      } else {
        surplus.push(each);
      }
    }
    this.#returner.spill(surplus);
    this.#advance(lanes);
  }

  /** Looks into the store now: something was left there that is due. */
  wake(): void {
    this.#claimer.wake();
  }

  /** A webhook was changed through the API: nothing is sent by what was known before. */
  refresh(webhook: Webhook): void {
    const lane = this.#lanes.get(webhook.id);
    if (lane) {
      const wasInOrder = lane.inOrder;
      lane.load(this.#loader.open(webhook));
      // What it holds was taken by the other ordering.
      if (lane.inOrder !== wasInOrder) this.#returner.release(lane.drain());
      this.#pump(lane);
    }
    if (webhook.status === 'active') this.#claimer.wake();
  }

  /** A webhook was deleted: nothing is sent to it any more. */
  remove(webhookId: string): void {
    const lane = this.#lanes.get(webhookId);
    lane?.remove();
    if (lane) this.#pump(lane);
  }

  async #claim(): Promise<number | null> {
    const { store, node, clock, settings } = this.#parts;
    this.#tidy();
    this.#makeRoom();
    if (this.#recorder.stalled) return null;
    // At least one of some lanes, so that each goes on also while others fill the memory.
    const room = settings.window - this.#held;
    const perLane = this.#windowOfLane;
    const lanes = Math.min(lanesPerClaim, Math.max(fewLanes, Math.floor(room / perLane)));
    const claim = await store.claim({ node, lanes, perLane, now: clock.now() });
    this.#take(claim);
    return claim.nextDueAt;
  }

  #take({ work, backlogged }: Claim): void {
    for (const webhookId of backlogged) this.#lane(webhookId).backlogged = true;
    this.admit(work);
  }

  async #refill(lane: Lane): Promise<void> {
    const { store, node, clock, log } = this.#parts;
    lane.backlogged = false;
    const request = { node, webhookIds: [lane.webhookId], perLane: this.#windowOfLane, now: clock.now() };
    try {
      this.#take(await store.refill(request));
    } catch (error) {
      log.error({ err: error, webhook_id: lane.webhookId }, 'backlog could not be fetched; trying again');
      lane.backlogged = true;
      lane.setAlarm(clock, clock.elapsed() + retryDelayMs, () => this.#pump(lane));
    }
  }

  #advance(lanes: Iterable<Lane>): void {
    for (const lane of lanes) this.#pump(lane);
  }

  #pump(lane: Lane): void {
    if (this.#stopping) return;
    if (lane.closed) {
      lane.backlogged = false;
      this.#returner.release(lane.drain());
      return;
    }
    if (!lane.current) {
      this.#loader.load(lane);
      return;
    }
    if (this.#recorder.stalled) this.#wire.hold();
    let now = this.#parts.clock.elapsed();
    while (lane.target && lane.ready(now)) {
      const place = this.#wire.enter(lane);
      const work = place && lane.take(now);
      if (!work) break;
      this.#track(this.#send(lane, lane.target, work, place));
      now = this.#parts.clock.elapsed();
    }
    this.#waitFor(lane, now);
  }

  /**
   * Sees to it that a lane goes on: when its window runs low, and when its pace allows.
   *
   * @param now when its pace was asked. By a later time it might allow more, and nobody would have been told.
   */
  #waitFor(lane: Lane, now: number): void {
    const { clock } = this.#parts;
    // Where order is kept, the next are fetched when those before them are written down.
    const runsLow = lane.inOrder ? lane.held === 0 : lane.queued <= this.#windowOfLane / 2;
    if (lane.backlogged && runsLow) this.#track(this.#refill(lane));
    const readyAt = lane.readyAt();
    if (lane.queued > 0 && lane.hasRoom && readyAt > now) {
      lane.setAlarm(clock, readyAt, () => this.#pump(lane));
    }
  }

  async #send(lane: Lane, target: Target, work: Work, place: Place<Lane>): Promise<void> {
    try {
      this.#settle(lane, work, await this.#parts.sender.send(work, target, () => lane.stillSends(target)));
    } finally {
      lane.done(this.#parts.clock.elapsed());
      this.#wire.leave(place);
    }
    this.#pump(lane);
  }

  #settle(lane: Lane, work: Work, sent: Sent | null): void {
    if (sent) {
      lane.learn(sent, this.#parts.clock.elapsed());
      this.#recorder.add(sent.result);
    } else {
      this.#returner.release([work]);
    }
    const comesAgain = !sent || sent.result.delivery.nextAttemptAt !== null;
    if (lane.inOrder && comesAgain) {
      // Nothing overtakes it: those behind it go back to the store, to be fetched after it.
      this.#returner.release(lane.drain());
      lane.backlogged = true;
    }
  }

  #recorded(results: readonly AttemptResult[], { waiting }: Recorded): void {
    if (waiting) this.#claimer.wake();
    for (const { attempt, delivery } of results) {
      if (delivery.nextAttemptAt !== null) this.#claimer.wakeAt(delivery.nextAttemptAt);
      this.#letGoOf(attempt.webhookId);
    }
    this.#letGo(results.length);
    if (!this.#recorder.stalled) this.#wire.open();
  }

  #returned(how: 'release' | 'spill', work: readonly Work[]): void {
    for (const { delivery } of work) this.#letGoOf(delivery.webhookId);
    this.#letGo(work.length);
    if (how === 'release') return;
    // Not before the store has them: a refill that came first would find nothing and forget about the backlog.
    const lanes = new Set(work.map(({ delivery }) => this.#lane(delivery.webhookId)));
    for (const lane of lanes) lane.backlogged = true;
    this.#advance(lanes);
  }

  #letGoOf(webhookId: string): void {
    const lane = this.#lane(webhookId);
    lane.held -= 1;
    if (lane.inOrder && lane.held === 0) this.#pump(lane);
  }

  /** Deliveries left this node's memory; if that was full, the store may have had to keep what is due. */
  #letGo(deliveries: number): void {
    const wasFull = this.#held >= this.#parts.settings.window;
    this.#held -= deliveries;
    if (wasFull && this.#held < this.#parts.settings.window) this.#claimer.wake();
  }

  #lane(webhookId: string): Lane {
    const known = this.#lanes.get(webhookId);
    if (known) return known;
    const { clock, settings } = this.#parts;
    if (this.#lanes.size >= manyLanes) this.#tidy();
    const lane = new Lane(webhookId, settings.concurrencyPerWebhook, clock.elapsed());
    this.#lanes.set(webhookId, lane);
    return lane;
  }

  /** Forgets idle lanes from time to time. */
  #tidy(): void {
    const now = this.#parts.clock.elapsed();
    if (now < this.#tidyAt) return;
    this.#tidyAt = now + tidyMs;
    this.#wire.forgetIdleHosts();
    const keepMs = this.#lanes.size < manyLanes ? idleLaneMs : 0;
    for (const [id, lane] of this.#lanes) {
      if (lane.idle && lane.freshAt() + keepMs < now) this.#lanes.delete(id);
    }
  }

  /** When memory is almost full, lanes that have more of it than their part give that back. */
  #makeRoom(): void {
    const { clock, settings } = this.#parts;
    const now = clock.elapsed();
    if (this.#held < settings.window * crowded || now < this.#makeRoomAt) return;
    this.#makeRoomAt = now + makeRoomMs;
    const part = Math.max(1, Math.floor(settings.window / 2 / this.#lanes.size));
    this.#returner.spill([...this.#lanes.values()].flatMap((lane) => lane.drain(part)));
  }

  #track(task: Promise<void>): void {
    const tracked: Promise<void> = task
      .catch((error: unknown) => this.#parts.log.error({ err: error }, 'a delivery task failed'))
      .finally(() => this.#tasks.delete(tracked));
    this.#tasks.add(tracked);
  }
}
