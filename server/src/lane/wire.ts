import type { Clock } from '../clock.ts';
import type { Rate } from '../model.ts';
import { Pace } from './pace.ts';

export interface WireSettings {
  /** Requests in flight in all. Slow ones have places of their own, three times as many. */
  readonly concurrency: number;
  /** Requests in flight per host, counted the same way. */
  readonly concurrencyPerHost: number;
  /** Rate limit per host over all webhooks. Key: a host name, or `*.` and a domain for all hosts below it together. */
  readonly ratePerHost: Readonly<Record<string, Rate>>;
}

/** A lane, as the wire sees it. */
export interface Entrant {
  /** As in a URL: `hooks.example.com`, `127.0.0.1:8080`. */
  readonly host: string;
  /** Whose requests they are. Where others send as well, one party has at most half of the places. */
  readonly party: string;
  /** Its receiver is slow or failing: its requests are likely to take long. */
  readonly suspect: boolean;
  /** Its requests on the wire. */
  readonly inFlight: number;
  /** Called when one of its requests is slow. */
  turnsSlow(): void;
  /** Called when it waited for a place and should try again. */
  turn(): void;
}

type Party = Pick<Entrant, 'party'>;

/** A place on the wire, to be left when the request ends. */
export interface Place<Lane extends Party> {
  readonly lane: Lane;
  /** By the clock's `elapsed`. */
  readonly since: number;
  readonly rates: readonly Gate<Lane>[];
  readonly host: Host<Lane>;
  kind: Kind;
}

type Kind = 'prompt' | 'slow';

/** A request without an answer for longer is slow. */
export const slowMs = 2000;
/** Slow places per prompt place. */
const slowShare = 3;
/** The most requests of a suspect lane while more than half of the slow places are taken. */
const fewRequests = 2;
/** For how long a party's places are kept free that has not sent anything. */
const rememberedMs = 60_000;
/** How soon to look again for free slow places. */
const lookAgainMs = 500;

/** The places of one host, or in all. */
type Host<Lane extends Party> = Readonly<Record<Kind, Gate<Lane>>>;

/**
 * Limits the requests in flight, in all and per host, and the rate per host. A slow request moves to a slow place, and all
 * further requests of its lane start there: receivers that do not answer fill the slow places and leave the prompt ones to
 * the others. Lanes that find no place wait and take turns: one request each, first come, first served, of one party after
 * another.
 */
export class Wire<Lane extends Entrant> {
  readonly #settings: WireSettings;
  readonly #clock: Pick<Clock, 'elapsed' | 'after'>;
  readonly #all: Host<Lane>;
  readonly #hosts = new Map<string, Host<Lane>>();
  readonly #rates: readonly (readonly [pattern: string, gate: Gate<Lane>])[];
  /** Oldest first. */
  readonly #prompt = new Set<Place<Lane>>();
  #cancelLook: (() => void) | undefined;
  #held = false;
  /** The gate whose next lane has its turn. */
  #calling: Gate<Lane> | undefined;

