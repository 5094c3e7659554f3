import Database from 'better-sqlite3';
import { StoreError } from '../errors.ts';

/**
 * Makes sure that one process alone works on a SQLite store: two would send everything twice. The operating system ends
 * the lock with the process, however it dies.
 *
 * @returns a function that gives the lock back.
 * @throws {StoreError} `unavailable`, when another process holds it.
 */
export function lockSqlite(file: string): () => void {
  const lock = new Database(`${file}.lock`, { timeout: 0 });
  try {
    lock.pragma('journal_mode = DELETE');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    const message = `Another Bellhop server already uses ${file}. Stop it, or start this one with a DATA_DIR of its own.`;
    throw new StoreError('unavailable', message, { cause });
  }
  return () => lock.close();
}
