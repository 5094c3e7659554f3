/** A source of time that tests can control. */
export interface Clock {
  /**
   * The server's time, Unix milliseconds, which it stores, shows and schedules by. It follows the machine's clock
   * without its jumps.
   */
  now(): number;
  /** The machine's clock, Unix milliseconds, for timestamps that receivers compare with their own clock. */
  wall(): number;
  /** Monotonic milliseconds, for rates and pauses. */
  elapsed(): number;
  /** Calls back once, after the given milliseconds. Returns a function that cancels it. */
  after(milliseconds: number, callback: () => void): () => void;
  /** Moves forward to a time that the server reached earlier, Unix milliseconds; never back. */
  continueFrom(time: number): void;
  /**
   * Follows another clock: that of a store shared by several servers. Called again from time to time.
   *
   * @param time the other clock's time, Unix milliseconds.
   * @param at when it was read, by this clock's `elapsed`.
   */
  follow(time: number, at: number): void;
}

/** The limit of Node's timers. */
const longestTimer = 2 ** 31 - 1;

/** Smaller differences from the machine's clock are corrected at once. */
const stepMs = 1000;
/** The rate of the time while it is ahead of the machine's clock, and while it is behind. */
const slowRate = 0.5;
const fastRate = 10;
/** A stored time further ahead was written by a wrong clock and is ignored. */
const maxAheadMs = 24 * 3600 * 1000;

export interface TimeSources {
  /** Unix milliseconds; can jump. */
  readonly wall: () => number;
  /** Monotonic milliseconds. */
  readonly elapsed: () => number;
}

const machine: TimeSources = { wall: () => Date.now(), elapsed: () => performance.now() };

/**
 * Follows the machine's clock without its jumps: it runs at half or ten times the speed until the two agree. A jump
 * back by an hour would delay everything that waits by an hour; a jump forward would make it due at once.
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
    if (Math.abs(ahead) <= stepMs) this.#time = Math.max(this.#time, wall);
    else if (ahead > 0) this.#time = Math.max(this.#time + passed * slowRate, wall);
    else this.#time = Math.min(this.#time + passed * fastRate, wall);
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
    if (time - this.wall() <= maxAheadMs) this.#time = Math.max(this.now(), time);
  }

  follow(time: number, at: number): void {
    // Nothing has been timed by this clock yet, so it can jump.
    if (!this.#followed) [this.#time, this.#elapsed] = [time, at];
    this.#followed = { time, at };
  }
}

/** Milliseconds until a time. */
export function until(clock: Clock, time: number): number {
  return Math.max(0, time - clock.now());
}
