import type { Logger } from 'pino';
import { Backoff, storePauses } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import type { Work } from '../model.ts';
import type { DeliveryStore } from '../store/contract.ts';

type How = 'release' | 'spill';

/** Told once the store has them. */
type OnReturned = (how: How, work: readonly Work[]) => void;

/** Gives deliveries that this node leases back to the store, again and again until the store has them. */
export class Returner {
  readonly #store: Pick<DeliveryStore, 'release' | 'spill'>;
  readonly #node: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #onReturned: OnReturned;
  readonly #returning = new Set<Promise<void>>();
  #stopping = false;

  constructor(parts: {
    readonly store: Pick<DeliveryStore, 'release' | 'spill'>;
    readonly node: string;
    readonly clock: Clock;
    readonly log: Logger;
    readonly onReturned: OnReturned;
  }) {
    this.#store = parts.store;
    this.#node = parts.node;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#onReturned = parts.onReturned;
  }

  /** Anyone may claim them. */
  release(work: readonly Work[]): void {
    this.#start('release', work);
  }

  /** They found no room in their lane; this node fetches them again when there is. */
  spill(work: readonly Work[]): void {
    this.#start('spill', work);
  }

  /** Resolves when everything is given back. */
  async settled(): Promise<void> {
    while (this.#returning.size > 0) await Promise.all(this.#returning);
  }

  /** Resolves when everything is given back, or could not be: then the node's lease runs out. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#returning);
  }

  #start(how: How, work: readonly Work[]): void {
    if (work.length === 0) return;
    const task: Promise<void> = this.#return(how, work).finally(() => this.#returning.delete(task));
    this.#returning.add(task);
  }

  async #return(how: How, work: readonly Work[]): Promise<void> {
    const ids = work.map((each) => each.delivery.id);
    const backoff = new Backoff(storePauses);
    for (;;) {
      try {
        await this.#store[how](this.#node, ids, this.#clock.now());
        this.#onReturned(how, work);
        return;
      } catch (error) {
        this.#log.error({ err: error, deliveries: ids.length }, 'deliveries could not be given back');
        if (this.#stopping) return;
        await new Promise<void>((resolve) => this.#clock.after(backoff.next(), resolve));
      }
    }
  }
}
