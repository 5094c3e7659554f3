import type { AliasedExpression } from 'kysely';
import { CastNode, DataTypeNode, ExpressionWrapper, ParensNode, ValueListNode, ValueNode, ValuesNode } from 'kysely';
import type { Db, NewRow, Tables } from '../tables.ts';

/** How much goes into one statement, set by each dialect's adapter. */
export interface Batches {
  /** Rows per INSERT or list of rows. */
  readonly rows: number;
  /** Characters of text in the rows of a statement; a single row can have more. */
  readonly characters: number;
  /** Ids per `IN (…)`. */
  readonly ids: number;
  /** For databases where the text of a statement depends on its size: few sizes mean few statements to prepare. */
  readonly powersOfTwo: boolean;
}

export interface BatchingAdapter {
  readonly batches: Batches;
}

function batchesOf(db: Db): Batches {
  return (db.getExecutor().adapter as unknown as BatchingAdapter).batches;
}

export async function insertMany<Name extends keyof Tables>(db: Db, table: Name, rows: NewRow<Name>[]): Promise<void> {
  for (const some of insertChunks(db, rows)) await db.insertInto(table).values(some).execute();
}

/** True when the rows need at most one statement. */
export function fitsOne(db: Db, rows: readonly object[]): boolean {
  const [first = []] = insertChunks(db, rows);
  return first.length === rows.length;
}

/** Splits rows by statement. */
export function* insertChunks<T extends object>(db: Db, rows: readonly T[]): Generator<T[]> {
  const { rows: max, characters, powersOfTwo } = batchesOf(db);
  let size = max;
  for (let start = 0; start < rows.length; start += size) {
    size = powersOfTwo ? halved(size, rows.length - start) : fitting(rows.slice(start, start + max), characters);
    yield rows.slice(start, start + size);
  }
}

function halved(size: number, max: number): number {
  return size <= max ? size : halved(size / 2, max);
}

/** The number of leading rows that have at most `max` characters together; at least one. */
function fitting(rows: readonly object[], max: number): number {
  let characters = 0;
  const end = rows.findIndex((row) => {
    for (const value of Object.values(row)) characters += typeof value === 'string' ? value.length : 0;
    return characters > max;
  });
  return end === -1 ? rows.length : Math.max(end, 1);
}

/** Runs a query for chunks of the ids and concatenates the rows. Without ids, no query runs. */
export async function inChunks<R>(
  db: Db,
  ids: readonly string[],
  query: (ids: readonly string[]) => Promise<R[]>,
): Promise<R[]> {
  const { ids: max, powersOfTwo } = batchesOf(db);
  const rows: R[] = [];
  for (let start = 0; start < ids.length; start += max) {
    const some = ids.slice(start, start + max);
    for (const row of await query(powersOfTwo ? padded(some) : some)) rows.push(row);
  }
  return rows;
}

/** Repeats the last id up to a power of two, which does not change the meaning of `IN`. */
function padded(ids: readonly string[]): readonly string[] {
  const length = 2 ** Math.ceil(Math.log2(ids.length));
  return [...ids, ...new Array<string>(length - ids.length).fill(ids.at(-1) ?? '')];
}

type Value = string | number | null;

/** Rows of values as a table. Its columns are `column1`, `column2` and so on, the names that both databases have. */
export function listed<Columns, Alias extends string>(
  types: readonly ('text' | 'bigint')[],
  rows: readonly (readonly Value[])[],
  alias: Alias,
): AliasedExpression<Columns, Alias> {
  const dataTypes = types.map((type) => DataTypeNode.create(type));
  const cast = (value: Value, index: number) =>
    CastNode.create(ValueNode.create(value), dataTypes[index] ?? DataTypeNode.create('text'));
  const lists = rows.map((row) => ValueListNode.create(row.map(cast)));
  const table = ParensNode.create(ValuesNode.create(lists));
  return new ExpressionWrapper<Tables, never, Columns>(table).as(alias);
}
