import { Worker } from 'node:worker_threads';
import type { Store } from '../contract/index.ts';
import { StoreError } from '../errors.ts';
import { lockSqlite } from './lock.ts';
import type { Answer, Call } from './messages.ts';

/**
 * A SQLite file as a store that lives in a thread of its own. Closing it waits for the calls that are under way.
 *
 * @param onLost told when the thread ends without having been closed: nothing can be stored any more.
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
      // Looking up `then` is how `await` asks whether this is a promise.
      if (typeof method === 'symbol' || method === 'then') return undefined;
      return method === 'close' ? close : (...args: readonly unknown[]) => calls.send(method, args);
    },
  });
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StoreError) => void;
}

/** Calls to the worker that wait for their answer. */
class Calls {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #ended: StoreError | undefined;

  constructor(worker: Worker, onLost: (error: StoreError) => void) {
    this.#worker = worker;
    const lose = (reason: string) => {
      const known = this.#ended;
      this.#fail(new StoreError('unavailable', `The store stopped: ${reason}`));
      if (!known && this.#ended) onLost(this.#ended);
    };
    worker.on('message', (answer: Answer) => this.#settle(answer));
    worker.on('error', (error) => lose(error.message));
    worker.on('exit', (code) => lose(`its thread ended with ${code}`));
  }

  send(method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#ended);
    this.#lastId += 1;
    const call: Call = { id: this.#lastId, method, args };
    return new Promise((resolve, reject) => {
      this.#waiting.set(call.id, { resolve, reject });
      this.#worker.postMessage(call);
    });
  }

  /** Takes no more calls. Resolves when those under way are answered and the worker has ended. */
  async end(): Promise<void> {
    const closed = this.send('close', []);
    this.#ended ??= new StoreError('unavailable', 'The store is closed.');
    // A worker that stopped by itself has closed the file by ending.
    await closed.catch(() => {});
    await this.#worker.terminate();
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.ok) waiting?.resolve(answer.value);
    else waiting?.reject(new StoreError(answer.code, answer.message));
  }

  #fail(error: StoreError): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
