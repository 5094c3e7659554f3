import type { Clock } from '../clock.ts';

/**
 * Whether this node's leases are valid. Every heartbeat prolongs them, counted from before it was sent: so they end here
 * before they end in the store, and no other node takes what is still being sent.
 */
export class Lease {
  readonly #clock: Pick<Clock, 'elapsed' | 'wall' | 'after'>;
  readonly #onEnd: () => void;
  /** On two clocks: `elapsed` may stand still while the machine sleeps. */
  #until = { elapsed: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY };
  #cancelTimer: () => void = () => {};
  #held = false;

  /** @param onEnd called when it ends. */
  constructor(clock: Pick<Clock, 'elapsed' | 'wall' | 'after'>, onEnd: () => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
  }

  /** True while this node's leases are valid. */
  holds(): boolean {
    if (this.#held && this.#leftMs() <= 0) this.#end();
    return this.#held;
  }

  /** The moment from which a heartbeat that is sent now counts. */
  moment(): LeaseMoment {
    return { elapsed: this.#clock.elapsed(), wall: this.#clock.wall() };
  }

  /** A heartbeat sent at that moment arrived. */
  prolong({ elapsed, wall }: LeaseMoment, milliseconds: number): void {
    // If it has ended unnoticed, say so first: other nodes may have taken its work.
    this.holds();
    this.#until = { elapsed: elapsed + milliseconds, wall: wall + milliseconds };
    this.#held = true;
    this.#watch();
  }

  stop(): void {
    this.#cancelTimer();
  }

  #leftMs(): number {
    return Math.min(this.#until.elapsed - this.#clock.elapsed(), this.#until.wall - this.#clock.wall());
  }

  #watch(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(this.#leftMs(), () => {
      if (this.holds()) this.#watch();
    });
  }

  #end(): void {
    this.#held = false;
    this.#cancelTimer();
    this.#onEnd();
  }
}

export interface LeaseMoment {
  readonly elapsed: number;
  readonly wall: number;
}
