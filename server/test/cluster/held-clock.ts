import type { Clock } from '../../src/clock.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it, or the machine's clock alone. */
export class HeldClock implements Clock {
  readonly #timers = new Set<Timer>();
  #elapsed = 0;
  #wall = Date.UTC(2026, 0, 1);

  now(): number {
    return this.#wall;
  }

  wall(): number {
    return this.#wall;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  continueFrom(): void {}

  follow(): void {}

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#elapsed + milliseconds, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** As when the machine slept, or somebody set its clock: no timer hears of it. */
  jump(milliseconds: number): void {
    this.#wall += milliseconds;
  }

  advance(milliseconds: number): void {
    this.#elapsed += milliseconds;
    this.#wall += milliseconds;
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.#elapsed).sort((a, b) => a.at - b.at)) {
      if (this.#timers.delete(timer)) timer.callback();
    }
  }
}