  constructor(settings: WireSettings, clock: Pick<Clock, 'elapsed' | 'after'>) {
    this.#settings = settings;
    this.#clock = clock;
    this.#all = newHost(settings.concurrency);
    this.#rates = Object.entries(settings.ratePerHost).map(([pattern, rate]) => [
      pattern,
      new Gate(Number.POSITIVE_INFINITY, new Pace(rate)),
    ]);
  }

  /** Admits nothing until {@link open}. */
  hold(): void {
    this.#held = true;
  }

  open(): void {
    if (!this.#held) return;
    this.#held = false;
    const rates = this.#rates.map(([, gate]) => gate);
    const hosts = [...this.#hosts.values(), this.#all].flatMap(({ prompt, slow }) => [prompt, slow]);
    for (const gate of [...rates, ...hosts]) this.#callWaiting(gate);
  }

  /** Undefined: there is no place now, and the lane is called when it has its turn. */
  enter(lane: Lane): Place<Lane> | undefined {
    const now = this.#clock.elapsed();
    const place: Place<Lane> = {
      lane,
      since: now,
      rates: this.#ratesOf(lane.host),
      host: this.#host(lane.host),
      kind: lane.suspect ? 'slow' : 'prompt',
    };
    // It tries again when one of its requests ends.
    if (place.kind === 'slow' && lane.inFlight >= fewRequests && this.#runsShort(place.host)) return undefined;
    const gates = this.#gatesOf(place);
    const closed = gates.find((gate) => this.#isClosed(gate, lane.party, now));
    if (closed) {
      closed.wait(lane, now);
      this.#setAlarm(closed, now);
      return undefined;
    }
    // One request per turn; the lane's others wait behind those of other lanes.
    this.#calling = undefined;
    for (const gate of gates) gate.enter(lane.party, now);
    if (place.kind === 'prompt') this.#watch(place);
    return place;
  }

  leave(place: Place<Lane>): void {
    this.#prompt.delete(place);
    const gates = this.#gatesOf(place);
    for (const gate of gates) gate.leave(place.lane.party);
    for (const gate of gates) this.#callWaiting(gate);
  }

  forgetIdleHosts(): void {
    for (const [host, { prompt, slow }] of this.#hosts) {
      if (prompt.isIdle && slow.isIdle) this.#hosts.delete(host);
    }
  }

  stop(): void {
    this.#cancelLook?.();
    for (const [, gate] of this.#rates) gate.cancelAlarm();
  }

  #watch(place: Place<Lane>): void {
    this.#prompt.add(place);
    this.#cancelLook ??= this.#clock.after(slowMs, () => this.#lookForSlow());
  }

  /** Moves slow requests to slow places, as far as there are any. */
  #lookForSlow(): void {
    this.#cancelLook = undefined;
    const now = this.#clock.elapsed();
    const freed = new Set<Gate<Lane>>();
    let lookAgainAt: number | undefined;
    for (const place of this.#prompt) {
      lookAgainAt = Math.max(place.since + slowMs, now + lookAgainMs);
      if (place.since + slowMs > now) break;
      const { party } = place.lane;
      place.lane.turnsSlow();
      if (!place.host.slow.hasRoom(party, now) || !this.#all.slow.hasRoom(party, now)) continue;
      for (const { prompt, slow } of [place.host, this.#all]) {
        prompt.leave(party);
        slow.enter(party, now);
        freed.add(prompt);
      }
      place.kind = 'slow';
      this.#prompt.delete(place);
    }
    if (lookAgainAt !== undefined && this.#prompt.size > 0) {
      this.#cancelLook = this.#clock.after(lookAgainAt - now, () => this.#lookForSlow());
    }
    for (const gate of freed) this.#callWaiting(gate);
  }

  /** Narrow gates first: a lane that waits at one takes no turn at a wider one. */
  #gatesOf({ rates, host, kind }: Place<Lane>): readonly Gate<Lane>[] {
    return [...rates, host[kind], this.#all[kind]];
  }

  #ratesOf(host: string): readonly Gate<Lane>[] {
    if (this.#rates.length === 0) return [];
    const [name = host] = host.split(':');
    return this.#rates.filter(([pattern]) => covers(pattern, name)).map(([, gate]) => gate);
  }

  #host(name: string): Host<Lane> {
    const known = this.#hosts.get(name);
    if (known) return known;
    const host = newHost<Lane>(this.#settings.concurrencyPerHost);
    this.#hosts.set(name, host);
    return host;
  }

  #runsShort(host: Host<Lane>): boolean {
    return host.slow.isHalfFull || this.#all.slow.isHalfFull;
  }

  #isClosed(gate: Gate<Lane>, party: string, now: number): boolean {
    if (this.#held && (gate === this.#all.prompt || gate === this.#all.slow)) return true;
    if (!gate.hasRoom(party, now)) return true;
    return gate !== this.#calling && gate.isAwaited(now);
  }

  #callWaiting(gate: Gate<Lane>): void {
    const now = this.#clock.elapsed();
    // Who is called may hold the wire, and then waits here again.
    while (!this.#held) {
      const lane = gate.next(now);
      if (!lane) break;
      this.#calling = gate;
      lane.turn();
      this.#calling = undefined;
    }
    this.#setAlarm(gate, now);
  }

  /** Looks again when time opens the gate. */
  #setAlarm(gate: Gate<Lane>, now: number): void {
    const opensAt = gate.opensAt(now);
    if (opensAt === undefined || gate.size === 0) return;
    gate.setAlarm(
      (callback) => this.#clock.after(opensAt - now, callback),
      () => this.#callWaiting(gate),
    );
  }
}

function newHost<Lane extends Party>(prompt: number): Host<Lane> {
  return { prompt: new Gate(prompt), slow: new Gate(prompt * slowShare) };
}

/** Limits concurrency and rate. Lanes that find it closed wait, and their parties take turns. */
class Gate<Lane extends Party> {
  readonly #waiting = new Map<string, Set<Lane>>();
  readonly #limit: number;
  /** Of one party. */
  readonly #share: number;
  readonly #pace: Pace | undefined;
  readonly #insideOf = new Map<string, number>();
  /** The two that came last, and when. */
  readonly #parties = new Map<string, number>();
  #inside = 0;
  #size = 0;
  #cancelAlarm: (() => void) | undefined;

  constructor(limit: number, pace?: Pace) {
    this.#limit = limit;
    this.#share = Math.ceil(limit / 2);
    this.#pace = pace;
  }

  /** Lanes that wait. */
  get size(): number {
    return this.#size;
  }

  get isIdle(): boolean {
    return this.#inside === 0 && this.#size === 0;
  }

  get isHalfFull(): boolean {
    return this.#inside > this.#limit / 2;
  }

  /** Somebody waits who has not had their share. */
  isAwaited(now: number): boolean {
    // At most two parties have had theirs.
    for (const party of this.#waiting.keys()) if (!this.#hasShare(party, now)) return true;
    return false;
  }

  hasRoom(party: string, now: number): boolean {
    return this.#inside < this.#limit && !this.#hasShare(party, now) && this.opensAt(now) === undefined;
  }

  wait(lane: Lane, now: number): void {
    this.#note(lane.party, now);
    const lanes = this.#waiting.get(lane.party) ?? new Set();
    if (lanes.has(lane)) return;
    this.#waiting.set(lane.party, lanes.add(lane));
    this.#size += 1;
  }

  /** The lane whose turn it is, if there is room for it; it waits no longer. */
  next(now: number): Lane | undefined {
    for (const [party, lanes] of this.#waiting) {
      if (!this.hasRoom(party, now)) continue;
      const [lane] = lanes;
      if (!lane) return undefined;
      lanes.delete(lane);
      this.#size -= 1;
      this.#waiting.delete(party);
      if (lanes.size > 0) this.#waiting.set(party, lanes);
      return lane;
    }
    return undefined;
  }

  #hasShare(party: string, now: number): boolean {
    if ((this.#insideOf.get(party) ?? 0) < this.#share) return false;
    for (const [other, at] of this.#parties) if (other !== party && now - at < rememberedMs) return true;
    return false;
  }

  #note(party: string, now: number): void {
    this.#parties.delete(party);
    this.#parties.set(party, now);
    const [oldest = ''] = this.#parties.keys();
    if (this.#parties.size > 2) this.#parties.delete(oldest);
  }

  /** When the rate allows the next, by the clock's `elapsed`; undefined: now. */
  opensAt(now: number): number | undefined {
    const at = this.#pace?.nextAt() ?? now;
    return at > now ? at : undefined;
  }

  enter(party: string, now: number): void {
    this.#note(party, now);
    this.#inside += 1;
    this.#insideOf.set(party, (this.#insideOf.get(party) ?? 0) + 1);
    this.#pace?.spend(now);
  }

  leave(party: string): void {
    this.#inside -= 1;
    const left = (this.#insideOf.get(party) ?? 1) - 1;
    if (left > 0) this.#insideOf.set(party, left);
    else this.#insideOf.delete(party);
  }

  setAlarm(schedule: (callback: () => void) => () => void, onAlarm: () => void): void {
    this.#cancelAlarm ??= schedule(() => {
      this.#cancelAlarm = undefined;
      onAlarm();
    });
  }

  cancelAlarm(): void {
    this.#cancelAlarm?.();
  }
}

function covers(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}
