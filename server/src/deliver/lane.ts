import type { PlatformProfile } from '@bellhop/shared';
import { platformProfile } from '@bellhop/shared';
import type { Clock } from '../clock.ts';
import type { Credentials, Rate, Webhook, Work } from '../model.ts';
import { Pace } from './pace.ts';
import type { Sent } from './sender.ts';
import { slowMs } from './wire.ts';

/** A webhook ready to be sent to. */
export interface Target {
  readonly webhook: Webhook;
  readonly credentials: Credentials;
}

/** Requests at a time that a lane begins with. Every delivered one allows one more, every one without an answer halves them. */
const firstAllowance = 2;

/**
 * One webhook's lane: a bounded window of its queue, how many requests it has on the wire, and when it may send again.
 * It decides nothing and sends nothing; the engine asks it what is next. Its times are the clock's `elapsed`.
 */
export class Lane {
  readonly webhookId: string;
  readonly #queue: Work[] = [];
  /** The ordering by which the window was filled; undefined: its webhook was not known. */
  #queuedInOrder: boolean | undefined;
  #target: Target | undefined;
  #paces: Pace[] = [];
  #rates = '';
  #inFlight = 0;
  #quietUntil = 0;
  #removed = false;
  #newestRevision = 0;
  #allowance = firstAllowance;
  #suspect = false;
  #host = '';
  #alarm: { at: number; cancel: () => void } | undefined;
  #ownedSince: number | undefined;
  /** When its last owner left in the middle of its work; null: nobody did. */
  #leftAt: number | null = null;
  /** How often it was said that the webhook changed, and how often by the time it was last asked for. */
  #changes = 0;
  #changesAsked = 0;
  #changesKnown = 0;
  /** Whether more of its deliveries wait in the store, for this node to fetch. */
  backlogged = false;
  /** Whether its webhook is being loaded. */
  loading = false;
  /** Whether this node is giving it up: it takes nothing and sends nothing. */
  leaving = false;
  /** Deliveries of it that this node leases: in the window, on the wire, or not yet written down or given back. */
  held = 0;
  readonly #concurrency: number;
  #usedAt: number;

  /** @param concurrency the most requests that it may have on the wire. */
  constructor(webhookId: string, concurrency: number, now: number) {
    this.webhookId = webhookId;
    this.#concurrency = concurrency;
    this.#usedAt = now;
  }

  get target(): Target | undefined {
    return this.#target;
  }

