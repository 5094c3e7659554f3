import { parentPort, workerData } from 'node:worker_threads';
import type { Store } from '../contract/index.ts';
import { openDatabase, openToRead, sqliteStore } from './database.ts';
import { toStoreError } from './errors.ts';
import type { Answer, Call, Duty } from './messages.ts';

/** A thread of the store: SQLite waits for the disk at every commit, and here that blocks no request and no delivery. */
if (!parentPort) throw new Error('This module runs as a worker thread.');
const port = parentPort;
const { file, readOnly } = workerData as Duty;
const store = sqliteStore(readOnly ? openToRead(file) : openDatabase(file));
const underWay = new Set<Promise<void>>();

port.on('message', (call: Call) => {
  const task: Promise<void> = answer(call).finally(() => underWay.delete(task));
  underWay.add(task);
});

async function answer(call: Call): Promise<void> {
  // Earlier calls complete first.
  if (call.method === 'close') await Promise.all(underWay);
  port.postMessage(await perform(call));
}

async function perform({ id, method, args }: Call): Promise<Answer> {
  try {
    const run = store[method as keyof Store] as (...args: readonly unknown[]) => Promise<unknown>;
    return { id, ok: true, value: await run(...args) };
  } catch (error) {
    const { code, message } = toStoreError(error);
    return { id, ok: false, code, message };
  }
}
