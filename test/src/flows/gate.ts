/** Open at first. Who comes while it is closed waits until it is opened. */
export class Gate {
  #open = true;
  #passed = 0;
  #waiting: (() => void)[] = [];

  /** How often somebody went through. */
  get passed(): number {
    return this.#passed;
  }

  open(): void {
    this.#open = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  close(): void {
    this.#open = false;
  }

  async pass(): Promise<void> {
    if (!this.#open) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#passed += 1;
  }
}
