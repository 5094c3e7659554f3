/** Time, so that tests can hold it. */
export interface Clock {
  /**
   * The server's time, Unix milliseconds: what it stores, shows and schedules by. It follows the machine's clock, but
   * runs on evenly when that is set.
   */
  now(): number;
  /** The machine's clock, Unix milliseconds: what receivers compare with theirs. */
  wall(): number;
  /** Milliseconds since some moment, for what must be kept exactly whatever happens to clocks: rates and pauses. */
  elapsed(): number;
  /** Calls back once after so many milliseconds; returns how to call it off. */
  after(milliseconds: number, callback: () => void): () => void;
  /** Goes on from a time that was reached before, if that is ahead. Unix milliseconds. */
  continueFrom(time: number): void;
  /**
   * Goes by another clock from now on: that of a store which several servers share. To be told again from time to time.
   *
   * @param time what that clock showed, Unix milliseconds.
   * @param at when it did, by this clock's `elapsed`.
   */
  follow(time: number, at: number): void;
}

/** The longest time a Node timer can wait: 2³¹ − 1 ms. */
const longestTimer = 2 ** 31 - 1;

/** Differences from the machine's clock that are followed at once. */
const followedMs = 1000;
/** How fast the time runs while it is ahead of the machine's clock, and while it is behind. */
const slowly = 0.5;
const quickly = 10;
/** A time in the store that is further ahead was written by a clock that was wrong. */
const furthestAheadMs = 24 * 3600 * 1000;

export interface TimeSources {
  /** Unix milliseconds; may jump. */
  readonly wall: () => number;
  /** Milliseconds; never jumps. */
  readonly elapsed: () => number;
}

const machine: TimeSources = { wall: () => Date.now(), elapsed: () => performance.now() };

/**
 * Follows the machine's clock without its jumps. Set back by an hour, the machine's clock would leave everything that
 * waits waiting for an hour more; set forward, everything would be due at once. This one runs at half speed, or at ten
 * times the speed, until the two agree again.
 */
export class SteadyClock implements Clock {
  readonly #sources: TimeSources;
  #time: number;
  #elapsed: number;
  #followed: { readonly time: number; readonly at: number } | undefined;

  constructor(sources: TimeSources = machine) {
    this.#sources = sources;
    this.#time = sources.wall();
    this.#elapsed = sources.elapsed();
  }

  now(): number {
    const elapsed = this.#sources.elapsed();
    const wall = this.#followed ? this.#followed.time + (elapsed - this.#followed.at) : this.#sources.wall();
    const passed = elapsed - this.#elapsed;
    const ahead = this.#time + passed - wall;
    this.#elapsed = elapsed;
    if (Math.abs(ahead) <= followedMs) this.#time = Math.max(this.#time, wall);
    else if (ahead > 0) this.#time = Math.max(this.#time + passed * slowly, wall);
    else this.#time = Math.min(this.#time + passed * quickly, wall);
    return Math.floor(this.#time);
  }

  wall(): number {
    return this.#sources.wall();
  }

  elapsed(): number {
    return this.#sources.elapsed();
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = setTimeout(callback, Math.min(Math.max(milliseconds, 0), longestTimer));
    return () => clearTimeout(timer);
  }

  continueFrom(time: number): void {
    if (time - this.wall() <= furthestAheadMs) this.#time = Math.max(this.now(), time);
  }

  follow(time: number, at: number): void {
    // Nothing was said by this clock before.
    if (!this.#followed) [this.#time, this.#elapsed] = [time, at];
    this.#followed = { time, at };
  }
}

/** How long to wait until a time, by this clock. */
export function until(clock: Clock, time: number): number {
  return Math.max(0, time - clock.now());
}
