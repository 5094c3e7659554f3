import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { makePrivateDirectory, makePrivateFile, tighten } from '../../security/private-files.ts';
import { StoreError } from '../errors.ts';
import { resultCode } from './errors.ts';

/**
 * Locks a SQLite store for this process: two processes would send everything twice. The operating system releases the
 * lock when the process ends, even by a crash. The store's files are for their owner alone.
 *
 * @returns a function that releases the lock.
 * @throws {StoreError} `unavailable`, when another process holds it or the file cannot be written.
 */
export function lockSqlite(file: string): () => void {
  let lock: Database.Database | undefined;
  try {
    makePrivateDirectory(dirname(file));
    makePrivateFile(`${file}.lock`);
    lock = new Database(`${file}.lock`, { timeout: 0 });
    lock.pragma('journal_mode = DELETE');
    lock.exec('BEGIN EXCLUSIVE');
    // SQLite gives the files beside it the same mode.
    makePrivateFile(file);
    for (const beside of ['-wal', '-shm']) tighten(file + beside);
  } catch (cause) {
    lock?.close();
    throw new StoreError('unavailable', problem(file, cause), { cause });
  }
  const held = lock;
  return () => held.close();
}

function problem(file: string, cause: unknown): string {
  if (resultCode(cause) === 'SQLITE_BUSY') {
    return `Another Bellhop server already uses ${file}. Stop it, or set DATA_DIR to another directory.`;
  }
  return `Cannot write ${file}.lock, or keep the files beside it from other users (${String(cause)}). Set DATA_DIR to a directory that belongs to this user.`;
}
