import type { Selectable } from 'kysely';
import type { Tables } from '../tables.ts';

/** The names of all integer columns. A name has the same type in every table. */
type IntegerColumn = { [Name in keyof Tables]: IntegerOf<Selectable<Tables[Name]>> }[keyof Tables];

type IntegerOf<Row> = { [Column in keyof Row]: NonNullable<Row[Column]> extends number ? Column : never }[keyof Row];

/** Complete by its type. */
const integers: Readonly<Record<IntegerColumn, true>> = {
  acknowledges: true,
  affected: true,
  alive_until: true,
  attempts: true,
  backlogged: true,
  completed_at: true,
  consecutive_failures: true,
  created_at: true,
  delivered: true,
  delivers: true,
  due_at: true,
  duration_ms: true,
  examined: true,
  expires_at: true,
  failed: true,
  failures: true,
  gone_answers: true,
  hour: true,
  kept_until: true,
  last_used_at: true,
  left_at: true,
  next_attempt_at: true,
  listener: true,
  number: true,
  occurred_at: true,
  rest_hook: true,
  revision: true,
  term: true,
  revoked_at: true,
  session_ms: true,
  single_use: true,
  slot: true,
  started_at: true,
  status_code: true,
  status_until: true,
  stepped_at: true,
  test: true,
  throttled: true,
  updated_at: true,
  used_at: true,
};

/** The type of a column in a list of rows, which cannot be inferred when all values are null. */
export function typeOf(column: string): 'bigint' | 'text' {
  return Object.hasOwn(integers, column) ? 'bigint' : 'text';
}
