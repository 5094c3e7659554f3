import type { Clock } from '../clock.ts';
import type { Rate } from '../model.ts';
import { Pace } from './pace.ts';

export interface WireSettings {
  /** Requests on the wire in all. */
  readonly concurrency: number;
  /** Requests on the wire to one host. */
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
}

/** A place on the wire, to be given back when the request is over. */
export interface Place<Lane> {
  readonly gates: readonly Gate<Lane>[];
}

/** The share of all places that suspect lanes may have together. */
const suspectShare = 0.5;

/**
 * Lets requests onto the wire: so many in all, so many to one host and at that host's rate, and of those likely to hang
 * never more than a share, so that receivers that do not answer cannot take every place. Lanes that find no room wait,
 * and take turns: one request each, in the order they came.
 */
export class Wire<Lane extends Entrant> {
  readonly #settings: WireSettings;
  readonly #clock: Pick<Clock, 'elapsed' | 'after'>;
  readonly #onTurn: (lane: Lane) => void;
  readonly #all: Gate<Lane>;
  readonly #suspects: Gate<Lane>;
  readonly #hosts = new Map<string, Gate<Lane>>();
  readonly #rates: readonly (readonly [pattern: string, gate: Gate<Lane>])[];
  #held = false;
  /** The gate whose next lane is being called. */
  #calling: Gate<Lane> | undefined;

  /** @param onTurn told when a lane that waited should try again. */
  constructor(settings: WireSettings, clock: Pick<Clock, 'elapsed' | 'after'>, onTurn: (lane: Lane) => void) {
    this.#settings = settings;
    this.#clock = clock;
    this.#onTurn = onTurn;
    this.#all = new Gate(settings.concurrency);
    this.#suspects = new Gate(Math.max(1, Math.floor(settings.concurrency * suspectShare)));
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
    for (const gate of [...rates, ...this.#hosts.values(), this.#suspects, this.#all]) this.#callWaiting(gate);
  }

  /** A place for one request; undefined when there is none, and then the lane is called when its turn comes. */
  enter(lane: Lane): Place<Lane> | undefined {
    const now = this.#clock.elapsed();
    const gates = this.#gatesOf(lane);
    const closed = gates.find((gate) => this.#isClosed(gate, now));
    if (closed) {
      closed.waiting.add(lane);
      this.#setAlarm(closed, now);
      return undefined;
    }
    // A lane has one turn; what else it wants to send waits behind the others.
    this.#calling = undefined;
    for (const gate of gates) gate.enter(now);
    return { gates };
  }

  leave({ gates }: Place<Lane>): void {
    for (const gate of gates) gate.leave();
    for (const gate of gates) this.#callWaiting(gate);
  }

  /** Forgets hosts that nothing is sent to. */
  forgetIdleHosts(): void {
    for (const [host, gate] of this.#hosts) {
      if (gate.isIdle) this.#hosts.delete(host);
    }
  }

  stop(): void {
    for (const [, gate] of this.#rates) gate.cancelAlarm();
  }

  /** The narrow gates first: who waits at one of them takes no turn at a wider one. */
  #gatesOf(lane: Lane): Gate<Lane>[] {
    const { host, suspect } = lane;
    const [name] = host.split(':');
    const rates = this.#rates.filter(([pattern]) => covers(pattern, name ?? host)).map(([, gate]) => gate);
    return [...rates, this.#host(host), ...(suspect ? [this.#suspects] : []), this.#all];
  }

  #host(host: string): Gate<Lane> {
    const known = this.#hosts.get(host);
    if (known) return known;
    const gate = new Gate<Lane>(Math.min(this.#settings.concurrencyPerHost, this.#settings.concurrency));
    this.#hosts.set(host, gate);
    return gate;
  }

  #isClosed(gate: Gate<Lane>, now: number): boolean {
    if (this.#held && gate === this.#all) return true;
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
      this.#onTurn(lane);
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
