import type { OwnedLane } from '../../../../src/store/contract/index.ts';
import { now } from '../world.ts';
import type { SimulatedNode } from './node.ts';

/** Nodes that share a store, and the time that all of them go by. */
export class Cluster {
  now = now;
  /** Those that are alive. */
  readonly nodes: SimulatedNode[] = [];
  /** Times at which a node was told that a lane is its own, while another that obeys believed the same of itself. */
  readonly rivals: unknown[] = [];
  /** How many go by this time. */
  simulations = 0;

  /** A node is told that lanes are its own. */
  own(node: SimulatedNode, lanes: readonly OwnedLane[], by: string): void {
    for (const { webhookId, term, leftAt } of lanes) {
      node.owned.set(webhookId, term);
      if (leftAt !== null && leftAt > this.now) this.rivals.push({ by, node: node.id, webhookId, leftAt });
      if (node.careless) continue;
      const others = this.nodes.filter((other) => other !== node && !other.careless && other.owned.has(webhookId));
      for (const other of others) this.rivals.push({ by, node: node.id, other: other.id, webhookId });
    }
  }
}
