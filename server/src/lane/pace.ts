import type { Rate } from '../model.ts';

/** The longest wait after an owner whose requests were not counted. */
const longestRestMs = 60_000;

/**
 * An exact rate limit: at most `requests` in any window of `seconds`. Remembers the times of the last `requests` requests;
 * the next may go when the oldest has left the window. Times are a clock's `elapsed`, so setting the clock changes no rate.
 */
export class Pace {
  readonly #windowMs: number;
  readonly #times: Float64Array;
  #next = 0;

  constructor({ requests, seconds }: Rate) {
    this.#windowMs = seconds * 1000;
    this.#times = new Float64Array(requests).fill(Number.NEGATIVE_INFINITY);
  }

  /** When the next request may go; not after now: at once. */
  nextAt(): number {
    return (this.#times[this.#next] ?? 0) + this.#windowMs;
  }

  /** When all it remembers has left the window. */
  freshAt(): number {
    const newest = (this.#next + this.#times.length - 1) % this.#times.length;
    return (this.#times[newest] ?? 0) + this.#windowMs;
  }

  /** Counts as used up at a time by another owner. A window longer than a minute counts as a minute. */
  rest(at: number): void {
    const sent = at + Math.min(this.#windowMs, longestRestMs) - this.#windowMs;
    for (const [index, time] of this.#times.entries()) this.#times[index] = Math.max(time, sent);
  }

  spend(now: number): void {
    this.#times[this.#next] = now;
    this.#next = (this.#next + 1) % this.#times.length;
  }
}
