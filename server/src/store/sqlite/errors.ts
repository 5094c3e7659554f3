import type { StoreErrorCode } from '../errors.ts';
import { StoreError } from '../errors.ts';

/** Translates SQLite's result codes: https://sqlite.org/rescode.html */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return new StoreError(meaning(resultCode(error)), messageOf(error), { cause: error });
}

/** Such as `SQLITE_BUSY`; empty for other errors. */
export function resultCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}

function meaning(code: string): StoreErrorCode {
  if (code === 'SQLITE_FULL') return 'storage_full';
  return /^SQLITE_(BUSY|LOCKED|IOERR|CANTOPEN|READONLY)/.test(code) ? 'unavailable' : 'failed';
}
