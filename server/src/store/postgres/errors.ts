import type { StoreErrorCode } from '../errors.ts';
import { StoreError } from '../errors.ts';

/** What PostgreSQL's SQLSTATEs and its driver's errors mean for the store: https://www.postgresql.org/docs/18/errcodes-appendix.html */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return new StoreError(meaning(error), messageOf(error), { cause: error });
}

/**
 * Whether a transaction was given up for others beside it: a deadlock, a serialization failure, or a REST hook that
 * somebody else made the same meanwhile, which a second look finds.
 */
export function retryable(error: unknown): boolean {
  const code = codeOf(error);
  if (code === '23505') return property(error, 'constraint') === 'webhooks_subscription_key';
  return code === '40001' || code === '40P01';
}

/**
 * Whether nothing more can be had over the connection that an error came by: it broke, a deadline passed, or it leads to a
 * server that is shutting down or has become a standby.
 */
export function breaksConnection(error: unknown): boolean {
  const code = codeOf(error);
  if (isSqlState(code)) return ending.test(code) || /^(FATAL|PANIC)$/.test(property(error, 'severity'));
  return toStoreError(error).code === 'unavailable';
}

/**
 * 08: connection lost. 28, 3D: the server refuses who connects. 40, 55P03: others stand in the way. 53: no connections, no
 * memory. 57014, 25P03, 25P04: took too long. 57P: shutting down or starting. 25006: a standby, which takes no writes.
 */
const unavailable = /^(08|28|3D|40|53|57P|57014$|55P03$|25P03$|25P04$|25006$)/;

/** The server's words differ by its language, so its codes are asked too. */
const ending = /^(08|57P|25P03$|25P04$|25006$)/;

function meaning(error: unknown): StoreErrorCode {
  const code = codeOf(error);
  if (code === '53100') return 'storage_full';
  if (isSqlState(code)) return unavailable.test(code) ? 'unavailable' : 'failed';
  if (code) return 'unavailable';
  return ofTheDriver.test(messageOf(error)) ? 'unavailable' : 'failed';
}

/** A system's error (`ECONNREFUSED`) is no SQLSTATE, which has five characters, the first two of them a class. */
function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E');
}

/** What the driver says of connections that ended, without giving a code. */
const ofTheDriver =
  /^(Connection terminated|timeout exceeded when trying to connect|Client (has encountered|was closed)|Cannot use a pool after|driver has already been destroyed|Postgres connection has been discarded)/;

function codeOf(error: unknown): string {
  return property(error, 'code');
}

function property(error: unknown, name: 'code' | 'constraint' | 'message' | 'severity'): string {
  if (typeof error !== 'object' || error === null) return '';
  const value = (error as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : '';
}

/** Several addresses that all refused are one error without a message. */
function messageOf(error: unknown): string {
  return property(error, 'message') || codeOf(error) || String(error);
}
