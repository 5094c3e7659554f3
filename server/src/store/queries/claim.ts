import { sql } from 'kysely';
import type { Claim, IntakeStore } from '../contract/lanes.ts';
import type { Db, Row, Tx } from '../tables.ts';
import { inChunks, insertChunks } from './batches.ts';
import type { Dialect } from './dialect.ts';
import { toOwnedLane, workWithin } from './holdings.ts';
import { heldBy, literal } from './support.ts';
import type { FirstWaiting, Waiting } from './waiting.ts';

export function claimQueries(db: Db, { firstWaiting }: Dialect): Pick<IntakeStore, 'claim' | 'refill'> {
  return {
    async claim({ node, slots = null, lanes, perLane, bytes = Number.POSITIVE_INFINITY, now }) {
      // Usually nothing is due, or it is another node's: then one query is enough.
      const next = await lookAhead(db, { node, slots });
      if (!isAnythingDue(next, now)) return { work: [], lanes: [], backlogged: [], nextDueAt: nextDue(next) };
      return db.transaction().execute(async (tx) => {
        const own = await ownDue(tx, node, now).orderBy('due_at').limit(lanes).forNoKeyUpdate().skipLocked().execute();
        const free = await freeDue(tx, slots, lanes, now);
        const longest = [...own, ...free].sort(byDueAt).slice(0, lanes);
        return takeFromLanes(tx, longest, { node, slots, perLane, bytes, now, firstWaiting });
      });
    },

    async refill({ node, webhookIds, perLane, bytes = Number.POSITIVE_INFINITY, now }) {
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
        return takeFromLanes(tx, owned, { node, slots: [], perLane, bytes, now, firstWaiting });
      });
    },
  };
}

interface Take {
  readonly node: string;
  /** The slots whose free lanes the next claim is for. */
  readonly slots: readonly number[] | null;
  readonly perLane: number;
  readonly bytes: number;
  readonly now: number;
  readonly firstWaiting: FirstWaiting;
}

const laneColumns = ['webhook_id', 'ordering', 'owner', 'term', 'left_at', 'due_at'] as const;

type DueLane = Pick<Row<'lanes'>, (typeof laneColumns)[number]>;

/** What a claim takes from a lane, and the lane afterwards. */
interface Taken {
  readonly lane: DueLane;
  readonly rows: readonly Waiting[];
  readonly dueAt: number | null;
  /** More is due: a backlog for the owner to refill from. */
  readonly more: boolean;
}

/** Longest waiting first, so that a busy node claims free lanes too. */
function byDueAt(one: DueLane, other: DueLane): number {
  return (one.due_at ?? 0) - (other.due_at ?? 0);
}

/** How long a due lane is left to its home; then any node claims it. */
const patienceMs = 2000;

/** Lanes of a node with deliveries it has not been told of. */
function ownDue(tx: Tx, node: string, now: number) {
  return ownWaiting(tx, node).select(laneColumns).where('due_at', '<=', now);
}

function ownWaiting(db: Db, node: string) {
  return db
    .selectFrom('lanes')
    .where('state', '=', literal.open)
    .where('backlogged', '=', literal.zero)
    .where('owner', '=', node)
    .where('due_at', 'is not', null);
}

function freeWaiting(db: Db) {
  return db
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

/** SQL has no empty list; no lane has slot −1. */
function atLeastOne(slots: readonly number[] | null): readonly number[] {
  return slots === null || slots.length === 0 ? [-1] : slots;
}

async function takeFromLanes(tx: Tx, due: readonly DueLane[], request: Take): Promise<Claim> {
  const lanes = due.map((lane) => (lane.owner === null ? { ...lane, term: lane.term + 1 } : lane));
  const inOrder = lanes.filter(isInOrder);
  const held = await heldOf(tx, inOrder.map(idOf));
  const most = request.perLane + 1;
  const first = await request.firstWaiting(tx, {
    webhookIds: lanes.filter((lane) => !isInOrder(lane)).map(idOf),
    first: 'due',
    most,
  });
  const oldest = await request.firstWaiting(tx, {
    webhookIds: inOrder.map(idOf).filter((id) => !held.has(id)),
    first: 'oldest',
    most,
  });
  const waiting = Map.groupBy([...first, ...oldest], (row) => row.webhook_id);
  const found = lanes.map((lane) => {
    const rows = waiting.get(lane.webhook_id) ?? [];
    if (!isInOrder(lane)) return takeDue(lane, rows, request);
    return held.has(lane.webhook_id) ? blocked(lane, request) : takeInOrder(lane, rows, request);
  });
  const ids = found.flatMap(({ rows }) => rows.map(({ id }) => id));
  const { work, examined } = await workWithin(tx, ids, request.bytes);
  const taken = cutOff(found, examined);
  await lease(tx, ids.slice(0, examined), request.node);
  await putLanes(tx, taken, request.node);
  return {
    work,
    lanes: taken.map(({ lane }) => toOwnedLane(lane)),
    backlogged: taken.filter(({ more }) => more).map(({ lane }) => lane.webhook_id),
    nextDueAt: nextDue(await lookAhead(tx, request)),
  };
}

/** What is taken of the lanes when there is room for so many deliveries only. Lanes after that are left as they are. */
function cutOff(found: readonly Taken[], room: number): Taken[] {
  const taken: Taken[] = [];
  let left = room;
  for (const each of found) {
    const next = each.rows[left];
    if (left === 0 && next) break;
    taken.push(next ? { ...each, rows: each.rows.slice(0, left), dueAt: next.next_attempt_at, more: true } : each);
    left -= Math.min(left, each.rows.length);
  }
  return taken;
}

function isInOrder({ ordering }: DueLane): boolean {
  return ordering === 'fifo';
}

function idOf(lane: DueLane): string {
  return lane.webhook_id;
}

/** Updates locked lanes in one statement. They all exist, so none is inserted. */
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
          term: ref('excluded.term'),
          backlogged: ref('excluded.backlogged'),
        })),
      )
      .execute();
  }
}

