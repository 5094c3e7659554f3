import type { Clock } from '../clock.ts';
import type { Rate } from '../model.ts';
import { Pace } from './pace.ts';

export interface WireSettings {
  /** Requests on the wire in all. Those that wait long for their answer count apart, up to three times as many. */
  readonly concurrency: number;
  /** Requests on the wire to one host, counted likewise. */
  readonly concurrencyPerHost: number;
  /** Most requests to a host, over all webhooks; by its name, or by `*.` and a domain for all hosts below it together. */
  readonly ratePerHost: Readonly<Record<string, Rate>>;
}

/** Who wants to send: a lane, as the wire sees it. */
export interface Entrant {
  /** Where its requests go, as in a URL: `hooks.example.com`, `127.0.0.1:8080`. */
  readonly host: string;
  /** Whether its receiver is slow or failing, so that its requests are likely to hold their place for long. */
  readonly suspect: boolean;
  /** Requests that it has on the wire. */
  readonly inFlight: number;
  /** Told when one of its requests has waited long for its answer. */
  turnsSlow(): void;
  /** Told when it waited for a place and should try again. */
  turn(): void;
}

/** A place on the wire, to be given back when the request is over. */
export interface Place<Lane> {
  readonly lane: Lane;
  /** By the clock's `elapsed`. */
  readonly since: number;
  readonly rates: readonly Gate<Lane>[];
  readonly host: Host<Lane>;
  /** Which of the two kinds of places it is. */
  kind: Kind;
}

type Kind = 'prompt' | 'slow';

/** A request that waits longer than this for its answer is slow. */
export const slowMs = 2000;
/** How many slow requests there may be for each prompt one. */
const slowShare = 3;
/** Requests that a suspect lane has at most when more than half of the slow places are taken. */
const fewRequests = 2;
/** How soon to look again for room among the slow. */
const lookAgainMs = 500;

/** The places to one host, or in all. */
type Host<Lane> = Readonly<Record<Kind, Gate<Lane>>>;

/**
 * Lets requests onto the wire: so many in all, so many to one host and at that host's rate. A request that waits long for
 * its answer moves to places of their own, and so do all requests of a lane that has such: receivers that do not answer fill
 * those, and leave the others to whoever does. Lanes that find no room wait, and take turns: one request each, in the order
 * they came.
 */
export class Wire<Lane extends Entrant> {
  readonly #settings: WireSettings;
  readonly #clock: Pick<Clock, 'elapsed' | 'after'>;
  readonly #all: Host<Lane>;
  readonly #hosts = new Map<string, Host<Lane>>();
  readonly #rates: readonly (readonly [pattern: string, gate: Gate<Lane>])[];
  /** Prompt places in the order they were taken. */
  readonly #prompt = new Set<Place<Lane>>();
  #cancelLook: (() => void) | undefined;
  #held = false;
  /** The gate whose next lane is being called. */
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

  /** Lets nothing more onto the wire until {@link open}. */
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

  /** A place for one request; undefined when there is none, and then the lane is called when its turn comes. */
  enter(lane: Lane): Place<Lane> | undefined {
    const now = this.#clock.elapsed();
    const place: Place<Lane> = {
      lane,
      since: now,
      rates: this.#ratesOf(lane.host),
      host: this.#host(lane.host),
      kind: lane.suspect ? 'slow' : 'prompt',
    };
    // It tries again by itself when one of those it has is over.
    if (place.kind === 'slow' && lane.inFlight >= fewRequests && this.#runsShort(place.host)) return undefined;
    const gates = this.#gatesOf(place);
    const closed = gates.find((gate) => this.#isClosed(gate, now));
    if (closed) {
      closed.waiting.add(lane);
      this.#setAlarm(closed, now);
      return undefined;
    }
    // A lane has one turn; what else it wants to send waits behind the others.
    this.#calling = undefined;
    for (const gate of gates) gate.enter(now);
    if (place.kind === 'prompt') this.#watch(place);
    return place;
  }

  leave(place: Place<Lane>): void {
    this.#prompt.delete(place);
    const gates = this.#gatesOf(place);
    for (const gate of gates) gate.leave();
    for (const gate of gates) this.#callWaiting(gate);
  }

  /** Forgets hosts that nothing is sent to. */
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

  /** Moves what has waited long to the places for that, as far as there is room. */
  #lookForSlow(): void {
    this.#cancelLook = undefined;
    const now = this.#clock.elapsed();
    const freed = new Set<Gate<Lane>>();
    let lookAgainAt: number | undefined;
    for (const place of this.#prompt) {
      lookAgainAt = Math.max(place.since + slowMs, now + lookAgainMs);
      if (place.since + slowMs > now) break;
      place.lane.turnsSlow();
      if (!place.host.slow.hasRoom(now) || !this.#all.slow.hasRoom(now)) continue;
      for (const { prompt, slow } of [place.host, this.#all]) {
        prompt.leave();
        slow.enter(now);
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

  /** The narrow gates first: who waits at one of them takes no turn at a wider one. */
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

  #isClosed(gate: Gate<Lane>, now: number): boolean {
    if (this.#held && (gate === this.#all.prompt || gate === this.#all.slow)) return true;
    if (!gate.hasRoom(now)) return true;
    return gate.waiting.size > 0 && gate !== this.#calling;
  }

  #callWaiting(gate: Gate<Lane>): void {
    if (this.#held) return;
    const now = this.#clock.elapsed();
    for (const lane of gate.waiting) {
      if (!gate.hasRoom(now)) break;
      gate.waiting.delete(lane);
      this.#calling = gate;
      lane.turn();
      this.#calling = undefined;
    }
    this.#setAlarm(gate, now);
  }

  /** A gate that only time opens is looked at again when it does. */
  #setAlarm(gate: Gate<Lane>, now: number): void {
    const opensAt = gate.opensAt(now);
    if (opensAt === undefined || gate.waiting.size === 0) return;
    gate.setAlarm(
      (callback) => this.#clock.after(opensAt - now, callback),
      () => this.#callWaiting(gate),
    );
  }
}

function newHost<Lane>(prompt: number): Host<Lane> {
  return { prompt: new Gate(prompt), slow: new Gate(prompt * slowShare) };
}

/** So many at a time, at most at a pace; who finds it full waits in a row. */
class Gate<Lane> {
  readonly waiting = new Set<Lane>();
  readonly #limit: number;
  readonly #pace: Pace | undefined;
  #inside = 0;
  #cancelAlarm: (() => void) | undefined;

  constructor(limit: number, pace?: Pace) {
    this.#limit = limit;
    this.#pace = pace;
  }

  get isIdle(): boolean {
    return this.#inside === 0 && this.waiting.size === 0;
  }

  get isHalfFull(): boolean {
    return this.#inside > this.#limit / 2;
  }

  hasRoom(now: number): boolean {
    return this.#inside < this.#limit && this.opensAt(now) === undefined;
  }

  /** When its pace allows the next, by the clock's `elapsed`; undefined: now. */
  opensAt(now: number): number | undefined {
    const at = this.#pace?.nextAt() ?? now;
    return at > now ? at : undefined;
  }

  enter(now: number): void {
    this.#inside += 1;
    this.#pace?.spend(now);
  }

  leave(): void {
    this.#inside -= 1;
  }

  /** Sets an alarm unless there is one. */
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
