import type { PublishOptions, PublishRequest, PublishResult, PublishStore } from '../store/contract.ts';

/** Events per transaction: enough to share a commit, few enough that nobody waits long for the others. */
const eventsPerBatch = 1000;

/** What goes with a transaction: what the store is told, and what its answer is to be understood by. */
export interface Begin<Context> {
  readonly options: PublishOptions;
  readonly context: Context;
}

export interface Published<Context> {
  readonly result: PublishResult;
  readonly context: Context;
}

interface Waiting<Context> {
  readonly request: PublishRequest;
  readonly resolve: (published: Published<Context>) => void;
  readonly reject: (error: unknown) => void;
}

/** Group commit: requests that arrive while a transaction is under way share the next one. */
export class PublishBatcher<Context> {
  readonly #store: PublishStore;
  readonly #begin: () => Begin<Context>;
  readonly #waiting: Waiting<Context>[] = [];
  #writing = false;

  /** @param begin asked when a transaction begins. */
  constructor(store: PublishStore, begin: () => Begin<Context>) {
    this.#store = store;
    this.#begin = begin;
  }

  /** Resolves when the request is stored durably. */
  publish(request: PublishRequest): Promise<Published<Context>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (!this.#writing) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#writing = true;
    // Requests of the same tick arrive one after the other; give them the chance to go together.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) await this.#write(this.#nextBatch());
    this.#writing = false;
  }

  #nextBatch(): Waiting<Context>[] {
    let events = 0;
    const end = this.#waiting.findIndex(({ request }) => {
      events += request.events.length;
      return events > eventsPerBatch;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : Math.max(end, 1));
  }

  async #write(batch: readonly Waiting<Context>[]): Promise<void> {
    try {
      const requests = batch.map(({ request }) => request);
      const { options, context } = this.#begin();
      const results = await this.#store.publish(requests, options);
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index];
        if (result) resolve({ result, context });
        else reject(new Error('The store gave no answer for a published event.'));
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
