import type { Claim, ClaimRequest, RefillRequest } from '../../../src/store/contract/index.ts';
import type { DeliveryRow, LaneRow, Tables } from './tables.ts';
import { ownedLane } from './tables.ts';

/** As in store/queries/claim.ts. */
const patienceMs = 2000;
const blockedMs = 1000;

interface Take {
  readonly node: string;
  readonly slots: readonly number[] | null;
  readonly perLane: number;
  readonly now: number;
}

/** What a node takes out of the store: store/queries/claim.ts. */
export class Claiming {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  claim({ node, slots = null, lanes, perLane, now }: ClaimRequest): Claim {
    const { own, free } = this.#due(node, slots, now);
    const due = [own, free].flatMap((some) => some.sort(byDueAt).slice(0, lanes));
    const longest = due.sort(byDueAt).slice(0, lanes);
    return this.#takeFrom(longest, { node, slots, perLane, now });
  }

  refill({ node, webhookIds, perLane, now }: RefillRequest): Claim {
    const lanes = webhookIds
      .toSorted()
      .map((id) => this.#tables.lane(id))
      .filter(({ owner, state }) => owner === node && state === 'open');
    return this.#takeFrom(lanes, { node, slots: [], perLane, now });
  }

  #waiting(): LaneRow[] {
    return [...this.#tables.lanes.values()].filter(({ state, dueAt }) => state === 'open' && dueAt !== null);
  }

  #due(node: string, slots: readonly number[] | null, now: number): { own: LaneRow[]; free: LaneRow[] } {
    const due = this.#waiting().filter(({ dueAt }) => (dueAt ?? 0) <= now);
    const own = due.filter(({ owner, backlogged }) => owner === node && !backlogged);
    const free = due.filter(
      ({ owner, slot, dueAt }) =>
        owner === null && (!slots || slots.includes(slot) || (dueAt ?? 0) <= now - patienceMs),
    );
    return { own, free };
  }

  /** When this node is to look again. */
  #nextDueAt({ node, slots }: Take): number | null {
    const times = this.#waiting().flatMap(({ owner, backlogged, slot, dueAt }) => {
      if (dueAt === null) return [];
      if (owner === node) return backlogged ? [] : [dueAt];
      if (owner !== null) return [];
      return [!slots || slots.includes(slot) ? dueAt : dueAt + patienceMs];
    });
    return times.length > 0 ? Math.min(...times) : null;
  }

  #takeFrom(lanes: readonly LaneRow[], take: Take): Claim {
    const rows: DeliveryRow[] = [];
    for (const lane of lanes) rows.push(...this.#takeFromLane(lane, take));
    return {
      work: rows.map((row) => this.#tables.work(row)),
      lanes: lanes.map(ownedLane),
      backlogged: lanes.filter(({ backlogged }) => backlogged).map(({ webhookId }) => webhookId),
      nextDueAt: this.#nextDueAt(take),
    };
  }

  #takeFromLane(lane: LaneRow, { node, perLane, now }: Take): DeliveryRow[] {
    const pending = this.#tables.pending(lane.webhookId);
    if (lane.owner === null) lane.term += 1;
    lane.owner = node;
    if (lane.inOrder && pending.some(({ owner }) => owner !== null && this.#tables.nodes.has(owner))) {
      Object.assign(lane, { dueAt: now + blockedMs, backlogged: false });
      return [];
    }
    const waiting = pending.filter(({ owner }) => owner === null);
    if (!lane.inOrder) waiting.sort((a, b) => (a.nextAttemptAt ?? 0) - (b.nextAttemptAt ?? 0));
    const notDue = waiting.findIndex((row) => !isDue(row, now));
    const rows = waiting.slice(0, Math.min(perLane, notDue === -1 ? perLane : notDue));
    const next = waiting[rows.length];
    lane.dueAt = next?.nextAttemptAt ?? null;
    lane.backlogged = lane.inOrder ? rows.length > 0 : next !== undefined && isDue(next, now);
    for (const row of rows) row.owner = node;
    return rows;
  }
}

function isDue({ nextAttemptAt }: DeliveryRow, now: number): boolean {
  return (nextAttemptAt ?? 0) <= now;
}

function byDueAt(one: LaneRow, other: LaneRow): number {
  return (one.dueAt ?? 0) - (other.dueAt ?? 0);
}
