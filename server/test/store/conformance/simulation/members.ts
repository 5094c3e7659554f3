import { slotCount } from '../../../../src/store/slots.ts';
import type { Random } from '../random.ts';
import type { World } from '../world.ts';
import { second } from '../world.ts';
import type { Cluster } from './cluster.ts';
import { SimulatedNode } from './node.ts';

export const leaseMs = 30 * second;

/** Nodes that come and go, say that they are alive, and take over from each other. */
export class Members {
  readonly nodes: SimulatedNode[] = [];
  readonly #world: World;
  readonly #random: Random;
  readonly #cluster: Cluster;
  readonly #name: string;
  #joined = 0;

  constructor(world: World, { random, cluster, name }: { random: Random; cluster: Cluster; name: string }) {
    this.#world = world;
    this.#random = random;
    this.#cluster = cluster;
    this.#name = name;
  }

  async join(): Promise<void> {
    this.#joined += 1;
    const node = new SimulatedNode(`node_${this.#name}${this.#joined}`);
    this.nodes.push(node);
    this.#cluster.nodes.push(node);
    await this.heartbeat(node);
  }

  async heartbeat(node: SimulatedNode): Promise<void> {
    const until = this.#cluster.now + leaseMs;
    await this.#world.store.heartbeat(node.id, until);
    node.aliveUntil = until;
    node.peers = await this.#world.store.deliveringNodes(this.#cluster.now);
  }

  async heartbeats(): Promise<void> {
    for (const node of this.nodes) if (this.#random.chance(0.8)) await this.heartbeat(node);
  }

  /** It forgets everything; the store learns of it only when its lease ends. */
  async crash(node: SimulatedNode): Promise<void> {
    this.#remove(node);
    await this.join();
  }

  async leave(node: SimulatedNode): Promise<void> {
    this.#remove(node);
    await this.#world.store.leave(node.id, this.#cluster.now);
    await this.join();
  }

  #remove(node: SimulatedNode): void {
    for (const nodes of [this.nodes, this.#cluster.nodes]) nodes.splice(nodes.indexOf(node), 1);
  }

  /** Nodes that were too slow with their heartbeat stop, or go on with what they remember. */
  async expire(node: SimulatedNode): Promise<void> {
    const time = this.#cluster.now;
    const slow = this.#cluster.nodes.filter((other) => other !== node && other.aliveUntil < time);
    for (const each of slow) {
      each.heirs += 1;
      if (this.#random.chance(0.3)) each.careless = true;
      else each.forget();
    }
    await this.#world.store.expire([node.id], time, time);
    for (const each of slow) each.heirs -= 1;
  }

  /** For each slot the node that takes its free lanes, as a node sees it. */
  homes({ peers }: SimulatedNode): (string | null)[] {
    return Array.from({ length: slotCount }, (_, slot) => peers[slot % peers.length] ?? null);
  }

  slots(node: SimulatedNode): number[] {
    return [...this.homes(node).entries()].filter(([, home]) => home === node.id).map(([slot]) => slot);
  }
}
