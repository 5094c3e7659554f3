import type { Rate } from '../model.ts';

/** Who comes after somebody whose sends nobody counted waits no longer than this. */
const longestRestMs = 60_000;

/**
 * Enforces a rate exactly: in no stretch of `seconds` are there more than `requests`. It remembers the times of the last
 * `requests` sends and lets the next one go when the oldest of them is far enough away. Its times are a clock's
 * `elapsed`, so that a clock that is set changes no rate.
 */
export class Pace {
  readonly #windowMs: number;
  readonly #times: Float64Array;
  #next = 0;

  constructor({ requests, seconds }: Rate) {
    this.#windowMs = seconds * 1000;
    this.#times = new Float64Array(requests).fill(Number.NEGATIVE_INFINITY);
  }

  /** When the next request may go: a time in the past or now means at once. */
  nextAt(): number {
    return (this.#times[this.#next] ?? 0) + this.#windowMs;
  }

  /** From when on it remembers nothing that matters. */
  freshAt(): number {
    const newest = (this.#next + this.#times.length - 1) % this.#times.length;
    return (this.#times[newest] ?? 0) + this.#windowMs;
  }

  /** Counts as if it had been used up at a time, by somebody else; longer windows than a minute are taken for one of that. */
  rest(at: number): void {
    const sent = at + Math.min(this.#windowMs, longestRestMs) - this.#windowMs;
    for (const [index, time] of this.#times.entries()) this.#times[index] = Math.max(time, sent);
  }

  spend(now: number): void {
    this.#times[this.#next] = now;
    this.#next = (this.#next + 1) % this.#times.length;
  }
}
