import type { SelectQueryBuilder } from 'kysely';
import { sql } from 'kysely';
import type { NewRow, Tables, Tx } from '../tables.ts';

/** What differs between the databases, where a query cannot be said the same way for both. */
export interface Dialect {
  /** Makes a selection of lanes inside a transaction skip those that another node is claiming. */
  readonly skipLocked: <Output>(
    query: SelectQueryBuilder<Tables, 'lanes', Output>,
  ) => SelectQueryBuilder<Tables, 'lanes', Output>;
}

/** Rows per INSERT: well under both databases' limit on parameters for our widest table. */
const rowsPerInsert = 500;

export async function insertMany<Name extends keyof Tables>(tx: Tx, table: Name, rows: NewRow<Name>[]): Promise<void> {
  for (let start = 0; start < rows.length; start += rowsPerInsert) {
    await tx
      .insertInto(table)
      .values(rows.slice(start, start + rowsPerInsert))
      .execute();
  }
}

/** Ids per `IN (…)`, likewise. */
const idsPerQuery = 5000;

/**
 * Notes that webhooks have an unleased delivery that is due at this time, so that the claimer finds it. The lane of a
 * webhook that is gone goes back to being emptied.
 */
export async function laneDue(tx: Tx, webhookIds: readonly string[], at: number): Promise<void> {
  for (let start = 0; start < webhookIds.length; start += idsPerQuery) {
    await tx
      .updateTable('lanes')
      .set({ due_at: at, state: sql`case state when 'ended' then 'discarding' else state end` })
      .where('webhook_id', 'in', webhookIds.slice(start, start + idsPerQuery))
      .where((eb) => eb.or([eb('due_at', 'is', null), eb('due_at', '>', at)]))
      .execute();
  }
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
