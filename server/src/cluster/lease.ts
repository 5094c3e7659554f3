import type { Clock } from '../clock.ts';

/**
 * Whether this node may still act on what it leases. It is prolonged by every heartbeat, and counted from before that
 * heartbeat was sent: so it ends here before it ends in the store, and nobody else takes over what is still being sent.
 */
export class Lease {
  readonly #clock: Pick<Clock, 'elapsed' | 'wall' | 'after'>;
  readonly #onEnd: () => void;
  /** By `elapsed`, and by the machine's clock: the first may stand still while the machine sleeps. */
  #until = { elapsed: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY };
  #cancelTimer: () => void = () => {};
  #held = false;

  /** @param onEnd told when it has ended without being prolonged. */
  constructor(clock: Pick<Clock, 'elapsed' | 'wall' | 'after'>, onEnd: () => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
  }

  /** Also notices at once when it has ended. */
  holds(): boolean {
    if (this.#held && this.#leftMs() <= 0) this.#end();
    return this.#held;
  }

  /** What a heartbeat that is sent now will be worth. */
  moment(): LeaseMoment {
    return { elapsed: this.#clock.elapsed(), wall: this.#clock.wall() };
  }

  /** A heartbeat that was sent at that moment arrived: the lease holds for so long from then. */
  prolong({ elapsed, wall }: LeaseMoment, milliseconds: number): void {
    // If it has ended and nobody has noticed yet, that is told first: others may have taken over meanwhile.
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
