/** A bounded queue for one reader. */
export class FeedReader<Item, Shown> implements AsyncIterableIterator<Shown, undefined> {
  readonly #most: number;
  readonly #show: (item: Item) => Shown;
  readonly #onClosed: () => void;
  #items: Item[] = [];
  #waiting: ((result: IteratorResult<Shown, undefined>) => void)[] = [];
  #closed = false;

  /**
   * @param most items that may wait; when there are more, the stream ends.
   * @param show what the reader gets of an item.
   */
  constructor(most: number, show: (item: Item) => Shown, onClosed: () => void) {
    this.#most = most;
    this.#show = show;
    this.#onClosed = onClosed;
  }

  push(item: Item): void {
    if (this.#closed) return;
    const waiting = this.#waiting.shift();
    if (waiting) waiting({ done: false, value: this.#show(item) });
    else if (this.#items.length < this.#most) this.#items.push(item);
    else this.#close();
  }

  async next(): Promise<IteratorResult<Shown, undefined>> {
    const item = this.#items.shift();
    if (item !== undefined) return { done: false, value: this.#show(item) };
    if (this.#closed) return end;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Ends the stream, and a `next` that waits. */
  async return(): Promise<IteratorResult<Shown, undefined>> {
    this.#close();
    return end;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#items = [];
    for (const resolve of this.#waiting.splice(0)) resolve(end);
    this.#onClosed();
  }
}

const end = { done: true, value: undefined } as const;
