import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { StoreError } from '../errors.ts';
import { resultCode } from './errors.ts';

/**
 * Makes sure that one process alone works on a SQLite store: two would send everything twice. The operating system ends
 * the lock with the process, however it dies.
 *
 * @returns a function that gives the lock back.
 * @throws {StoreError} `unavailable`, when another process holds it or the file cannot be written.
 */
export function lockSqlite(file: string): () => void {
  let lock: Database.Database | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true });
    lock = new Database(`${file}.lock`, { timeout: 0 });
    lock.pragma('journal_mode = DELETE');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock?.close();
    throw new StoreError('unavailable', problem(file, cause), { cause });
  }
  const held = lock;
  return () => held.close();
}

function problem(file: string, cause: unknown): string {
  if (resultCode(cause) === 'SQLITE_BUSY') {
    return `Another Bellhop server already uses ${file}. Stop it, or start this one with a DATA_DIR of its own.`;
  }
  return `${file}.lock cannot be written (${String(cause)}). Make DATA_DIR a directory that this server may write to.`;
}
