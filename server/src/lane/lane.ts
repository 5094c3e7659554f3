import { platformProfile } from '@bellhop/shared';
import type { Sent, Target } from '../attempt/sender.ts';
import type { Clock } from '../clock.ts';
import { Alarm } from '../flow/alarm.ts';
import type { Rate, Work } from '../model.ts';
import type { OwnedLane } from '../store/contract/index.ts';
import { KnownWebhook } from './known-webhook.ts';
import { Pace } from './pace.ts';
import type { Entrant } from './wire.ts';
import { slowMs } from './wire.ts';

/**
 * Whose lane it is:
 *
 *     free ──assign──▶ owned ──leave──▶ leaving ──relinquish, once nothing is held──▶ relinquishing ──▶ free
 *      ▲                 │                 │
 *      └─────────────────┴──────revoke─────┘
 *
 * - `free`: of no node or another's. What comes here by mistake is released.
 * - `owned`: this node alone sends to the webhook.
 * - `leaving`: nothing more is sent; what was taken from the store goes back.
 * - `relinquishing`: the store is being told. A newer assignment ends that at once.
 *
 * Each assignment has a term, a fencing number that grows with every owner: an answer of the store that carries a term
 * which ended is stale.
 */
export type LaneMode = 'free' | 'owned' | 'leaving' | 'relinquishing';

export interface LaneParts {
  readonly webhookId: string;
  /** The most requests that it may have on the wire. */
  readonly concurrency: number;
  readonly clock: Pick<Clock, 'elapsed' | 'now' | 'after'>;
  /** Owned from the start: the store has no other node. */
  readonly alone: boolean;
  /** The last term that this node relinquished; 0: none. */
  readonly term: number;
  /** Told when it may send again. */
  readonly onTurn: (lane: Lane) => void;
}

/**
 * Requests at a time that a lane begins with. Every delivered one allows one more, or one less if it has waited for others at
 * the receiver; every one without an answer halves them.
 */
const firstAllowance = 2;
/** By how much longer than the quickest a request takes that has waited for another. */
const queuedFactor = 1.8;
const forgetting = 1.02;

/**
 * One webhook's lane: a bounded window of its queue, how many requests it has on the wire, and when it may send again.
 * It sends nothing itself; the engine asks it what is next. Its times are the clock's `elapsed`.
 */
export class Lane implements Entrant {
  readonly webhookId: string;
  readonly webhook = new KnownWebhook();
  readonly #parts: LaneParts;
  readonly #queue: Work[] = [];
  readonly #alarm: Alarm;
  #mode: LaneMode;
  #term: number;
  #assignedAt: number;
  /** When its last owner left in the middle of its work, Unix milliseconds; null: nobody did. */
  #leftAt: number | null = null;
  /** Deliveries that this node leases: in the window, on the wire, or not yet recorded or given back. */
  #held = 0;
  /** More of its deliveries wait in the store, for this node to fetch. */
  #backlogged = false;
  #refilling = false;
  /** The ordering by which the window was filled; undefined: its webhook was not known. */
  #queuedInOrder: boolean | undefined;
  #paces: Pace[] = [];
  #rates = '';
  #inFlight = 0;
  #quietUntil = 0;
  #allowance = firstAllowance;
  /** The shortest time of a delivered request, forgotten little by little. */
  #quickestMs = Number.POSITIVE_INFINITY;
  #suspect = false;
  #host = '';
  #party = '';
  #usedAt: number;

  constructor(parts: LaneParts) {
    this.#parts = parts;
    this.webhookId = parts.webhookId;
    this.#mode = parts.alone ? 'owned' : 'free';
    this.#term = parts.term;
    this.#usedAt = parts.clock.elapsed();
    this.#assignedAt = this.#usedAt;
    this.#alarm = new Alarm(parts.clock, () => parts.onTurn(this));
  }

  get mode(): LaneMode {
    return this.#mode;
  }

  get term(): number {
    return this.#term;
  }

  /** When it was assigned to this node. */
  get assignedAt(): number {
    return this.#assignedAt;
  }

  /** This node alone sends to the webhook. */
  get isOwned(): boolean {
    return this.#mode === 'owned';
  }

