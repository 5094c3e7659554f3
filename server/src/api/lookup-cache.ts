import type { Clock } from '../clock.ts';

/** The longest that a key revoked on one node still works on another. */
const ttlMs = 5000;
const maxEntries = 10_000;

interface Entry<Found> {
  readonly found: Found;
  readonly expiresAt: number;
}

/** Caches what the store finds by a hash. Misses are not cached, and concurrent look-ups of one hash share a query. */
export class LookupCache<Found> {
  readonly #query: (hash: string) => Promise<Found | undefined>;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry<Found>>();
  readonly #pending = new Map<string, Promise<Found | undefined>>();
  #evictions = 0;

  constructor(query: (hash: string) => Promise<Found | undefined>, clock: Clock) {
    this.#query = query;
    this.#clock = clock;
  }

  async find(hash: string): Promise<Found | undefined> {
    const entry = this.#entries.get(hash);
    if (entry && entry.expiresAt > this.#clock.now()) return entry.found;
    const pending = this.#pending.get(hash);
    if (pending) return pending;
    const lookUp = this.#lookUp(hash).finally(() => {
      if (this.#pending.get(hash) === lookUp) this.#pending.delete(hash);
    });
    this.#pending.set(hash, lookUp);
    return lookUp;
  }

  /** Drops matching entries. Queries under way are not cached, as their results can be stale. */
  evict(matches: (found: Found) => boolean): void {
    this.#evictions += 1;
    this.#pending.clear();
    for (const [hash, { found }] of this.#entries) {
      if (matches(found)) this.#entries.delete(hash);
    }
  }

  async #lookUp(hash: string): Promise<Found | undefined> {
    const expiresAt = this.#clock.now() + ttlMs;
    const evictions = this.#evictions;
    const found = await this.#query(hash);
    if (found === undefined) return undefined;
    if (this.#entries.size >= maxEntries) this.#entries.clear();
    if (evictions === this.#evictions) this.#entries.set(hash, { found, expiresAt });
    return found;
  }
}
