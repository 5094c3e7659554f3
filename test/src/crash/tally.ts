/** A count that can be waited for. */
export class Tally {
  #count = 0;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  get count(): number {
    return this.#count;
  }

  add(more: number): void {
    this.#count += more;
    const ready = this.#waiting.filter(({ count }) => count <= this.#count);
    this.#waiting = this.#waiting.filter(({ count }) => count > this.#count);
    for (const { resolve } of ready) resolve();
  }

  async atLeast(count: number): Promise<void> {
    if (this.#count < count) await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
  }
}
