export interface BatchParts<Item> {
  /** Deals with items that go together. Must not throw. */
  readonly write: (items: readonly Item[]) => Promise<void>;
  /** Takes those that go together out of the list of those that wait, at least one. Default: all. */
  readonly take?: (waiting: Item[]) => Item[];
}

/** Group commit: what is added while a write is under way goes together with the next one. */
export class Batch<Item> {
  readonly #parts: BatchParts<Item>;
  #waiting: Item[] = [];
  #underWay = 0;
  #active = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: BatchParts<Item>) {
    this.#parts = parts;
  }

  /** Items that are not written yet. */
  get size(): number {
    return this.#underWay + this.#waiting.length;
  }

  add(items: readonly Item[]): void {
    if (items.length === 0) return;
    for (const item of items) this.#waiting.push(item);
    if (!this.#active) this.#writing = this.#work();
  }

  /** Resolves when nothing waits and nothing is being written. */
  async flush(): Promise<void> {
    while (this.#active) await this.#writing;
  }

  async #work(): Promise<void> {
    this.#active = true;
    // What arrives in the same turn of the event loop goes together.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const batch = this.#parts.take?.(this.#waiting) ?? this.#waiting.splice(0);
      this.#underWay = batch.length;
      await this.#parts.write(batch);
      this.#underWay = 0;
    }
    // No await since the condition was checked, so no item is left behind.
    this.#active = false;
  }
}
