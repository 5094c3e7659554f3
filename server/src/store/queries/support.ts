import type { SqlBool } from 'kysely';
import { sql } from 'kysely';
import { newId } from '../../ids.ts';
import type { Delivery, Event } from '../../model.ts';
import type { Row, Tx } from '../tables.ts';
import { inChunks, insertChunks, listed } from './batches.ts';

/** Another transaction changed what this one read: it has to start over. Never leaves the store. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/**
 * Leased by this node. Written so that the database uses the index of the ids beside it: by the owner's index it would
 * scan everything the node leases.
 */
export function heldBy(node: string, table?: 'deliveries' | 'lanes') {
  return sql<SqlBool>`coalesce(${sql.ref(table ? `${table}.owner` : 'owner')}, '') = ${node}`;
}

/**
 * Literals that partial indexes are defined by. With a parameter instead, the database could not tell that the index
 * applies.
 */
export const literal = {
  pending: sql.lit('pending'),
  open: sql.lit('open'),
  discarding: sql.lit('discarding'),
  running: sql.lit('running'),
  deleted: sql.lit('deleted'),
  link: sql.lit('link'),
  zero: sql.lit(0),
};

/** Rows per step of a large task: few enough not to delay a delivery. */
export const rowsPerStep = 500;

/**
 * Locks lanes in the order of their ids, to avoid deadlocks. The order is deliveries, webhooks, lanes: whoever has locked
 * lanes waits for nothing else. So a lane is updated once per transaction: at a second update, PostgreSQL would check its
 * foreign key again and wait for the webhook.
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
 * Marks lanes as due at a time, so that a claim finds their deliveries. The lane of a webhook that is gone is emptied
 * again. Also locks lanes that need no change: a concurrent claim, which does not see these deliveries yet, must not
 * overwrite `due_at`.
 *
 * Returns true if a claim is needed: a node that knows of a backlog continues by itself.
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

/** The earlier of a lane's `due_at` and this time. */
export function orEarlier(at: number) {
  return sql<number>`case when due_at is null or due_at > ${at} then ${at} else due_at end`;
}

/** {@link laneDue} for locked lanes, each with its own time. */
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

/** A released delivery: unleased and due now, in its old place. */
export function givenBack(now: number) {
  return {
    owner: null,
    next_attempt_at: sql<number>`case when next_attempt_at > ${now} then ${now} else next_attempt_at end`,
  };
}

/** Marks the lanes of released deliveries as due. */
export async function lanesDueAgain(
  tx: Tx,
  released: readonly Pick<Row<'deliveries'>, 'webhook_id' | 'next_attempt_at'>[],
): Promise<void> {
  await laneDue(tx, [...new Set(released.map((row) => row.webhook_id))], firstDue(released));
}

/** The earliest due time. */
export function firstDue(deliveries: readonly Pick<Row<'deliveries'>, 'next_attempt_at'>[]): number {
  return deliveries.reduce((at, row) => Math.min(at, row.next_attempt_at ?? 0), Number.MAX_SAFE_INTEGER);
}

/** Ends a webhook for good. Its pending deliveries are left to {@link discardBacklog}. */
export async function retire(tx: Tx, webhookId: string, status: 'gone' | 'deleted', now: number): Promise<void> {
  await tx.deleteFrom('subscriptions').where('webhook_id', '=', webhookId).execute();
  await tx
    .updateTable('webhooks')
    .set({ status, status_until: null, subscription: null, revision: sql`revision + 1`, updated_at: now })
    .where('id', '=', webhookId)
    .execute();
}

/** A webhook may be sent to again. Its lane is due at once, as it can hold deliveries; its owner keeps it. */
export async function openLane(tx: Tx, webhookId: string, now: number): Promise<void> {
  await tx
    .updateTable('lanes')
    .set({ state: 'open', due_at: now, backlogged: 0 })
    .where('webhook_id', '=', webhookId)
    .execute();
}

/** What comes for a webhook is held. The lane's owner keeps it, as requests may still be on the wire. */
export async function closeLane(tx: Tx, webhookId: string): Promise<void> {
  await tx.updateTable('lanes').set({ state: 'closed', backlogged: 0 }).where('webhook_id', '=', webhookId).execute();
}

/** Where a delivery of these webhooks is sent now: to the heir of one that ended. By webhook, where it is not the same. */
export async function heirsOf(tx: Tx, webhookIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const heirs = new Map<string, string>();
  const rows = await inChunks(tx, [...new Set(webhookIds)], (ids) =>
    tx.selectFrom('webhooks').select(['id', 'heir']).where('id', 'in', ids).where('heir', 'is not', null).execute(),
  );
  for (const { id, heir } of rows) if (heir !== null) heirs.set(id, heir);
  return heirs;
}

/** Marks the pending deliveries of an ended webhook to be discarded, step by step. */
export async function discardBacklog(tx: Tx, webhookId: string): Promise<void> {
  await tx
    .updateTable('lanes')
    .set({ state: 'discarding', due_at: null, owner: null, backlogged: 0 })
    .where('webhook_id', '=', webhookId)
    .execute();
}

/** A new delivery, due now. */
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
