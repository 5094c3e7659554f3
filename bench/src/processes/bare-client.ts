import { Child } from './calls.ts';
import type { Recorded } from './receiver.ts';

export type BareClientCalls = {
  prepare(origin: string, concurrency: number, recorded: readonly Recorded[]): void;
  post(count: number, concurrency: number): void;
};

/** The bare client's process. */
export class BareClient {
  readonly #child: Child<BareClientCalls> = new Child(new URL('./bare-client-child.ts', import.meta.url));
  #concurrency = 1;

  get pid(): number {
    return this.#child.pid;
  }

  async prepare(origin: string, concurrency: number, recorded: readonly Recorded[]): Promise<void> {
    this.#concurrency = concurrency;
    await this.#child.ask('prepare', [origin, concurrency, recorded]);
  }

  /** Resolves when that many requests are answered. */
  async post(count: number): Promise<void> {
    await this.#child.ask('post', [count, this.#concurrency], 60_000);
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }

  kill(): void {
    this.#child.kill();
  }
}
