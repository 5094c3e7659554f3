import { Worker } from 'node:worker_threads';
import type { Store } from '../contract/index.ts';
import { StoreError } from '../errors.ts';
import { lockSqlite } from './lock.ts';
import type { Answer, Call } from './messages.ts';

/**
 * A SQLite file as a store in a worker thread. Closing waits for the calls under way.
 *
 * @param onLost called when the thread ends before it is closed: nothing can be stored any more.
 * @throws {StoreError} `unavailable`, when another process uses the file or it cannot be written.
 */
export async function openSqliteStore(file: string, onLost: (error: StoreError) => void = () => {}): Promise<Store> {
  const unlock = lockSqlite(file);
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), { workerData: file });
  const calls = new Calls(worker, onLost);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= calls.end().finally(unlock);
    return closing;
  };
  return new Proxy({} as Store, {
    get(_, method) {
      // `await` looks up `then` to tell whether this is a promise.
      if (typeof method === 'symbol' || method === 'then') return undefined;
      return method === 'close' ? close : (...args: readonly unknown[]) => calls.send(method, args);
    },
  });
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StoreError) => void;
}

/** Calls to the worker, and their results. */
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
