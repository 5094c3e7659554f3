import { pause, sharedNow, within } from '../measure/clock.ts';
import { Child } from './calls.ts';

export interface Arrivals {
  /** Of the events, one per delivery. */
  readonly ids: readonly string[];
  /** When each came, by the shared clock. */
  readonly times: Float64Array;
  readonly lastAt: number;
  /** Connections that were open at once. */
  readonly mostConnections: number;
}

/** A request as it came, to be sent again byte for byte. */
export interface Recorded {
  readonly path: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export type ReceiverCalls = {
  listen(): string;
  reset(): void;
  arrivals(): Arrivals;
  record(): void;
  recorded(): Recorded[];
  hang(): void;
  held(): number;
  letGo(): void;
};

interface Waiting {
  readonly count: number;
  readonly resolve: () => void;
}

/** The receiver's process, and how far it is. */
export class Receiver {
  readonly #child: Child<ReceiverCalls>;
  #url = '';
  #arrived = 0;
  #waiting: Waiting[] = [];

  constructor() {
    this.#child = new Child(new URL('./receiver-child.ts', import.meta.url), (arrived) => this.#hear(arrived));
  }

  async start(): Promise<void> {
    this.#url = await this.#child.ask('listen', []);
  }

  url(path: string): string {
    return this.#url + path;
  }

  get arrived(): number {
    return this.#arrived;
  }

  /** Starts to count anew. Nothing may be on its way. */
  async reset(): Promise<void> {
    await this.#child.ask('reset', []);
    this.#arrived = 0;
  }

  /** Resolves once that many deliveries have come since the last reset. */
  async atLeast(count: number, longestMs = 60_000): Promise<void> {
    if (this.#arrived >= count) return;
    const there = new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
    await within(longestMs, `Waiting for ${count} deliveries (${this.#arrived} had come)`, there);
  }

  arrivals(): Promise<Arrivals> {
    return this.#child.ask('arrivals', []);
  }

  /** The deliveries of these events that have come since the last reset. */
  async arrivalsOf(eventIds: readonly string[]): Promise<{ id: string; at: number }[]> {
    const wanted = new Set(eventIds);
    const { ids, times } = await this.arrivals();
    return ids.flatMap((id, index) => (wanted.has(id) ? [{ id, at: times[index] ?? Number.NaN }] : []));
  }

  /** Keeps the next 1,000 requests as they come. */
  record(): Promise<void> {
    return this.#child.ask('record', []);
  }

  recorded(): Promise<Recorded[]> {
    return this.#child.ask('recorded', []);
  }

  /** From now on accepts requests below `/hang` and never answers them. */
  hang(): Promise<void> {
    return this.#child.ask('hang', []);
  }

  /** Resolves once so many requests wait for an answer that does not come. */
  async holds(count: number, longestMs = 20_000): Promise<void> {
    const end = sharedNow() + longestMs;
    while ((await this.#child.ask('held', [])) < count) {
      if (sharedNow() > end) throw new Error(`The receiver does not hold ${count} requests.`);
      await pause(20);
    }
  }

  held(): Promise<number> {
    return this.#child.ask('held', []);
  }

  /** Answers what it held back, and from now on at once. */
  letGo(): Promise<void> {
    return this.#child.ask('letGo', []);
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }

  kill(): void {
    this.#child.kill();
  }

  #hear(arrived: number): void {
    this.#arrived = arrived;
    const ready = this.#waiting.filter(({ count }) => count <= arrived);
    this.#waiting = this.#waiting.filter(({ count }) => count > arrived);
    for (const { resolve } of ready) resolve();
  }
}