  get platform(): PlatformProfile {
    return platformProfile(this.#target?.webhook.platform ?? 'custom');
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Whether this node alone sends to the webhook. */
  get owned(): boolean {
    return this.#ownedSince !== undefined;
  }

  /** Since when it is this node's; undefined: it is not. */
  get ownedSince(): number | undefined {
    return this.#ownedSince;
  }

  /**
   * It is this node's from now on.
   *
   * @param leftAt when its last owner left in the middle of its work: what that one sent counts for the rates, as if it had
   *   used them up then.
   */
  own(now: number, leftAt: number | null): void {
    this.#ownedSince = now;
    this.#leftAt = leftAt;
    this.#restFromOwner();
  }

  disown(): void {
    this.#ownedSince = undefined;
    this.backlogged = false;
    this.leaving = false;
  }

  get idle(): boolean {
    return this.held === 0 && this.#inFlight === 0 && !this.backlogged;
  }

  /** Whether its deliveries keep their order. */
  get inOrder(): boolean {
    return this.#target?.webhook.ordering === 'fifo';
  }

  /** Where its requests go, as in the URL. */
  get host(): string {
    return this.#host;
  }

  /** Whether its receiver is slow or failing. */
  get suspect(): boolean {
    return this.#suspect;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether what is in the window was taken by another ordering than the webhook has now. */
  get isMisordered(): boolean {
    return this.#queue.length > 0 && this.#queuedInOrder !== undefined && this.#queuedInOrder !== this.inOrder;
  }

  push(work: Work): void {
    if (this.#queue.length === 0) this.#queuedInOrder = this.#target ? this.inOrder : undefined;
    this.#queue.push(work);
    this.#newestRevision = Math.max(this.#newestRevision, work.webhookRevision);
  }

  /** Whether the webhook this lane knows is as new as its queue needs. */
  get current(): boolean {
    if (this.#removed) return true;
    return this.#changesKnown === this.#changes && (this.#target?.webhook.revision ?? -1) >= this.#newestRevision;
  }

  /** The webhook that it knows may have changed: nothing is sent before it is loaded again. */
  outdate(): void {
    this.#changes += 1;
  }

  /** Its webhook is being loaded from now on. */
  startLoading(): void {
    this.loading = true;
    this.#changesAsked = this.#changes;
  }

  /** The revision of the webhook that it knows; undefined: none. */
  get revision(): number | undefined {
    return this.#target?.webhook.revision;
  }

  /** Whether nothing may be sent: the webhook is paused, disabled, gone or deleted. */
  get closed(): boolean {
    return this.#removed || (this.#target !== undefined && this.#target.webhook.status !== 'active');
  }

  /** Whether a request made for this version of the webhook may still go out. */
  stillSends({ webhook }: Target): boolean {
    return !this.closed && this.#target?.webhook.revision === webhook.revision;
  }

  /** Closes it for good. */
  remove(): void {
    this.#removed = true;
  }

  /** Takes a newer version of the webhook; an older one is ignored. */
  load(target: Target): void {
    if (this.loading) this.#changesKnown = this.#changesAsked;
    const known = this.#target?.webhook.revision ?? -1;
    if (target.webhook.revision < known) return;
    if (!this.#target) this.#suspect = target.webhook.consecutiveFailures > 0;
    this.#target = target;
    this.#host = URL.parse(target.webhook.url)?.host ?? '';
    const rates = [this.platform.pace, target.webhook.rateLimit].filter((rate): rate is Rate => rate !== null);
    // A pace remembers what was sent, so it is kept while the rates stay the same.
    if (JSON.stringify(rates) !== this.#rates) {
      this.#paces = rates.map((rate) => new Pace(rate));
      this.#restFromOwner();
    }
    this.#rates = JSON.stringify(rates);
  }

  #restFromOwner(): void {
    if (this.#leftAt !== null) for (const pace of this.#paces) pace.rest(this.#leftAt);
  }

  /** A request waits long for its answer: what it sends next may do so too. */
  turnsSlow(): void {
    this.#suspect = true;
  }

  /** What an answer says of the webhook and its receiver holds at once, before it is written down. */
  learn({ decision, result: { attempt } }: Sent, now: number): void {
    const { webhook: effect, quietMs } = decision;
    this.#quietUntil = Math.max(this.#quietUntil, now + quietMs);
    const answered = attempt.response !== null;
    this.#suspect = !answered || attempt.durationMs > slowMs;
    if (!answered) this.#allowance = Math.max(1, Math.floor(this.#allowance / 2));
    else if (attempt.outcome === 'delivered') this.#allowance = Math.min(this.#allowance + 1, this.#concurrency);
    if (!this.#target) return;
    const { webhook, credentials } = this.#target;
    const learnt: Webhook = {
      ...webhook,
      consecutiveFailures: count(webhook.consecutiveFailures, effect.failures),
      goneAnswers: count(webhook.goneAnswers, effect.goneAnswers),
      ...(effect.change ? { status: effect.change.status, statusReason: effect.change.reason } : {}),
    };
    this.#target = { webhook: learnt, credentials };
  }

  /** When its next request may go. */
  readyAt(): number {
    return Math.max(this.#quietUntil, ...this.#paces.map((pace) => pace.nextAt()));
  }

  /** From when on nothing it remembers matters any more: a new lane would do the same. */
  freshAt(): number {
    return Math.max(this.#usedAt, this.#quietUntil, ...this.#paces.map((pace) => pace.freshAt()));
  }

  /** Whether it has something to send and may send it now, as far as it alone decides. */
  ready(now: number): boolean {
    return this.hasRoom && this.#queue.length > 0 && this.readyAt() <= now;
  }

  /** Whether it may have one more request on the wire. */
  get hasRoom(): boolean {
    const most = this.inOrder ? 1 : Math.min(this.#allowance, this.#concurrency);
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

  /** Calls back once at this time, unless an earlier alarm is set. */
  setAlarm(clock: Clock, at: number, callback: () => void): void {
    if (this.#alarm && this.#alarm.at <= at) return;
    this.clearAlarm();
    const cancel = clock.after(Math.max(0, at - clock.elapsed()), () => {
      this.#alarm = undefined;
      callback();
    });
    this.#alarm = { at, cancel };
  }

  clearAlarm(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
  }

  /** Empties the window, but for so many of the first: what was waiting, to be given back. */
  drain(keep = 0): Work[] {
    return this.#queue.splice(keep);
  }
}

function count(value: number, effect: 'reset' | 'increment' | 'keep'): number {
  if (effect === 'keep') return value;
  return effect === 'reset' ? 0 : value + 1;
}
