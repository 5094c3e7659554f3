import type { DeliveryRow, LaneRow, Tables } from './tables.ts';
import { firstDue } from './tables.ts';

/** As in store/queries/maintenance.ts. */
const rememberedMs = 3600 * 1000;

interface Ended {
  readonly nodes: readonly string[];
  readonly leftAt: number;
  readonly now: number;
}

/** Which nodes are alive, and what becomes of what the others hold: store/queries/maintenance.ts. */
export class Membership {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  heartbeat(node: string, aliveUntil: number, delivers = true): void {
    this.#tables.nodes.set(node, { aliveUntil, delivers });
  }

  deliveringNodes(aliveAt: number): string[] {
    const nodes = [...this.#tables.nodes].filter(([, { aliveUntil, delivers }]) => delivers && aliveUntil >= aliveAt);
    return nodes.map(([id]) => id).sort();
  }

  expire(except: readonly string[], endedBefore: number, now: number): number {
    const others = [...this.#tables.nodes].filter(([id]) => !except.includes(id));
    const latest = Math.max(endedBefore, now - rememberedMs);
    if (!others.some(([, { aliveUntil }]) => aliveUntil < latest)) return 0;
    const ended = others.filter(([, { aliveUntil }]) => aliveUntil < endedBefore);
    const lastEnd = ended.reduce((last, [, { aliveUntil }]) => Math.max(last, aliveUntil), 0);
    const count = this.#releaseAll({ nodes: ended.map(([id]) => id), leftAt: Math.min(now, lastEnd), now });
    for (const [id, { aliveUntil }] of others) {
      if (aliveUntil < now - rememberedMs) this.#tables.nodes.delete(id);
    }
    return count;
  }

  leave(node: string, now: number): void {
    const known = this.#tables.nodes.get(node);
    if (known) known.aliveUntil = now;
    this.#releaseAll({ nodes: [node], leftAt: now, now });
  }

  #releaseAll({ nodes, leftAt, now }: Ended): number {
    const { releasedAll } = this.#tables;
    for (const node of nodes) releasedAll.set(node, (releasedAll.get(node) ?? 0) + 1);
    const released = nodes.flatMap((node) => this.#tables.heldBy(node));
    this.#tables.giveBack(released, now);
    for (const lane of this.#tables.lanes.values()) {
      if (lane.owner !== null && nodes.includes(lane.owner)) free(lane, leftAt, released);
    }
    this.#tables.lanesDueAgain(released);
    return released.length;
  }
}

function free(lane: LaneRow, leftAt: number, released: readonly DeliveryRow[]): void {
  Object.assign(lane, { owner: null, backlogged: false, leftAt });
  if (!released.some(({ webhookId }) => webhookId === lane.webhookId)) return;
  lane.dueAt = Math.min(lane.dueAt ?? Number.MAX_SAFE_INTEGER, firstDue(released));
}
