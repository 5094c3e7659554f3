import type { Clock } from '../clock.ts';

/** Calls back once, at the earliest of the times it was set to. Times are the clock's `elapsed`. */
export class Alarm {
  readonly #clock: Pick<Clock, 'elapsed' | 'after'>;
  readonly #callback: () => void;
  #at = Number.POSITIVE_INFINITY;
  #cancel: () => void = () => {};

  constructor(clock: Pick<Clock, 'elapsed' | 'after'>, callback: () => void) {
    this.#clock = clock;
    this.#callback = callback;
  }

  /** Has no effect when it is set to an earlier time. */
  setAt(at: number): void {
    if (at >= this.#at) return;
    this.clear();
    this.#at = at;
    this.#cancel = this.#clock.after(Math.max(0, at - this.#clock.elapsed()), () => {
      this.#at = Number.POSITIVE_INFINITY;
      this.#callback();
    });
  }

  setIn(milliseconds: number): void {
    this.setAt(this.#clock.elapsed() + milliseconds);
  }

  clear(): void {
    this.#cancel();
    this.#at = Number.POSITIVE_INFINITY;
  }

  /** Never calls back any more, whatever it is set to. */
  stop(): void {
    this.clear();
    this.#at = Number.NEGATIVE_INFINITY;
  }
}
