/** Milliseconds after which others have the event loop. */
const longestMs = 4;

/**
 * Begins requests in turns: one of each party after another. A party that sends hundreds at once does not hold up
 * another one's. A request that comes alone begins at once.
 */
export class FairTurns {
  readonly #queues = new Map<string, (() => void)[]>();
  #isScheduled = false;

  /** @param begin runs until it waits for something */
  take(party: string, begin: () => void): void {
    if (!this.#isScheduled) {
      this.#schedule();
      begin();
      return;
    }
    const queue = this.#queues.get(party);
    if (queue) queue.push(begin);
    else this.#queues.set(party, [begin]);
  }

  #schedule(): void {
    this.#isScheduled = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    this.#isScheduled = this.#queues.size > 0;
    if (!this.#isScheduled) return;
    setImmediate(() => this.#run());
    const end = performance.now() + longestMs;
    for (let next = this.#next(); next; next = performance.now() < end ? this.#next() : undefined) next();
  }

  #next(): (() => void) | undefined {
    const [first] = this.#queues;
    if (!first) return undefined;
    const [party, queue] = first;
    const begin = queue.shift();
    this.#queues.delete(party);
    if (queue.length > 0) this.#queues.set(party, queue);
    return begin;
  }
}

/** Of one party at a time. */
const mostReads = 2;

/** Lets a party read a little at a time, as an answer is made in one go. */
export class FewReads {
  readonly #parties = new Map<string, { underWay: number; readonly waiting: (() => void)[] }>();

  async run<T>(party: string, read: () => Promise<T>): Promise<T> {
    const reads = this.#parties.get(party) ?? { underWay: 0, waiting: [] };
    this.#parties.set(party, reads);
    if (reads.underWay < mostReads) reads.underWay += 1;
    else await new Promise<void>((resolve) => reads.waiting.push(resolve));
    try {
      return await read();
    } finally {
      const next = reads.waiting.shift();
      if (next) setImmediate(next);
      else reads.underWay -= 1;
      if (reads.underWay === 0) this.#parties.delete(party);
    }
  }
}
