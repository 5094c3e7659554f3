import { sql } from 'kysely';
import type { PublishOptions } from '../contract/publish.ts';
import type { Tx } from '../tables.ts';
import { inChunks } from './batches.ts';

/** A lane as a publish sees it. */
export interface LaneView {
  readonly webhookId: string;
  /** The webhook can be sent to. */
  readonly active: boolean;
  /** Its deliveries are claimed from the store only, in order. */
  readonly inOrder: boolean;
  readonly owner: string | null;
  /** Deliveries wait in the store for its owner; new ones queue behind them. */
  readonly backlogged: boolean;
  /** When the first delivery waiting in the store is due. */
  readonly dueAt: number | null;
  readonly slot: number;
  readonly term: number;
  readonly leftAt: number | null;
}

/** Who gets new deliveries. */
export interface Placement {
  /** By webhook; none or null: its deliveries stay in the store. */
  readonly owners: ReadonlyMap<string, string | null>;
  /** The lanes that were locked, as they are now. */
  readonly lanes: ReadonlyMap<string, Pick<LaneView, 'term' | 'leftAt'>>;
}

export const nowhere: Placement = { owners: new Map(), lanes: new Map() };

type Options = Pick<PublishOptions, 'node' | 'full' | 'homes' | 'now'>;

/**
 * A lane's deliveries go to its owner; a free lane is assigned one. Where deliveries wait already, new ones queue behind
 * them. Locks only what changes: the lanes assigned here and, in the same order, those whose deliveries stay.
 */
export async function place(tx: Tx, lanes: readonly LaneView[], options: Options): Promise<Placement> {
  const owners = new Map(lanes.map((lane) => [lane.webhookId, ownerOf(lane, options)]));
  if (!lanes.some((lane) => isGivenAway(lane, owners))) return { owners, lanes: new Map() };
  const open = lanes.filter((lane) => owners.get(lane.webhookId) === null || isGivenAway(lane, owners));
  const placed = new Map<string, Pick<LaneView, 'term' | 'leftAt'>>();
  const given: { readonly owner: string; readonly webhookId: string }[] = [];
  for (const lane of await locked(tx, open)) {
    const owner = ownerOf(lane, options);
    owners.set(lane.webhookId, owner);
    const assigned = owner !== null && lane.owner === null;
    placed.set(lane.webhookId, { leftAt: lane.leftAt, term: lane.term + (assigned ? 1 : 0) });
    if (assigned) given.push({ owner, webhookId: lane.webhookId });
  }
  for (const [owner, lanes] of Map.groupBy(given, (each) => each.owner)) {
    await inChunks(
      tx,
      lanes.map(({ webhookId }) => webhookId),
      (ids) => tx.updateTable('lanes').set({ owner, term: nextTerm }).where('webhook_id', 'in', ids).execute(),
    );
  }
  return { owners, lanes: placed };
}

/** {@link place} without locks, if every lane has an owner with room. Null: locks are needed. */
export function placeHeld(lanes: readonly LaneView[], options: Options): Placement | null {
  const owners = new Map<string, string>();
  for (const lane of lanes) {
    const owner = ownerOf(lane, options);
    if (owner === null || lane.owner === null) return null;
    owners.set(lane.webhookId, owner);
  }
  return { owners, lanes: new Map() };
}

const nextTerm = sql<number>`term + 1`;

function isGivenAway({ webhookId, owner }: LaneView, owners: ReadonlyMap<string, string | null>): boolean {
  return owner === null && owners.get(webhookId) !== null;
}

function ownerOf(lane: LaneView, { node, full, homes, now }: Options): string | null {
  if (!lane.active || lane.inOrder || lane.backlogged) return null;
  if (lane.dueAt !== null && lane.dueAt <= now) return null;
  const owner = lane.owner ?? (homes ? (homes[lane.slot] ?? null) : node);
  return owner === node && full ? null : owner;
}

/** Locks the lanes and reads them again. */
async function locked(tx: Tx, lanes: readonly LaneView[]): Promise<LaneView[]> {
  const rows = await inChunks(tx, lanes.map(({ webhookId }) => webhookId).sort(), (ids) =>
    tx
      .selectFrom('lanes')
      .select(['webhook_id', 'state', 'ordering', 'owner', 'backlogged', 'due_at', 'slot', 'term', 'left_at'])
      .where('webhook_id', 'in', ids)
      .orderBy('webhook_id')
      .forNoKeyUpdate()
      .execute(),
  );
  return rows.map((row) => ({
    webhookId: row.webhook_id,
    active: row.state === 'open',
    inOrder: row.ordering === 'fifo',
    owner: row.owner,
    backlogged: row.backlogged === 1,
    dueAt: row.due_at,
    slot: row.slot,
    term: row.term,
    leftAt: row.left_at,
  }));
}
