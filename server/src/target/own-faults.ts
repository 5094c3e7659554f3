import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { HttpFailure, HttpResult } from './http-result.ts';

/** Told once when a fault begins and once when it is over. */
export interface FaultListener {
  hindered?(part: string, cause: string): void;
  recovered?(part: string, cause: string, forMs: number): void;
}

/**
 * Tells the faults of this server's own side from those of receivers: by what an error is, and by how many hosts cannot be
 * reached at once. Such requests are `hindered`. The operator's log is told once when a fault begins and once when it is
 * over, and so is who listens.
 */
export class OwnFaults {
  readonly #clock: Pick<Clock, 'elapsed' | 'after'>;
  readonly #log: Logger;
  /** Hosts that are not reached, and since when; nothing was reached since the first of them. */
  readonly #unreached = new Map<string, number>();
  /** When nothing could be reached, for the last time. */
  #downAt = Number.NEGATIVE_INFINITY;
  /** Requests that wait for what happens to others. */
  readonly #undecided = new Set<() => void>();
  readonly #listener: FaultListener;
  /** By what is at fault: when it was, for the last time. */
  readonly #faults = new Map<string, { readonly cause: string; readonly since: number; lastAt: number }>();

  constructor(clock: Pick<Clock, 'elapsed' | 'after'>, log: Logger, listener: FaultListener = {}) {
    this.#clock = clock;
    this.#log = log;
    this.#listener = listener;
  }

  /** The result as it is, or as a fault of this side. */
  async judge(host: string, result: HttpResult): Promise<HttpResult> {
    if (result.kind === 'response' || result.connected || reached.includes(result.code)) return this.#reached(result);
    if (result.code === 'hindered') return this.#hindered(result, result.message);
    const cause = result.system === undefined ? undefined : causes[result.system];
    if (cause) return this.#hindered(result, `Nothing was sent: ${cause}. ${notTheReceiver}`);
    if (!mayBeOurs(result)) return result;
    const message = `Nothing was sent: ${noRoute}. ${notTheReceiver}`;
    // It is over, and in the log as such.
    if (this.#clock.elapsed() - result.durationMs <= this.#downAt) return { ...result, code: 'hindered', message };
    if (!this.#isDown) await this.#hear(host);
    return this.#isDown ? this.#hindered(result, message) : result;
  }

  /** Something of this server's configuration or code is at fault. @param part what: `provider acme` */
  failing(part: string, cause: string): void {
    const now = this.#clock.elapsed();
    const known = this.#faults.get(part);
    if (known) known.lastAt = now;
    else {
      this.#faults.set(part, { cause, since: now, lastAt: now });
      this.#log.warn({ part, cause }, 'deliveries are hindered');
      this.#listener.hindered?.(part, cause);
    }
  }

  well(part: string): void {
    const fault = this.#faults.get(part);
    const now = this.#clock.elapsed();
    if (!fault || now - fault.lastAt < calmMs) return;
    this.#faults.delete(part);
    const forMs = Math.round(now - fault.since);
    this.#log.info({ part, for_ms: forMs }, 'deliveries are hindered no more');
    this.#listener.recovered?.(part, fault.cause, forMs);
  }

  #reached(result: HttpResult): HttpResult {
    if (this.#unreached.size > 0) {
      // What began before and fails later fails for the same reason.
      if (this.#isDown) this.#downAt = this.#clock.elapsed();
      this.#unreached.clear();
      for (const decide of [...this.#undecided]) decide();
    }
    if (this.#faults.size > 0) this.well(network);
    return result;
  }

  #hindered(result: HttpFailure, message: string): HttpFailure {
    this.failing(network, message);
    return { ...result, code: 'hindered', message };
  }

  /** Several hosts ceased to be reached at about the same time, and nothing else is. */
  get #isDown(): boolean {
    const times = [...this.#unreached.values()].sort((a, b) => a - b);
    return times.some((at, index) => (times[index + manyHosts - 1] ?? Number.POSITIVE_INFINITY) - at <= togetherMs);
  }

  /** Waits a moment for what becomes of other hosts. */
  async #hear(host: string): Promise<void> {
    if (this.#unreached.size >= mostHosts) this.#unreached.clear();
    if (!this.#unreached.has(host)) this.#unreached.set(host, this.#clock.elapsed());
    if (this.#isDown) {
      for (const decide of [...this.#undecided]) decide();
      return;
    }
    await new Promise<void>((resolve) => {
      const decide = () => {
        cancel();
        this.#undecided.delete(decide);
        resolve();
      };
      const cancel = this.#clock.after(undecidedMs, decide);
      this.#undecided.add(decide);
    });
  }
}

const network = 'network';
/** Hosts that cannot all have failed by chance. */
const manyHosts = 3;
const togetherMs = 15_000;
const undecidedMs = 1000;
const mostHosts = 1000;
/** How long all has to be well before it is said. */
const calmMs = 5000;

const noRoute = 'no host can be reached from this server';

export const notTheReceiver = 'The receiver is not at fault; the operator of this server has to mend it.';

const noDescriptors = 'this server has no file descriptors left';
const noMemory = 'this server has no memory left for connections';

/** Codes of the operating system that only this side can be the reason of. */
const causes: Readonly<Record<string, string>> = {
  EMFILE: noDescriptors,
  ENFILE: noDescriptors,
  ENOBUFS: noMemory,
  ENOMEM: noMemory,
  EADDRNOTAVAIL: 'this server has no local port or address left to connect from',
  EINVAL: "this server's source address cannot connect to an address of this family",
  ENETDOWN: "this server's network is down",
  ENETUNREACH: "this server's network has no route to the receiver",
};

/** Errors that only a host which is there is the reason of. */
const reached: readonly HttpFailure['code'][] = ['refused', 'reset', 'tls', 'protocol'];

/** It was not connected, by what can be this side's fault as well as the receiver's. */
function mayBeOurs({ code }: HttpFailure): boolean {
  return code === 'timeout' || code === 'network';
}
