import type { Clock } from '../clock.ts';

/** How long what was looked up is believed without asking again: the longest that a revoked key still works elsewhere. */
const believedMs = 5000;
const mostBelieved = 10_000;

interface Known<Found> {
  readonly found: Found;
  readonly until: number;
}

/** What was looked up in the store by a hash, kept for a moment. */
export class Lookups<Found> {
  readonly #look: (hash: string) => Promise<Found | undefined>;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known<Found>>();
  readonly #looking = new Map<string, Promise<Found | undefined>>();
  /** How often something was forgotten so far. */
  #forgotten = 0;

  constructor(look: (hash: string) => Promise<Found | undefined>, clock: Clock) {
    this.#look = look;
    this.#clock = clock;
  }

  async find(hash: string): Promise<Found | undefined> {
    const known = this.#known.get(hash);
    if (known && known.until > this.#clock.now()) return known.found;
    // One look is enough for all that come with it meanwhile.
    const looking = this.#looking.get(hash);
    if (looking) return looking;
    const look = this.#lookUp(hash).finally(() => {
      if (this.#looking.get(hash) === look) this.#looking.delete(hash);
    });
    this.#looking.set(hash, look);
    return look;
  }

  /** Asks the store again for these. */
  forget(which: (found: Found) => boolean): void {
    this.#forgotten += 1;
    this.#looking.clear();
    for (const [hash, { found }] of this.#known) {
      if (which(found)) this.#known.delete(hash);
    }
  }

  async #lookUp(hash: string): Promise<Found | undefined> {
    const until = this.#clock.now() + believedMs;
    const forgotten = this.#forgotten;
    const found = await this.#look(hash);
    if (found === undefined) return undefined;
    if (this.#known.size >= mostBelieved) this.#known.clear();
    // What was found may be older than what was ended meanwhile.
    if (forgotten === this.#forgotten) this.#known.set(hash, { found, until });
    return found;
  }
}
