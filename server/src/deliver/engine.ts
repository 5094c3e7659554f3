import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Member } from '../cluster/member.ts';
import type { Webhook, Work } from '../model.ts';
import type { Vault } from '../security/vault.ts';
import type { Signals } from '../signals.ts';
import type { AttemptResult, Claim, DeliveryStore, Recorded } from '../store/contract.ts';
import { Claimer } from './claimer.ts';
import type { Birth } from './dispatcher.ts';
import { Holdings } from './holdings.ts';
import type { Lane, Target } from './lane.ts';
import { Lanes } from './lanes.ts';
import { WebhookLoader } from './loader.ts';
import type { Moment } from './ownership.ts';
import { Recorder } from './recorder.ts';
import { Returner } from './returner.ts';
import type { RoomSettings } from './room.ts';
import { Room } from './room.ts';
import type { LaneHooks, Sender, Sent } from './sender.ts';
import type { Place, WireSettings } from './wire.ts';
import { Wire } from './wire.ts';

export interface EngineSettings extends WireSettings, RoomSettings {
  /** Requests on the wire to one webhook. */
  readonly concurrencyPerWebhook: number;
}

export interface EngineParts {
  readonly store: Pick<
    DeliveryStore,
    'loadWebhooks' | 'claim' | 'refill' | 'fetch' | 'holdings' | 'record' | 'release' | 'spill' | 'giveUp'
  >;
  /** This node among others. */
  readonly member: Pick<Member, 'holds' | 'slots'>;
  /** Whether there may be others. */
  readonly shared: boolean;
  readonly signals: Pick<Signals, 'tell'>;
  readonly vault: Vault;
  readonly sender: Sender;
  readonly clock: Clock;
  readonly log: Logger;
  /** This node's id in the store. */
  readonly node: string;
  readonly settings: EngineSettings;
  /** Told what was written down; must not throw, and takes no time. */
  readonly onRecorded: (results: readonly AttemptResult[]) => void;
  /** Aborted when {@link Engine.stop} has to wait no longer for results that the store cannot write. */
  readonly ending: AbortSignal;
}

/** What becomes this node's: deliveries, lanes, and webhooks of which more waits in the store. */
export interface Admission extends Pick<Claim, 'work' | 'lanes'> {
  readonly backlogged?: readonly string[];
}

