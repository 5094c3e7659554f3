/** Chance that can be repeated: the same seed gives the same numbers. Mulberry32. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** 0 to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to, without, this. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Undefined when there is nothing to choose from. */
  oneOf<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }

  someOf<T>(items: readonly T[]): T[] {
    const probability = this.next();
    return items.filter(() => this.chance(probability));
  }
}
