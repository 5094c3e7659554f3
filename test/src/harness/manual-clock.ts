import type { Clock } from '@bellhop/server';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. It starts at the present. */
export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>();
  /** Pauses with jitter leave it between two milliseconds. */
  #now = Date.now();

  now(): number {
    return Math.floor(this.#now);
  }

  wall(): number {
    return Math.floor(this.#now);
  }

  elapsed(): number {
    return this.#now;
  }

  continueFrom(time: number): void {
    this.#now = Math.max(this.#now, time);
  }

  /** It goes by the test alone. */
  follow(): void {}

  after(milliseconds: number, callback: () => void): () => void {
    // What is due already does not wait for the clock to be moved.
    if (milliseconds <= 0) {
      const immediate = setImmediate(callback);
      return () => clearImmediate(immediate);
    }
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Moves the clock, calling back what comes due on the way in the order of its time. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }
}
