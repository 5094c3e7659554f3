import type { SqlBool } from 'kysely';
import { sql } from 'kysely';
import { newId } from '../../ids.ts';
import type { Delivery, Event } from '../../model.ts';
import type { Row, Tx } from '../tables.ts';
import { inChunks, insertChunks, listed } from './batches.ts';

/** Another transaction changed what this one had found: it has to begin again. Never leaves the store. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/**
 * Deliveries or lanes that this node holds, said so that the database looks them up by the ids that stand beside it: by owner it
 * would walk over everything the node holds.
 */
export function heldBy(node: string, table?: 'deliveries' | 'lanes') {
  return sql<SqlBool>`coalesce(${sql.ref(table ? `${table}.owner` : 'owner')}, '') = ${node}`;
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
  zero: sql.lit(0),
};

/** Rows that one small step of something large touches at most: few enough not to delay a delivery. */
export const rowsPerStep = 500;

/**
 * Takes lanes for this transaction until it ends, in the order of their ids, so that two transactions never wait for each
 * other. Deliveries come before webhooks and webhooks before lanes; what holds lanes waits for nothing any more. So a lane is
 * updated once: with the second update, PostgreSQL would check its reference again, and wait for the webhook.
 */
export async function lockLanes(
  tx: Tx,
  webhookIds: readonly string[],
): Promise<Pick<Row<'lanes'>, 'state' | 'backlogged'>[]> {
  return inChunks(tx, [...webhookIds].sort(), (ids) =>
    tx
      .selectFrom('lanes')
      .select(['state', 'backlogged'])
      .where('webhook_id', 'in', ids)
      .orderBy('webhook_id')
      .forNoKeyUpdate()
      .execute(),
  );
}

/**
 * Notes that webhooks have an unleased delivery that is due at this time, so that the claimer finds it. The lane of a
 * webhook that is gone goes back to being emptied. The lanes are locked also where nothing is to be noted: a claim beside
 * this transaction, which does not see its deliveries yet, must not take the note away.
 *
 * Returns whether a claim is to look there: where a node knows of a backlog, it goes on by itself.
 */
export async function laneDue(tx: Tx, webhookIds: readonly string[], at: number): Promise<boolean> {
  const lanes = await lockLanes(tx, webhookIds);
  await inChunks(tx, webhookIds, (ids) =>
    tx
      .updateTable('lanes')
      .set({ due_at: at, state: resumedDiscarding })
      .where('webhook_id', 'in', ids)
      .where((eb) => eb.or([eb('due_at', 'is', null), eb('due_at', '>', at)]))
      .execute(),
  );
  return lanes.some(({ state, backlogged }) => state === 'open' && backlogged === 0);
}

/** When a lane is due that is due at this time too. */
export function orEarlier(at: number) {
  return sql<number>`case when due_at is null or due_at > ${at} then ${at} else due_at end`;
}

/** The same for lanes that have each a time of their own, and that are locked already. */
export async function lanesDueAt(tx: Tx, times: ReadonlyMap<string, number>): Promise<void> {
  for (const some of insertChunks(tx, [...times])) {
    await tx
      .updateTable('lanes')
      .from(listed<{ column1: string; column2: number }, 'noted'>(['text', 'bigint'], some, 'noted'))
      .set(({ ref }) => ({ due_at: ref('noted.column2'), state: resumedDiscarding }))
      .whereRef('lanes.webhook_id', '=', 'noted.column1')
      .where(({ eb, or, ref }) => or([eb('due_at', 'is', null), eb('due_at', '>', ref('noted.column2'))]))
      .execute();
  }
}

const resumedDiscarding = sql<string>`case state when 'ended' then 'discarding' else state end`;

/** What giving a delivery back sets: nobody holds it, and it is due at once, in the place it had. */
export function givenBack(now: number) {
  return {
    owner: null,
    next_attempt_at: sql<number>`case when next_attempt_at > ${now} then ${now} else next_attempt_at end`,
  };
}

/** Makes the lanes of deliveries that were given back due when the first of these is. */
export async function lanesDueAgain(
  tx: Tx,
  released: readonly Pick<Row<'deliveries'>, 'webhook_id' | 'next_attempt_at'>[],
): Promise<void> {
  await laneDue(tx, [...new Set(released.map((row) => row.webhook_id))], firstDue(released));
}

/** When the first of some deliveries is due. */
export function firstDue(deliveries: readonly Pick<Row<'deliveries'>, 'next_attempt_at'>[]): number {
  return deliveries.reduce((at, row) => Math.min(at, row.next_attempt_at ?? 0), Number.MAX_SAFE_INTEGER);
}

/** Ends a webhook for good: nothing matches it any more. What it still had pending is for {@link discardBacklog}. */
export async function retire(tx: Tx, webhookId: string, status: 'gone' | 'deleted', now: number): Promise<void> {
  await tx.deleteFrom('subscriptions').where('webhook_id', '=', webhookId).execute();
  await tx
    .updateTable('webhooks')
    .set({ status, subscription: null, revision: sql`revision + 1`, updated_at: now })
    .where('id', '=', webhookId)
    .execute();
}

/** What a webhook that ended still had pending is discarded step by step. */
export async function discardBacklog(tx: Tx, webhookId: string): Promise<void> {
  await tx
    .updateTable('lanes')
    .set({ state: 'discarding', due_at: null, owner: null, backlogged: 0 })
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
