import type { Claim, DeliveryStore } from '../contract.ts';
import { fromDelivery, fromEvent, toWebhook } from '../rows.ts';
import type { Db, Row, Tx } from '../tables.ts';
import { inChunks, insertChunks } from './batches.ts';
import { holdingQueries, toOwnedLane, toWork } from './holdings.ts';
import type { LogGrowth } from './log-growth.ts';
import { recordResults } from './record.ts';
import {
  firstDue,
  givenBack,
  heldBy,
  laneDue,
  lanesDueAgain,
  literal,
  lockLanes,
  newDelivery,
  orEarlier,
} from './support.ts';

export function deliveryQueries(db: Db, growth: LogGrowth): DeliveryStore {
  return {
    async loadWebhooks(ids) {
      const rows = await inChunks(db, ids, (some) =>
        db.selectFrom('webhooks').selectAll().where('id', 'in', some).where('status', '!=', 'deleted').execute(),
      );
      return rows.map(toWebhook);
    },

    async claim({ node, slots = null, lanes, perLane, now }) {
      return db.transaction().execute(async (tx) => {
        const own = await ownDue(tx, node, now).orderBy('due_at').limit(lanes).forNoKeyUpdate().skipLocked().execute();
        const room = lanes - own.length;
        const free = room > 0 ? await freeDue(tx, slots, room, now) : [];
        return takeFromLanes(tx, [...own, ...free], { node, slots, perLane, now });
      });
    },

    async refill({ node, webhookIds, perLane, now }) {
      return db.transaction().execute(async (tx) => {
        const owned = await inChunks(tx, [...webhookIds].sort(), (ids) =>
          tx
            .selectFrom('lanes')
            .select(laneColumns)
            .where('webhook_id', 'in', ids)
            .where(heldBy(node))
            .where('state', '=', literal.open)
            .orderBy('webhook_id')
            .forNoKeyUpdate()
            .execute(),
        );
        return takeFromLanes(tx, owned, { node, slots: [], perLane, now });
      });
    },

    ...holdingQueries(db),

    async record(node, results, now) {
      const recorded = await db.transaction().execute((tx) => recordResults(tx, node, results, now));
      growth.note(results.map(({ attempt }) => attempt.webhookId));
      return recorded;
    },

    async release(node, deliveryIds, now) {
      await db.transaction().execute(async (tx) => lanesDueAgain(tx, await giveBack(tx, node, deliveryIds, now)));
    },

    async spill(node, deliveryIds, now) {
      await db.transaction().execute(async (tx) => {
        const released = await giveBack(tx, node, deliveryIds, now);
        const webhookIds = [...new Set(released.map((row) => row.webhook_id))];
        await lockLanes(tx, webhookIds);
        await inChunks(tx, webhookIds, (ids) =>
          tx
            .updateTable('lanes')
            .set({ backlogged: 1, due_at: orEarlier(firstDue(released)) })
            .where('webhook_id', 'in', ids)
            .where(heldBy(node))
            .where('state', '=', literal.open)
            .execute(),
        );
        await lanesDueAgain(tx, released);
      });
    },

    async giveUp(node, webhookIds, leftAt) {
      await db.transaction().execute(async (tx) => {
        await lockLanes(tx, webhookIds);
        await inChunks(tx, webhookIds, (ids) =>
          tx
            .updateTable('lanes')
            .set({ owner: null, backlogged: 0, left_at: leftAt })
            .where('webhook_id', 'in', ids)
            .where(heldBy(node))
            .execute(),
        );
      });
    },

    async insertTest(node, event, webhookId) {
      return db.transaction().execute(async (tx) => {
        const delivery = newDelivery(event, webhookId, event.createdAt);
        await tx.insertInto('events').values(fromEvent(event)).execute();
        await tx.insertInto('deliveries').values(fromDelivery(delivery, node)).execute();
        return delivery;
      });
    },

    async replay(organizationId, deliveryId, now) {
      return db.transaction().execute(async (tx) => {
        const row = await tx
          .selectFrom('deliveries')
          .select('webhook_id')
          .where('organization_id', '=', organizationId)
          .where('id', '=', deliveryId)
          .executeTakeFirst();
        if (!row) return 'unknown';
        const { numUpdatedRows } = await tx
          .updateTable('deliveries')
          .set({ state: 'pending', failures: 0, next_attempt_at: now, completed_at: null })
          .where('id', '=', deliveryId)
          .where('owner', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return 'busy';
        await laneDue(tx, [row.webhook_id], now);
        return 'replayed';
      });
    },
  };
}

type Released = Pick<Row<'deliveries'>, 'webhook_id' | 'next_attempt_at'>;

/** Returns the deliveries that were given back. */
function giveBack(tx: Tx, node: string, deliveryIds: readonly string[], now: number): Promise<Released[]> {
  return inChunks(tx, [...deliveryIds].sort(), (ids) =>
    tx
      .updateTable('deliveries')
      .set(givenBack(now))
      .where('id', 'in', ids)
      .where(heldBy(node))
      .returning(['webhook_id', 'next_attempt_at'])
      .execute(),
  );
}

interface Take {
  readonly node: string;
  /** Whose free lanes the next look is for. */
  readonly slots: readonly number[] | null;
  readonly perLane: number;
  readonly now: number;
}

const laneColumns = ['webhook_id', 'ordering', 'left_at'] as const;

type DueLane = Pick<Row<'lanes'>, (typeof laneColumns)[number]>;

/** What was taken from a lane and what becomes of it. */
interface Taken {
  readonly lane: DueLane;
  readonly rows: readonly Row<'deliveries'>[];
  readonly dueAt: number | null;
  /** Whether there is more, for the owner to fetch when its window runs low. */
  readonly more: boolean;
}

/** A lane that is due is left to the node of its slot for so long; then anyone takes it. */
const patienceMs = 2000;

/** Lanes of a node into which something came that it does not know of. */
function ownDue(tx: Tx, node: string, now: number) {
  return ownWaiting(tx, node).select(laneColumns).where('due_at', '<=', now);
}

function ownWaiting(tx: Tx, node: string) {
  return tx
    .selectFrom('lanes')
    .where('state', '=', literal.open)
    .where('backlogged', '=', literal.zero)
    .where('owner', '=', node)
    .where('due_at', 'is not', null);
}

function freeWaiting(tx: Tx) {
  return tx
    .selectFrom('lanes')
    .where('state', '=', literal.open)
    .where('owner', 'is', null)
    .where('due_at', 'is not', null);
}

async function freeDue(tx: Tx, slots: readonly number[] | null, most: number, now: number): Promise<DueLane[]> {
  return freeWaiting(tx)
    .select(laneColumns)
    .where('due_at', '<=', now)
    .$if(slots !== null, (query) =>
      query.where(({ eb, or }) => or([eb('slot', 'in', atLeastOne(slots)), eb('due_at', '<=', now - patienceMs)])),
    )
    .orderBy('due_at')
    .limit(most)
    .forNoKeyUpdate()
    .skipLocked()
    .execute();
}

/** No database has a word for an empty list; no lane has the slot −1. */
function atLeastOne(slots: readonly number[] | null): readonly number[] {
  return slots === null || slots.length === 0 ? [-1] : slots;
}

async function takeFromLanes(tx: Tx, lanes: readonly DueLane[], request: Take): Promise<Claim> {
  const ordered = lanes.filter(({ ordering }) => ordering === 'fifo').map((lane) => lane.webhook_id);
  const held = await heldOf(tx, ordered);
  const taken: Taken[] = [];
  for (const lane of lanes) {
    if (lane.ordering !== 'fifo') taken.push(await takeDue(tx, lane, request));
    else if (held.has(lane.webhook_id)) taken.push(blocked(lane, request));
    else taken.push(await takeInOrder(tx, lane, request));
  }
  const rows = taken.flatMap((each) => each.rows);
  await lease(tx, rows, request.node);
  await putLanes(tx, taken, request.node);
  return {
    work: await toWork(tx, rows),
    lanes: lanes.map(toOwnedLane),
    backlogged: taken.filter(({ more }) => more).map(({ lane }) => lane.webhook_id),
    nextDueAt: await nextDue(tx, request),
  };
}

/** What becomes of lanes that this transaction has locked, in one statement: they are all there, so none is inserted. */
async function putLanes(tx: Tx, taken: readonly Taken[], owner: string): Promise<void> {
  for (const some of insertChunks(tx, taken)) {
    await tx
      .insertInto('lanes')
      .values(
        some.map(({ lane, dueAt, more }) => ({
          ...lane,
          state: 'open',
          due_at: dueAt,
          owner,
          backlogged: more ? 1 : 0,
        })),
      )
      .onConflict((conflict) =>
        conflict.column('webhook_id').doUpdateSet(({ ref }) => ({
          due_at: ref('excluded.due_at'),
          owner: ref('excluded.owner'),
          backlogged: ref('excluded.backlogged'),
        })),
      )
      .execute();
  }
}

/** Those that have been due longest. */
async function takeDue(tx: Tx, lane: DueLane, { perLane, now }: Take): Promise<Taken> {
  const waiting = await waitingOf(tx, lane.webhook_id)
    .orderBy('next_attempt_at')
    .orderBy('id')
    .limit(perLane + 1)
    .execute();
  const rows = waiting.slice(0, perLane).filter((row) => isDue(row, now));
  const next = waiting[rows.length];
  return { lane, rows, dueAt: next?.next_attempt_at ?? null, more: next !== undefined && isDue(next, now) };
}

/** How soon to look again at a lane whose next delivery must wait for one that is on its way. */
const blockedMs = 1000;

function blocked(lane: DueLane, { now }: Take): Taken {
  return { lane, rows: [], dueAt: now + blockedMs, more: false };
}

/**
 * The first in the order of their events, up to one that is not due yet: nothing overtakes it. What comes behind them is
 * fetched when they are written down.
 */
async function takeInOrder(tx: Tx, lane: DueLane, { perLane, now }: Take): Promise<Taken> {
  const waiting = await waitingOf(tx, lane.webhook_id)
    .orderBy('id')
    .limit(perLane + 1)
    .execute();
  const notDue = waiting.findIndex((row) => !isDue(row, now));
  const rows = waiting.slice(0, Math.min(perLane, notDue === -1 ? perLane : notDue));
  return { lane, rows, dueAt: waiting[rows.length]?.next_attempt_at ?? null, more: rows.length > 0 };
}

/** Those that another transaction is changing are left to it: it makes their lane due when it is done. */
function waitingOf(tx: Tx, webhookId: string) {
  return tx
    .selectFrom('deliveries')
    .selectAll()
    .where('webhook_id', '=', webhookId)
    .where('state', '=', literal.pending)
    .where('owner', 'is', null)
    .forNoKeyUpdate()
    .skipLocked();
}

/** Those of these webhooks of which a node has a live delivery in memory. */
async function heldOf(tx: Tx, webhookIds: readonly string[]): Promise<Set<string>> {
  const held = await inChunks(tx, webhookIds, (ids) =>
    tx
      .selectFrom('deliveries')
      .select('webhook_id')
      .where('owner', 'in', tx.selectFrom('nodes').select('id'))
      .where('webhook_id', 'in', ids)
      .where('test', '=', 0)
      .execute(),
  );
  return new Set(held.map((row) => row.webhook_id));
}

async function lease(tx: Tx, rows: readonly Row<'deliveries'>[], node: string): Promise<void> {
  await inChunks(
    tx,
    rows.map((row) => row.id),
    (ids) => tx.updateTable('deliveries').set({ owner: node }).where('id', 'in', ids).execute(),
  );
}

function isDue(row: Row<'deliveries'>, now: number): boolean {
  return (row.next_attempt_at ?? 0) <= now;
}

/** When the next of the lanes is due that this node is to look at: its own, and the free ones of its slots. */
async function nextDue(tx: Tx, { node, slots }: Take): Promise<number | null> {
  const own = await ownWaiting(tx, node).select('due_at').orderBy('due_at').limit(1).executeTakeFirst();
  const free = slots?.length === 0 ? undefined : await firstFree(tx, slots);
  const times = [own?.due_at, free?.due_at].filter((at) => typeof at === 'number');
  return times.length > 0 ? Math.min(...times) : null;
}

/** For no slots it would be looked for in vain, past every lane that waits. */
function firstFree(tx: Tx, slots: readonly number[] | null) {
  return freeWaiting(tx)
    .select('due_at')
    .$if(slots !== null, (query) => query.where('slot', 'in', atLeastOne(slots)))
    .orderBy('due_at')
    .limit(1)
    .executeTakeFirst();
}