  /** It is this node's from now on, unless that is stale or known. */
  assign({ term, leftAt }: Omit<OwnedLane, 'webhookId'>): void {
    if (term <= this.#term) return;
    this.#term = term;
    this.#assignedAt = this.#parts.clock.elapsed();
    this.#leftAt = leftAt;
    this.#setMode('owned');
    this.#restFromOwner();
  }

  /** Sends nothing more. Returns what was waiting, to be requeued. */
  leave(): Work[] {
    if (this.#mode === 'owned') this.#setMode('leaving');
    return this.drain();
  }

  /** True when it was left and holds nothing: the store is to be told then. */
  relinquish(): boolean {
    if (this.#mode !== 'leaving' || this.#held > 0 || this.#refilling) return false;
    this.#setMode('relinquishing');
    return true;
  }

  /** The store knows that this term has ended. */
  relinquished(term: number): void {
    if (this.#mode === 'relinquishing' && term === this.#term) this.#setMode('free');
  }

  /** The store says that it is not this node's. Returns what was waiting, to be released. */
  revoke(): Work[] {
    this.#setMode('free');
    return this.drain();
  }

  #setMode(mode: LaneMode): void {
    this.#mode = mode;
    if (mode !== 'owned') this.#backlogged = false;
  }

  /** Nothing of it is in memory, on the wire or waiting in the store for this node. */
  get isIdle(): boolean {
    return this.#held === 0 && this.#inFlight === 0 && !this.#backlogged && !this.#refilling;
  }

  get held(): number {
    return this.#held;
  }

  /** This node leases a delivery of it. */
  hold(): void {
    this.#held += 1;
  }

  /** A delivery was recorded or given back. */
  letGo(): void {
    this.#held -= 1;
  }

  get isBacklogged(): boolean {
    return this.#backlogged;
  }

  /** More of it waits in the store, which its owner fetches. */
  queuesBehind(): void {
    this.#backlogged = this.isOwned;
  }

  /** True when more is to be fetched now; then {@link refilled} follows. */
  refill(fewLeft: number): boolean {
    // Where order is kept, the next are fetched when those before them are recorded.
    const runsLow = this.inOrder ? this.#held === 0 : this.#queue.length <= fewLeft;
    if (!this.#backlogged || this.#refilling || !runsLow) return false;
    this.#backlogged = false;
    this.#refilling = true;
    return true;
  }

  refilled(): void {
    this.#refilling = false;
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Its deliveries keep their order. */
  get inOrder(): boolean {
    return this.webhook.target?.webhook.ordering === 'fifo';
  }

  get party(): string {
    return this.#party;
  }

  get host(): string {
    return this.#host;
  }

  get suspect(): boolean {
    return this.#suspect;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** What is in the window was taken by another ordering than the webhook has now. */
  get isMisordered(): boolean {
    return this.#queue.length > 0 && this.#queuedInOrder !== undefined && this.#queuedInOrder !== this.inOrder;
  }

  push(work: Work): void {
    if (this.#queue.length === 0) this.#queuedInOrder = this.webhook.target ? this.inOrder : undefined;
    // What comes back goes before what is younger.
    const after = this.#queue.findLastIndex(({ delivery }) => delivery.id <= work.delivery.id);
    this.#queue.splice(after + 1, 0, work);
    this.webhook.needs(work.webhookRevision);
  }

  /** A request made for this version of the webhook may still go out. */
  stillSends({ webhook }: Target): boolean {
    const { isCurrent, isClosed, revision } = this.webhook;
    return this.isOwned && isCurrent && !isClosed && revision === webhook.revision;
  }

  /** Forgets its backlog, which is fetched anew when the webhook is resumed. Returns what was waiting. */
  close(): Work[] {
    this.#backlogged = false;
    return this.drain();
  }

  /** Takes a newer version of the webhook; an older one is ignored. */
  load(target: Target): void {
    const isFirst = this.webhook.target === undefined;
    if (!this.webhook.load(target)) return;
    if (isFirst) this.#suspect = target.webhook.consecutiveFailures > 0;
    // After a pause by its platform, one request at a time tells whether it works again.
    if (target.webhook.statusReason !== null) this.#allowance = 1;
    this.#host = URL.parse(target.webhook.url)?.host ?? '';
    this.#party = target.webhook.organizationId;
    const rates = [platformProfile(target.webhook.platform).pace, target.webhook.rateLimit].filter(
      (rate): rate is Rate => rate !== null,
    );
    // A pace remembers what was sent, so it is kept while the rates stay the same.
    if (JSON.stringify(rates) !== this.#rates) {
      this.#paces = rates.map((rate) => new Pace(rate));
      this.#restFromOwner();
    }
    this.#rates = JSON.stringify(rates);
  }

  #restFromOwner(): void {
    const { clock } = this.#parts;
    if (this.#leftAt === null) return;
    for (const pace of this.#paces) pace.rest(clock.elapsed() - (clock.now() - this.#leftAt));
  }

  /** What its next owner is told: when it was left in the middle of its work, Unix milliseconds; null: it is at rest. */
  get leftAt(): number | null {
    const { clock } = this.#parts;
    // Its rates were never known, so what was sent before may matter still.
    if (!this.webhook.target) return this.#leftAt;
    return this.freshAt() <= clock.elapsed() ? null : clock.now();
  }

  turnsSlow(): void {
    this.#suspect = true;
  }

  /** What an answer says of the webhook and its receiver holds at once, before it is recorded. */
  learn({ decision, result: { attempt } }: Sent, now: number): void {
    if (attempt.outcome === 'skipped') return;
    this.#quietUntil = Math.max(this.#quietUntil, now + decision.quietMs);
    const answered = attempt.response !== null;
    this.#suspect = !answered || attempt.durationMs > slowMs;
    if (!answered) this.#allowance = Math.max(1, Math.floor(this.#allowance / 2));
    else if (attempt.outcome === 'delivered') this.#adapt(attempt.durationMs);
    this.webhook.learn(decision.webhook, this.#parts.clock.now());
  }

  /** More requests at a time, unless they wait for each other at a receiver that is slow. */
  #adapt(durationMs: number): void {
    this.#quickestMs = Math.min(durationMs, this.#quickestMs * forgetting);
    const isQueued = durationMs > slowMs && durationMs >= this.#quickestMs * queuedFactor;
    const next = isQueued ? Math.max(1, this.#allowance - 1) : this.#allowance + 1;
    this.#allowance = Math.min(next, this.#parts.concurrency);
  }

  /** When its next request may go. */
  readyAt(): number {
    return Math.max(this.#quietUntil, ...this.#paces.map((pace) => pace.nextAt()));
  }

  /** When nothing it remembers matters any more: a new lane would do the same. */
  freshAt(): number {
    return Math.max(this.#usedAt, this.#quietUntil, ...this.#paces.map((pace) => pace.freshAt()));
  }

  /** It has something to send and may send it now, as far as it alone decides. */
  isReady(now: number): boolean {
    return this.isOwned && this.#hasRoom && this.#queue.length > 0 && this.readyAt() <= now;
  }

  /** It may have one more request on the wire. */
  get #hasRoom(): boolean {
    const most = this.inOrder ? 1 : Math.min(this.#allowance, this.#parts.concurrency);
    return this.#inFlight < most;
  }

  /** The next delivery, counted as on the wire. */
  take(now: number): Work | undefined {
    const work = this.#queue.shift();
    if (!work) return undefined;
    this.#inFlight += 1;
    this.#usedAt = now;
    for (const pace of this.#paces) pace.spend(now);
    return work;
  }

  done(now: number): void {
    this.#inFlight -= 1;
    this.#usedAt = now;
  }

  /** Comes back when its pace allows, if that is what it waits for. */
  waitForPace(now: number): void {
    const readyAt = this.readyAt();
    if (this.#queue.length > 0 && this.#hasRoom && readyAt > now) this.#alarm.setAt(readyAt);
  }

  /** Comes back within so many milliseconds. */
  comeBackIn(milliseconds: number): void {
    this.#alarm.setIn(milliseconds);
  }

  /** The wire has room. */
  turn(): void {
    this.#parts.onTurn(this);
  }

  /** Nobody has it any more: it leaves no timer, even when an answer for it still comes. */
  stop(): void {
    this.#alarm.stop();
  }

  /** Empties the window but for so many of the first. Returns what was waiting. */
  drain(keep = 0): Work[] {
    return this.#queue.splice(keep);
  }
}
