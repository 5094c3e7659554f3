import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { Store } from '../contract/index.ts';
import { openDatabase, openToRead, sqliteStore } from './database.ts';
import { toStoreError } from './errors.ts';
import type { Answer, Call, Duty } from './messages.ts';

/** A thread of the store: SQLite waits for the disk at every commit, and here that blocks no request and no delivery. */
if (!parentPort) throw new Error('This module runs as a worker thread.');
const port = parentPort;
const { file, readOnly } = workerData as Duty;
const store = sqliteStore(readOnly ? openToRead(file) : openDatabase(file));
/** Whoever publishes waits for the answer. */
const urgent: Call['method'] = 'publish';
/** Calls that wait, the oldest first. */
const waiting: Call[] = [];
let isWorking = false;

port.on('message', (call: Call) => {
  waiting.push(call);
  if (!isWorking) void work();
});

async function work(): Promise<void> {
  isWorking = true;
  for (let call = next(); call; call = next()) port.postMessage(await perform(call));
  isWorking = false;
}

let wasUrgent = false;

/** Publishing takes turns with everything else, of which there can be much. */
function next(): Call | undefined {
  for (let arrived = receiveMessageOnPort(port); arrived; arrived = receiveMessageOnPort(port)) {
    waiting.push(arrived.message as Call);
  }
  const wanted = waiting.findIndex(({ method }) => (method === urgent) !== wasUrgent);
  const [call] = waiting.splice(Math.max(wanted, 0), 1);
  // What came before is answered before the store is closed.
  if (call?.method === 'close' && waiting.length > 0) {
    waiting.push(call);
    return next();
  }
  wasUrgent = call?.method === urgent;
  return call;
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