/** Longest due first. @param waiting one more than can be taken, if there are so many */
function takeDue(lane: DueLane, waiting: readonly Waiting[], { perLane, now }: Take): Taken {
  const rows = waiting.slice(0, perLane).filter((row) => isDue(row, now));
  const next = waiting[rows.length];
  return { lane, rows, dueAt: next?.next_attempt_at ?? null, more: next !== undefined && isDue(next, now) };
}

/** How soon to look again at an ordered lane with a delivery under way. */
const blockedMs = 1000;

function blocked(lane: DueLane, { now }: Take): Taken {
  return { lane, rows: [], dueAt: now + blockedMs, more: false };
}

/**
 * In the order of the events, up to the first that is not due: nothing overtakes it. The rest is fetched once these are
 * recorded.
 */
function takeInOrder(lane: DueLane, waiting: readonly Waiting[], { perLane, now }: Take): Taken {
  const notDue = waiting.findIndex((row) => !isDue(row, now));
  const rows = waiting.slice(0, Math.min(perLane, notDue === -1 ? perLane : notDue));
  return { lane, rows, dueAt: waiting[rows.length]?.next_attempt_at ?? null, more: rows.length > 0 };
}

/** Those of the webhooks with a leased live delivery. */
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

async function lease(tx: Tx, deliveryIds: readonly string[], node: string): Promise<void> {
  await inChunks(tx, deliveryIds, (ids) =>
    tx.updateTable('deliveries').set({ owner: node }).where('id', 'in', ids).execute(),
  );
}

function isDue(row: Waiting, now: number): boolean {
  return (row.next_attempt_at ?? 0) <= now;
}

/** When the first lanes are due: the node's own, free ones of its slots, and any free one. */
interface Ahead {
  readonly own: number | null;
  readonly free: number | null;
  readonly any: number | null;
}

function lookAhead(db: Db, { node, slots }: Pick<Take, 'node' | 'slots'>): Promise<Ahead> {
  const none = sql<number | null>`null`;
  return db
    .selectNoFrom([
      firstOf(ownWaiting(db, node)).as('own'),
      // Without slots, the query would scan every waiting lane.
      (slots?.length === 0 ? none : firstOf(freeOf(db, slots))).as('free'),
      firstOf(freeWaiting(db)).as('any'),
    ])
    .executeTakeFirstOrThrow();
}

/** A claim would find a lane: {@link ownDue}, {@link freeDue}. */
function isAnythingDue({ own, free, any }: Ahead, now: number): boolean {
  const by = (at: number | null, time: number) => at !== null && at <= time;
  return by(own, now) || by(free, now) || by(any, now - patienceMs);
}

/** When this node claims again: its own lanes, free ones of its slots, and any that its home has left waiting. */
function nextDue({ own, free, any }: Ahead): number | null {
  const times = [own, free, any === null ? null : any + patienceMs].filter((at) => at !== null);
  return times.length > 0 ? Math.min(...times) : null;
}

function freeOf(db: Db, slots: readonly number[] | null) {
  return freeWaiting(db).$if(slots !== null, (query) => query.where('slot', 'in', atLeastOne(slots)));
}

function firstOf(lanes: ReturnType<typeof freeWaiting>) {
  return lanes.select('due_at').orderBy('due_at').limit(1);
}