/** How often lanes have to make room at most. */
const makeRoomMs = 1000;
const retryDelayMs = 1000;
/** How soon to look again for what somebody else has locked. */
const lockedMs = 50;
/** Carries deliveries from the store to their receivers: each webhook in a lane of its own. */
export class Engine {
  readonly #parts: EngineParts;
  readonly #lanes: Lanes;
  readonly #recorder: Recorder;
  readonly #returner: Returner;
  readonly #claimer: Claimer;
  readonly #loader: WebhookLoader;
  /** Everything under way, so that stopping can wait for it. */
  readonly #tasks = new Set<Promise<void>>();
  readonly #refills = new Set<Promise<void>>();
  readonly #wire: Wire<Lane>;
  readonly #holdings: Holdings;
  readonly #room: Room;
  #makeRoomAt = 0;
  #stopping = false;
  /** Whether the lease of this node has ended: what it had is none of its business any more. */
  #suspended = false;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#recorder = new Recorder({ ...parts, onRecorded: (results, recorded) => this.#recorded(results, recorded) });
    this.#returner = new Returner({ ...parts, onReturned: (how, work) => this.#returned(how, work) });
    this.#loader = new WebhookLoader({ ...parts, onLoaded: (lane) => this.#pump(lane) });
    this.#wire = new Wire(parts.settings, parts.clock, (lane) => this.#pump(lane));
    this.#claimer = new Claimer(parts.clock, parts.log, () => this.#claim());
    const concurrency = parts.settings.concurrencyPerWebhook;
    const onGivenUp = () => this.#claimer.wake();
    this.#lanes = new Lanes({ ...parts, returner: this.#returner, concurrency, onGivenUp });
    this.#room = new Room(parts.settings, () => this.#holdings.size);
    this.#holdings = new Holdings({
      ...parts,
      moment: () => this.#lanes.moment(),
      onFetched: (fetched, asked) => this.admit(fetched, asked),
      onLanes: (lanes, asked, at) => {
        if (this.#lanes.counts(asked)) this.#advance(this.#lanes.compare(lanes, asked, at));
      },
    });
  }

  /** Whether this node takes new deliveries at their birth. */
  get birth(): Pick<Birth, 'node' | 'full'> {
    const full = this.#stopping || this.#suspended || this.#room.isFull;
    return { node: this.#parts.node, full };
  }

  start(): void {
    this.#claimer.start();
    if (this.#parts.shared) this.#holdings.start();
  }

  /** Takes no more, gives back what was not sent yet, waits for what is on the wire and writes it down. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#claimer.stop();
    await this.#holdings.stop();
    this.#wire.stop();
    for (const lane of this.#lanes.all()) {
      lane.clearAlarm();
      this.#returner.release(lane.drain());
    }
    await this.#loader.stop();
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
    await this.#recorder.flush();
    await this.#returner.stop();
    await this.#lanes.settled();
    if (this.#parts.shared && !this.#suspended) await this.#lanes.giveUpRested();
  }

  /** Stops at once what depends on the lease: it has ended, so others may have what this node had. */
  suspend(): void {
    this.#suspended = true;
    this.#lanes.lose();
    for (const lane of this.#lanes.all()) {
      const forgotten = lane.drain();
      lane.held -= forgotten.length;
      this.#holdings.drop(forgotten.map(({ delivery }) => delivery.id));
    }
  }

  /** Resolves when nothing is under way in the store that began before; with the deliveries that are on the wire. */
  async settled(): Promise<string[]> {
    await this.#claimer.settled();
    await this.#holdings.settled();
    await this.#returner.settled();
    await this.#lanes.settled();
    await Promise.all(this.#refills);
    await this.#recorder.flush();
    return this.#holdings.ids();
  }

  /** Goes on after {@link suspend}, once everything else was given back. */
  resume(): void {
    this.#suspended = false;
    this.#claimer.wake();
  }

  /** A moment before something is asked of the store, to go with its answer. */
  moment(): Moment {
    return this.#lanes.moment();
  }

  /** Takes deliveries that this node leases, and lanes that are its own, by what the store answered to a question of then. */
  admit({ work, lanes, backlogged = [] }: Admission, asked: Moment): void {
    if (this.#suspended || !this.#lanes.counts(asked)) return;
    this.#lanes.own(lanes, asked);
    for (const webhookId of backlogged) this.#queuesBehind(this.#lanes.get(webhookId));
    this.#accept(work);
  }

  /** Another node gave deliveries of these events to this one. */
  born(eventIds: readonly string[]): void {
    if (!this.#stopping) this.#holdings.born(eventIds);
  }

  /** Looks into the store now: something was left there that is due. */
  wake(): void {
    this.#claimer.wake();
  }

  /** News may have been missed. */
  lookAround(): void {
    this.#claimer.wake();
    this.#holdings.look();
  }

  /** Webhooks were changed elsewhere: nothing is sent by what was known before. */
  outdate(webhookIds: readonly string[]): void {
    for (const id of webhookIds) {
      const lane = this.#lanes.find(id);
      lane?.outdate();
      if (lane) this.#pump(lane);
    }
    this.#claimer.wake();
  }

  #accept(work: readonly Work[]): void {
    const lanes = new Set<Lane>();
    const surplus: Work[] = [];
    const strays: Work[] = [];
    for (const each of work) {
      if (!this.#holdings.add(each.delivery.id)) continue;
      const lane = this.#lanes.get(each.delivery.webhookId);
      lane.held += 1;
      if (lane.leaving) {
        surplus.push(each);
      } else if (!this.#lanes.sendsTo(lane)) {
        strays.push(each);
      } else if (lane.queued < this.#room.ofLane) {
        lane.push(each);
        lanes.add(lane);
      } else {
        surplus.push(each);
      }
    }
    this.#returner.release(strays);
    this.#returner.spill(surplus);
    this.#advance(lanes);
  }

  /** A webhook was changed through the API: nothing is sent by what was known before. */
  refresh(webhook: Webhook): void {
    const lane = this.#lanes.find(webhook.id);
    lane?.load(this.#loader.open(webhook));
    if (lane) this.#pump(lane);
    if (webhook.status === 'active') this.#claimer.wake();
  }

  /** A webhook was deleted: nothing is sent to it any more. */
  remove(webhookId: string): void {
    const lane = this.#lanes.find(webhookId);
    lane?.remove();
    if (lane) this.#pump(lane);
  }

  async #claim(): Promise<number | null> {
    const { store, node, clock, member, shared } = this.#parts;
    if (this.#suspended) return null;
    if (this.#lanes.tidy()) this.#wire.forgetIdleHosts();
    this.#makeRoom();
    if (this.#recorder.stalled) return null;
    // What there is no room for is left to others.
    const slots = this.#room.isCrowded && shared ? [] : member.slots;
    const { lanesOfClaim: lanes, ofLane: perLane } = this.#room;
    const asked = this.#lanes.moment();
    const now = clock.now();
    const claim = await store.claim({ node, slots, lanes, perLane, now });
    this.admit(claim, asked);
    const { nextDueAt } = claim;
    // What was due and was not found is locked by somebody, who will be done in a moment.
    const isLocked = nextDueAt !== null && nextDueAt <= now && claim.lanes.length === 0;
    return isLocked ? now + lockedMs : nextDueAt;
  }

  async #refill(lane: Lane): Promise<void> {
    const { store, node, clock, log } = this.#parts;
    lane.backlogged = false;
    const asked = this.#lanes.moment();
    const request = { node, webhookIds: [lane.webhookId], perLane: this.#room.ofLane, now: clock.now() };
    try {
      this.admit(await store.refill(request), asked);
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
    if (this.#stopping || this.#suspended || !this.#parts.member.holds()) return;
    if (!lane.current) {
      this.#loader.load(lane);
      return;
    }
    if (lane.closed) {
      lane.backlogged = false;
      this.#returner.release(lane.drain());
      return;
    }
    if (lane.isMisordered) this.#returner.release(lane.drain());
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
    const runsLow = lane.inOrder ? lane.held === 0 : lane.queued <= this.#room.ofLane / 2;
    if (lane.backlogged && runsLow) this.#fetchMore(lane);
    const readyAt = lane.readyAt();
    if (lane.queued > 0 && lane.hasRoom && readyAt > now) {
      lane.setAlarm(clock, readyAt, () => this.#pump(lane));
    }
  }

  async #send(lane: Lane, target: Target, work: Work, place: Place<Lane>): Promise<void> {
    try {
      const hooks: LaneHooks = {
        wanted: () => this.#stillSends(lane, target),
        counts: () => (lane.target ?? target).webhook,
        decided: (sent) => lane.learn(sent, this.#parts.clock.elapsed()),
      };
      this.#settle(lane, work, await this.#parts.sender.send(work, target, hooks));
    } finally {
      lane.done(this.#parts.clock.elapsed());
      this.#wire.leave(place);
    }
    this.#pump(lane);
  }

  #stillSends(lane: Lane, target: Target): boolean {
    return lane.stillSends(target) && this.#parts.member.holds() && this.#lanes.sendsTo(lane);
  }

  #settle(lane: Lane, work: Work, sent: Sent | null): void {
    if (sent) this.#recorder.add(sent.result);
    else this.#giveBack([work]);
    const comesAgain = !sent || sent.result.delivery.nextAttemptAt !== null;
    if (lane.inOrder && comesAgain) {
      // Nothing overtakes it: those behind it go back to the store, to be fetched after it.
      this.#giveBack(lane.drain());
      this.#queuesBehind(lane);
    }
  }

  /** More of it waits in the store, for its owner to fetch. */
  #queuesBehind(lane: Lane): void {
    lane.backlogged = this.#lanes.sendsTo(lane);
  }

  /** While the lease has ended, what this node had is given back with all the rest. */
  #giveBack(work: readonly Work[]): void {
    if (this.#suspended) this.#returned('release', work);
    else this.#returner.release(work);
  }

  #recorded(results: readonly AttemptResult[], { waiting }: Recorded): void {
    this.#parts.onRecorded(results);
    if (waiting) {
      this.#claimer.wake();
      this.#parts.signals.tell({ kind: 'due' });
    }
    this.#letGo(results.map(({ attempt }) => attempt.deliveryId));
    for (const { attempt, delivery } of results) {
      if (delivery.nextAttemptAt !== null) this.#claimer.wakeAt(delivery.nextAttemptAt);
      this.#letGoOf(attempt.webhookId);
    }
    if (!this.#recorder.stalled) this.#wire.open();
  }

  #returned(how: 'release' | 'spill', work: readonly Work[]): void {
    this.#letGo(work.map(({ delivery }) => delivery.id));
    for (const { delivery } of work) this.#letGoOf(delivery.webhookId);
    const lanes = [...new Set(work.map(({ delivery }) => this.#lanes.get(delivery.webhookId)))];
    // What goes to whoever claims it may come back here.
    if (how === 'release' || !lanes.every((lane) => this.#lanes.sendsTo(lane))) this.#claimer.wake();
    if (how === 'release') return;
    // Not before the store has them: a refill that came first would find nothing and forget about the backlog.
    for (const lane of lanes) this.#queuesBehind(lane);
    this.#advance(lanes);
  }

  #letGoOf(webhookId: string): void {
    const lane = this.#lanes.get(webhookId);
    lane.held -= 1;
    if (lane.held > 0) return;
    if (lane.leaving) this.#lanes.leave([lane]);
    else if (lane.inOrder) this.#pump(lane);
  }

  /** Deliveries left this node's memory; if that was full, the store may have had to keep what is due. */
  #letGo(deliveryIds: readonly string[]): void {
    const wasFull = this.#room.isFull;
    this.#holdings.drop(deliveryIds);
    if (wasFull && !this.#room.isFull) this.#claimer.wake();
  }

  /** When memory is almost full, lanes that have more of it than their part give that back, and others may help. */
  #makeRoom(): void {
    const { clock, shared } = this.#parts;
    const now = clock.elapsed();
    if (!this.#room.isCrowded || now < this.#makeRoomAt) return;
    this.#makeRoomAt = now + makeRoomMs;
    const part = this.#room.partOf(this.#lanes.size);
    this.#returner.spill([...this.#lanes.all()].flatMap((lane) => lane.drain(part)));
    if (shared) this.#lanes.shed();
  }

  #fetchMore(lane: Lane): void {
    const refill: Promise<void> = this.#refill(lane).finally(() => this.#refills.delete(refill));
    this.#refills.add(refill);
    this.#track(refill);
  }

  #track(task: Promise<void>): void {
    const tracked: Promise<void> = task
      .catch((error: unknown) => this.#parts.log.error({ err: error }, 'a delivery task failed'))
      .finally(() => this.#tasks.delete(tracked));
    this.#tasks.add(tracked);
  }
}
