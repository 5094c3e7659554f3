import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { DeliveryStore, Fetched, HeldLane } from '../store/contract.ts';
import type { Moment } from './ownership.ts';

export interface HoldingsParts {
  readonly store: Pick<DeliveryStore, 'fetch' | 'holdings'>;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly moment: () => Moment;
  readonly onFetched: (fetched: Fetched, asked: Moment) => void;
  /** Told of all lanes that are this node's in the store, as of a moment and a time by the clock's `elapsed`. */
  readonly onLanes: (lanes: readonly HeldLane[], asked: Moment, at: number) => void;
}

/** How often this node compares what it has with what the store says it has. */
const lookMs = 5000;

/**
 * The deliveries that this node leases. Some it gets without asking: another node gives them to it and says so, but news
 * may get lost, and so may the answer of a publish or a claim that was carried out. So it looks from time to time.
 */
export class Holdings {
  readonly #parts: HoldingsParts;
  readonly #ids = new Set<string>();
  #born = new Set<string>();
  #fetching = false;
  #looking = false;
  #tasks = new Set<Promise<void>>();
  /** What was dropped while the store was asked, and may stand in its answer all the same. */
  readonly #dropped = new Set<string>();
  #stopped = true;
  #cancelTimer: () => void = () => {};

  constructor(parts: HoldingsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#ids.size;
  }

  ids(): string[] {
    return [...this.#ids];
  }

  /** False when it has it already. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    return true;
  }

  drop(ids: readonly string[]): void {
    for (const id of ids) {
      this.#ids.delete(id);
      if (this.#tasks.size > 0) this.#dropped.add(id);
    }
  }

  /** Looks now and from time to time. */
  start(): void {
    this.#stopped = false;
    this.look();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    await this.settled();
  }

  /** Resolves when the store is asked nothing any more that it was asked by now. */
  async settled(): Promise<void> {
    await Promise.all(this.#tasks);
  }

  /** Fetches the deliveries of events that another node gave to this one. */
  born(eventIds: readonly string[]): void {
    for (const id of eventIds) this.#born.add(id);
    if (!this.#fetching) this.#run(this.#fetchBorn());
  }

  /** Compares with the store what is this node's. */
  look(): void {
    if (!this.#looking && !this.#stopped) this.#run(this.#look());
  }

  #run(task: Promise<void>): void {
    const tracked: Promise<void> = task
      .catch((error: unknown) => this.#parts.log.error({ err: error }, 'the store could not be asked what is held'))
      .finally(() => {
        this.#tasks.delete(tracked);
        if (this.#tasks.size === 0) this.#dropped.clear();
      });
    this.#tasks.add(tracked);
  }

  async #fetchBorn(): Promise<void> {
    this.#fetching = true;
    try {
      while (this.#born.size > 0) {
        const eventIds = [...this.#born];
        this.#born = new Set();
        await this.#fetch({ eventIds });
      }
    } finally {
      this.#fetching = false;
    }
  }

  async #fetch(of: Parameters<DeliveryStore['fetch']>[1]): Promise<void> {
    const asked = this.#parts.moment();
    const { work, lanes } = await this.#parts.store.fetch(this.#parts.node, of);
    this.#parts.onFetched({ work: work.filter(({ delivery }) => !this.#dropped.has(delivery.id)), lanes }, asked);
  }

  async #look(): Promise<void> {
    const { store, node, clock, moment, onLanes } = this.#parts;
    this.#looking = true;
    this.#cancelTimer();
    try {
      const [asked, at] = [moment(), clock.elapsed()];
      const { deliveryIds, lanes } = await store.holdings(node);
      onLanes(lanes, asked, at);
      const ids = deliveryIds.filter((id) => !this.#ids.has(id) && !this.#dropped.has(id));
      if (ids.length > 0) await this.#fetch({ ids });
    } finally {
      this.#looking = false;
      if (!this.#stopped) this.#cancelTimer = clock.after(lookMs, () => this.look());
    }
  }
}
