import type { Logger } from 'pino';
import { Backoff, storePauses } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import { until } from '../clock.ts';

/** The longest time between two looks into the store, in case nobody said that something is due. */
const longestSleepMs = 5000;
/**
 * Looks into the store for what is due: when it is told to, when the next delivery is due, and from time to time anyway.
 */
export class Claimer {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #claim: () => Promise<number | null>;
  readonly #backoff = new Backoff(storePauses);
  #active = false;
  #running: Promise<void> = Promise.resolve();
  #again = false;
  #stopped = true;
  #wakeAt = Number.POSITIVE_INFINITY;
  #cancelTimer: () => void = () => {};

  /** @param claim claims once; returns when to look again (Unix milliseconds), or null when nothing is known to come. */
  constructor(clock: Clock, log: Logger, claim: () => Promise<number | null>) {
    this.#clock = clock;
    this.#log = log;
    this.#claim = claim;
  }

  start(): void {
    this.#stopped = false;
    this.wake();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    await this.#running;
  }

  /** Resolves when no look is under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** Looks at once, or right after the look that is under way. */
  wake(): void {
    if (this.#stopped) return;
    this.#again = true;
    if (!this.#active) this.#running = this.#run();
  }

  /** Looks at this time, unless it looks before. */
  wakeAt(time: number): void {
    if (this.#stopped || time >= this.#wakeAt) return;
    this.#cancelTimer();
    this.#wakeAt = time;
    this.#cancelTimer = this.#clock.after(until(this.#clock, time), () => {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.wake();
    });
  }

  async #run(): Promise<void> {
    this.#active = true;
    while (this.#again && !this.#stopped) {
      this.#again = false;
      try {
        const next = await this.#claim();
        this.#backoff.reset();
        const latest = this.#clock.now() + longestSleepMs;
        if (next !== null && next <= this.#clock.now()) this.#again = true;
        else this.wakeAt(Math.min(next ?? latest, latest));
      } catch (error) {
        this.#log.error({ err: error }, 'due deliveries could not be claimed; trying again');
        this.wakeAt(this.#clock.now() + this.#backoff.next());
      }
    }
    // In the same breath as the last look: a call that comes after it starts anew.
    this.#active = false;
  }
}
