import { Worker } from 'node:worker_threads';
import type { Store } from '../contract/index.ts';
import { StoreError } from '../errors.ts';
import { lockSqlite } from './lock.ts';
import type { Answer, Call, Duty } from './messages.ts';

/**
 * What only reads, and may read much. While the thread that writes is busy, another one reads, so that neither waits for
 * the other.
 */
const reads: ReadonlySet<string> = new Set<keyof Store>([
  ...(['listEvents', 'getEvent', 'listAttempts', 'getAttempts', 'newestAttempts'] as const),
  ...(['listDeliveries', 'listDeliveriesOfEvent', 'getDelivery', 'listAttemptsOfDeliveries', 'lastAttempts'] as const),
  ...(['countsOf', 'backlog', 'listWebhooks', 'listJobs', 'listOrganizations', 'listApiKeys'] as const),
]);

/**
 * A SQLite file as a store in worker threads. Closing waits for the calls under way.
 *
 * @param onLost called when the thread that writes ends before it is closed: nothing can be stored any more.
 * @throws {StoreError} `unavailable`, when another process uses the file or it cannot be written.
 */
export async function openSqliteStore(file: string, onLost: (error: StoreError) => void = () => {}): Promise<Store> {
  const unlock = lockSqlite(file);
  const writer = new Calls(newWorker({ file, readOnly: false }), onLost);
  let reader: Calls | undefined;
  let closing: Promise<void> | undefined;
  const threadFor = (method: string): Calls => {
    if (closing || !reads.has(method) || (!reader && !writer.isBusy)) return writer;
    reader ??= new Calls(newWorker({ file, readOnly: true }), () => {
      reader = undefined;
    });
    return reader;
  };
  const close = () => {
    closing ??= Promise.all([reader?.end(), writer.end()])
      .then(() => {})
      .finally(unlock);
    return closing;
  };
  return new Proxy({} as Store, {
    get(_, method) {
      // `await` looks up `then` to tell whether this is a promise.
      if (typeof method === 'symbol' || method === 'then') return undefined;
      return method === 'close' ? close : (...args: readonly unknown[]) => threadFor(method).send(method, args);
    },
  });
}

function newWorker(duty: Duty): Worker {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new Worker(new URL(`./worker.${extension}`, import.meta.url), { workerData: duty });
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StoreError) => void;
}

/** Calls to a worker, and their results. */
class Calls {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #ended: StoreError | undefined;

  constructor(worker: Worker, onLost: (error: StoreError) => void) {
    this.#worker = worker;
    const lost = (reason: string) => {
      const known = this.#ended;
      this.#fail(new StoreError('unavailable', `The store stopped: ${reason}`));
      if (!known && this.#ended) onLost(this.#ended);
    };
    worker.on('message', (answer: Answer) => this.#settle(answer));
    worker.on('error', (error) => lost(error.message));
    worker.on('exit', (code) => lost(`its thread exited with code ${code}`));
  }

  /** A call would wait for others. */
  get isBusy(): boolean {
    return this.#pending.size > 0;
  }

  send(method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#ended);
    this.#lastId += 1;
    const call: Call = { id: this.#lastId, method, args };
    return new Promise((resolve, reject) => {
      this.#pending.set(call.id, { resolve, reject });
      this.#worker.postMessage(call);
    });
  }

  /** Rejects new calls. Resolves when those under way are complete and the worker has ended. */
  async end(): Promise<void> {
    const closed = this.send('close', []);
    this.#ended ??= new StoreError('unavailable', 'The store is closed.');
    // If the worker has already ended, the file is closed.
    await closed.catch(() => {});
    await this.#worker.terminate();
  }

  #settle(answer: Answer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if (answer.ok) pending?.resolve(answer.value);
    else pending?.reject(new StoreError(answer.code, answer.message));
  }

  #fail(error: StoreError): void {
    this.#ended ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
  }
}
