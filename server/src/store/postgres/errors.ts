import type { StoreErrorCode } from '../errors.ts';
import { StoreError } from '../errors.ts';

/** Translates PostgreSQL's SQLSTATEs (https://www.postgresql.org/docs/18/errcodes-appendix.html) and driver errors. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return new StoreError(meaning(error), messageOf(error), { cause: error });
}

/**
 * True when a transaction failed because of a concurrent one: a deadlock, a serialization failure, or an equal REST
 * hook created at the same time, which the retry finds.
 */
export function retryable(error: unknown): boolean {
  const code = codeOf(error);
  if (code === '23505') return property(error, 'constraint') === 'webhooks_subscription_key';
  return code === '40001' || code === '40P01';
}

/**
 * True when the connection is unusable after an error: it broke, a deadline passed, or its server is shutting down or
 * has become a standby.
 */
export function breaksConnection(error: unknown): boolean {
  const code = codeOf(error);
  if (isSqlState(code)) return fatal.test(code) || /^(FATAL|PANIC)$/.test(property(error, 'severity'));
  return toStoreError(error).code === 'unavailable';
}

/**
 * 08: connection lost. 28, 3D: connection refused by the server. 40, 55P03: conflicts and locks. 53: out of connections
 * or memory. 57014, 25P03, 25P04: timed out. 57P: shutting down or starting. 25006: a standby, which is read-only.
 */
const unavailable = /^(08|28|3D|40|53|57P|57014$|55P03$|25P03$|25P04$|25006$)/;

/** Codes of fatal errors: the severity is translated into the server's language. */
const fatal = /^(08|57P|25P03$|25P04$|25006$)/;

function meaning(error: unknown): StoreErrorCode {
  const code = codeOf(error);
  if (code === '53100') return 'storage_full';
  if (isSqlState(code)) return unavailable.test(code) ? 'unavailable' : 'failed';
  if (code) return 'unavailable';
  return connectionEnded.test(messageOf(error)) ? 'unavailable' : 'failed';
}

/** A SQLSTATE has five characters; a system error such as `EPIPE` is not one. */
function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E');
}

/** The driver's messages for ended connections, which have no code. */
const connectionEnded =
  /^(Connection terminated|timeout exceeded when trying to connect|Client (has encountered|was closed)|Cannot use a pool after|driver has already been destroyed|Postgres connection has been discarded)/;

function codeOf(error: unknown): string {
  return property(error, 'code');
}

function property(error: unknown, name: 'code' | 'constraint' | 'message' | 'severity'): string {
  if (typeof error !== 'object' || error === null) return '';
  const value = (error as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : '';
}

/** When all addresses of a host fail, the error has no message. */
function messageOf(error: unknown): string {
  return property(error, 'message') || codeOf(error) || String(error);
}
