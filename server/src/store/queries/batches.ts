import type { AliasedExpression } from 'kysely';
import { CastNode, DataTypeNode, ExpressionWrapper, ParensNode, ValueListNode, ValueNode, ValuesNode } from 'kysely';
import type { Db, NewRow, Tables } from '../tables.ts';

/** How much goes into one statement. Each dialect's adapter says what is best for its database. */
export interface Batches {
  /** Rows per INSERT or list of rows. */
  readonly rows: number;
  /** Characters of text in those rows, where it is more than one row. */
  readonly characters: number;
  /** Ids per `IN (…)`. */
  readonly ids: number;
  /**
   * Whether statements differ in their text by how much is in them. Then only powers of two are: few lengths make few
   * statements, which are prepared once.
   */
  readonly powersOfTwo: boolean;
}

/** A dialect's adapter, as both our dialects have it. */
export interface BatchingAdapter {
  readonly batches: Batches;
}

function batchesOf(db: Db): Batches {
  return (db.getExecutor().adapter as unknown as BatchingAdapter).batches;
}

export async function insertMany<Name extends keyof Tables>(db: Db, table: Name, rows: NewRow<Name>[]): Promise<void> {
  for (const some of insertChunks(db, rows)) await db.insertInto(table).values(some).execute();
}

/** Whether rows go into one statement, or need none. */
export function fitsOne(db: Db, rows: readonly object[]): boolean {
  const [first = []] = insertChunks(db, rows);
  return first.length === rows.length;
}

/** Rows as they go into a statement together. */
export function* insertChunks<T extends object>(db: Db, rows: readonly T[]): Generator<T[]> {
  const { rows: most, characters, powersOfTwo } = batchesOf(db);
  let size = most;
  for (let start = 0; start < rows.length; start += size) {
    size = powersOfTwo ? halved(size, rows.length - start) : fitting(rows.slice(start, start + most), characters);
    yield rows.slice(start, start + size);
  }
}

function halved(size: number, most: number): number {
  return size <= most ? size : halved(size / 2, most);
}

/** How many of the first rows have so many characters together; at least one. */
function fitting(rows: readonly object[], most: number): number {
  let characters = 0;
  const end = rows.findIndex((row) => {
    for (const value of Object.values(row)) characters += typeof value === 'string' ? value.length : 0;
    return characters > most;
  });
  return end === -1 ? rows.length : Math.max(end, 1);
}

/** Runs a query for so many ids at a time, none for none, and joins the rows. */
export async function inChunks<R>(
  db: Db,
  ids: readonly string[],
  query: (ids: readonly string[]) => Promise<R[]>,
): Promise<R[]> {
  const { ids: most, powersOfTwo } = batchesOf(db);
  const rows: R[] = [];
  for (let start = 0; start < ids.length; start += most) {
    const some = ids.slice(start, start + most);
    for (const row of await query(powersOfTwo ? padded(some) : some)) rows.push(row);
  }
  return rows;
}

/** The list with its last id repeated up to a power of two, which means the same to `IN`. */
function padded(ids: readonly string[]): readonly string[] {
  const length = 2 ** Math.ceil(Math.log2(ids.length));
  return [...ids, ...new Array<string>(length - ids.length).fill(ids.at(-1) ?? '')];
}

type Value = string | number | null;

/** Rows of values as a table, whose columns are `column1`, `column2` and so on: neither database has better names for both. */
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
