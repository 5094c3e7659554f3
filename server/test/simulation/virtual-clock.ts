import { SteadyClock } from '../../src/clock.ts';
import type { Host, Timeline } from './timeline.ts';

/** Times are sums of fractions. */
const roundingMs = 0.01;

/** A machine's clock and timers in virtual time. */
export class VirtualClock extends SteadyClock {
  readonly #timeline: Timeline;
  readonly #host: Host;

  /** @param wallMs how far the machine's clock is ahead of the store's. */
  constructor(timeline: Timeline, host: Host, wallMs: number) {
    super({ wall: () => timeline.now + wallMs, elapsed: () => timeline.elapsed - host.sleptMs });
    this.#timeline = timeline;
    this.#host = host;
  }

  /** As Node does it: in whole milliseconds, at least one. */
  override after(milliseconds: number, callback: () => void): () => void {
    const host = this.#host;
    host.timers += 1;
    let isSet = true;
    const unset = () => {
      if (isSet) host.timers -= 1;
      isSet = false;
    };
    const waitMs = Math.max(1, Math.trunc(milliseconds));
    const ringsAt = this.elapsed() + waitMs;
    let cancel = () => {};
    const set = (ms: number) => {
      cancel = this.#timeline.after(ms, ring, host);
    };
    const ring = () => {
      // A machine that sleeps does not count the time.
      const leftMs = ringsAt - this.elapsed();
      if (leftMs > roundingMs) return set(leftMs);
      unset();
      callback();
    };
    set(waitMs);
    return () => {
      unset();
      cancel();
    };
  }
}
