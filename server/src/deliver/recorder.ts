import type { Logger } from 'pino';
import { Backoff, storePauses } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import type { AttemptResult, DeliveryStore, Recorded } from '../store/contract.ts';

/** Results per transaction. */
const batchSize = 500;
/** Results that may wait to be written before nothing more is sent. */
const mostWaiting = 5000;
/**
 * Writes results down: those that arrive while a batch is being written go together with the next one. When the store
 * cannot write, it keeps them and tries again; nothing is forgotten, and {@link stalled} says that sending should pause.
 */
export class Recorder {
  readonly #store: Pick<DeliveryStore, 'record'>;
  readonly #node: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #ending: AbortSignal;
  readonly #onRecorded: (results: readonly AttemptResult[], recorded: Recorded) => void;
  readonly #backoff = new Backoff(storePauses);
  #waiting: AttemptResult[] = [];
  #active = false;
  #writing: Promise<void> = Promise.resolve();
  #failing = false;

  constructor(parts: {
    readonly store: Pick<DeliveryStore, 'record'>;
    readonly node: string;
    readonly clock: Clock;
    readonly log: Logger;
    /** Aborted when what cannot be written is to be given up. */
    readonly ending: AbortSignal;
    readonly onRecorded: (results: readonly AttemptResult[], recorded: Recorded) => void;
  }) {
    this.#store = parts.store;
    this.#node = parts.node;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#ending = parts.ending;
    this.#onRecorded = parts.onRecorded;
  }

  get stalled(): boolean {
    return this.#failing || this.#waiting.length >= mostWaiting;
  }

  add(result: AttemptResult): void {
    this.#waiting.push(result);
    if (!this.#active) this.#writing = this.#writeAll();
  }

  /** Resolves when everything added so far is written, or given up. */
  async flush(): Promise<void> {
    while (this.#active) await this.#writing;
  }

  async #writeAll(): Promise<void> {
    this.#active = true;
    // Results of the same tick arrive one after the other; give them the chance to go together.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, batchSize);
      const recorded = await this.#write(batch);
      if (recorded) {
        this.#waiting.splice(0, batch.length);
        this.#onRecorded(batch, recorded);
      } else if (this.#ending.aborted) {
        // Those deliveries are sent again one day.
        break;
      } else {
        await new Promise<void>((resolve) => this.#clock.after(this.#backoff.next(), resolve));
      }
    }
    // In the same breath as the last look: a result that comes after it starts anew.
    this.#active = false;
  }

  /** Null when the store could not write it. */
  async #write(batch: readonly AttemptResult[]): Promise<Recorded | null> {
    try {
      const recorded = await this.#store.record(this.#node, batch, this.#clock.now());
      this.#failing = false;
      this.#backoff.reset();
      return recorded;
    } catch (error) {
      this.#failing = true;
      this.#log.error({ err: error, results: batch.length }, 'results could not be written; trying again');
      return null;
    }
  }
}
