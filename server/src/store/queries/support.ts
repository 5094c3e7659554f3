import type { SelectQueryBuilder, SqlBool } from 'kysely';
import { sql } from 'kysely';
import { newId } from '../../ids.ts';
import type { Delivery, Event } from '../../model.ts';
import type { StoreError } from '../errors.ts';
import type { NewRow, Row, Tables, Tx } from '../tables.ts';

/** What differs between the databases, where a query cannot be said the same way for both. */
export interface Dialect {
  /** Makes a selection inside a transaction take rows for itself, and skip those that another node has taken. */
  readonly skipLocked: <Name extends keyof Tables, Output>(
    query: SelectQueryBuilder<Tables, Name, Output>,
  ) => SelectQueryBuilder<Tables, Name, Output>;
  /** Makes a selection inside a transaction take rows for itself, and wait for those that another node has taken. */
  readonly locked: <Name extends keyof Tables, Output>(
    query: SelectQueryBuilder<Tables, Name, Output>,
  ) => SelectQueryBuilder<Tables, Name, Output>;
  /** Why the database could not do it, in the store's terms; a StoreError says so already. */
  readonly toStoreError: (error: unknown) => StoreError;
}

/** Rows per INSERT: well under both databases' limit on parameters for our widest table. */
const rowsPerInsert = 512;

export async function insertMany<Name extends keyof Tables>(tx: Tx, table: Name, rows: NewRow<Name>[]): Promise<void> {
  for (const some of insertChunks(rows)) await tx.insertInto(table).values(some).execute();
}

/** Rows as they are inserted together, in powers of two: few lengths make few statements, which are prepared once. */
export function* insertChunks<T>(rows: readonly T[]): Generator<T[]> {
  let size = rowsPerInsert;
  for (let start = 0; start < rows.length; start += size) {
    while (size > rows.length - start) size /= 2;
    yield rows.slice(start, start + size);
  }
}

/** Ids per `IN (…)`, likewise. */
const idsPerQuery = 4096;

/** Runs a query for so many ids at a time, none for none, and joins the rows. */
export async function inChunks<R>(
  ids: readonly string[],
  query: (ids: readonly string[]) => Promise<R[]>,
): Promise<R[]> {
  const rows: R[] = [];
  for (let start = 0; start < ids.length; start += idsPerQuery) {
    for (const row of await query(padded(ids.slice(start, start + idsPerQuery)))) rows.push(row);
  }
  return rows;
}

/** The list with its last id repeated up to a power of two, which means the same to `IN`, and in few lengths. */
function padded(ids: readonly string[]): readonly string[] {
  const length = 2 ** Math.ceil(Math.log2(ids.length));
  return [...ids, ...new Array<string>(length - ids.length).fill(ids.at(-1) ?? '')];
}

/**
 * Deliveries that this node holds, said so that the database looks them up by the ids that stand beside it: by owner it
 * would walk over everything the node holds.
 */
export function heldBy(node: string) {
  return sql<SqlBool>`coalesce(owner, '') = ${node}`;
}

/**
 * The states that partial indexes are made for. They stand in the query as they stand in the index: a parameter could be
 * anything, so the database would not know that the index serves.
 */
export const literal = {
  pending: sql.lit('pending'),
  open: sql.lit('open'),
  discarding: sql.lit('discarding'),
  running: sql.lit('running'),
  deleted: sql.lit('deleted'),
};

/**
 * Notes that webhooks have an unleased delivery that is due at this time, so that the claimer finds it. The lane of a
 * webhook that is gone goes back to being emptied.
 */
export async function laneDue(tx: Tx, webhookIds: readonly string[], at: number): Promise<void> {
  await inChunks(webhookIds, (ids) =>
    tx
      .updateTable('lanes')
      .set({ due_at: at, state: sql`case state when 'ended' then 'discarding' else state end` })
      .where('webhook_id', 'in', ids)
      .where((eb) => eb.or([eb('due_at', 'is', null), eb('due_at', '>', at)]))
      .execute(),
  );
}

/** What giving a delivery back sets: nobody holds it, and it is due at once, in the place it had. */
export function givenBack(now: number) {
  return {
    owner: null,
    next_attempt_at: sql<number>`case when next_attempt_at > ${now} then ${now} else next_attempt_at end`,
  };
}

/** Makes the lanes of deliveries that were given back due when the first of these is. Returns their webhooks. */
export async function lanesDueAgain(
  tx: Tx,
  released: readonly Pick<Row<'deliveries'>, 'webhook_id' | 'next_attempt_at'>[],
): Promise<string[]> {
  const webhookIds = [...new Set(released.map((row) => row.webhook_id))];
  const first = released.reduce((at, row) => Math.min(at, row.next_attempt_at ?? 0), Number.MAX_SAFE_INTEGER);
  await laneDue(tx, webhookIds, first);
  return webhookIds;
}

/** Ends a webhook for good: nothing matches it any more, and what it still had pending is discarded step by step. */
export async function retire(tx: Tx, webhookId: string, status: 'gone' | 'deleted', now: number): Promise<void> {
  await tx.deleteFrom('subscriptions').where('webhook_id', '=', webhookId).execute();
  await tx
    .updateTable('webhooks')
    .set({ status, subscription: null, revision: sql`revision + 1`, updated_at: now })
    .where('id', '=', webhookId)
    .execute();
  await tx
    .updateTable('lanes')
    .set({ state: 'discarding', due_at: null, owner: null })
    .where('webhook_id', '=', webhookId)
    .execute();
}

/** A delivery at its birth: due at once. */
export function newDelivery(event: Event, webhookId: string, now: number): Delivery {
  return {
    id: newId('delivery'),
    eventId: event.id,
    webhookId,
    organizationId: event.organizationId,
    test: event.test,
    state: 'pending',
    attempts: 0,
    failures: 0,
    nextAttemptAt: now,
    createdAt: now,
    completedAt: null,
  };
}
