import { parentPort, workerData } from 'node:worker_threads';
import type { Store } from '../contract.ts';
import type { StoreErrorCode } from '../errors.ts';
import { openSqlite } from './database.ts';
import type { Answer, Call } from './messages.ts';

/**
 * The store's own thread. SQLite waits for the disk at every commit; here that wait holds up no request and no delivery.
 */
if (!parentPort) throw new Error('This module runs as a worker thread.');
const port = parentPort;
const store = openSqlite(String(workerData));

port.on('message', ({ id, method, args }: Call) => {
  const call = store[method as keyof Store] as (...args: readonly unknown[]) => Promise<unknown>;
  call.apply(store, args as unknown[]).then(
    (value) => answer({ id, ok: true, value }),
    (error: unknown) => answer({ id, ok: false, ...describe(error) }),
  );
});

function answer(message: Answer): void {
  port.postMessage(message);
}

function describe(error: unknown): { code: StoreErrorCode; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') return { code: 'storage_full', message };
  if (/^SQLITE_(BUSY|LOCKED|IOERR|CANTOPEN|READONLY)/.test(code)) return { code: 'unavailable', message };
  return { code: 'failed', message };
}
