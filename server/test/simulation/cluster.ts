import { StoreError } from '../../src/store/errors.ts';
import type { Random } from '../store/conformance/random.ts';
import { SimulatedNode } from './node.ts';
import type { Receivers } from './receivers.ts';
import type { Schedule } from './schedule.ts';
import { SignalBus } from './signal-bus.ts';
import type { MemoryStore } from './store/memory-store.ts';
import type { Latency, Step } from './store-link.ts';
import { StoreLink } from './store-link.ts';
import { Host, type Timeline } from './timeline.ts';
import type { Watch } from './watch.ts';

const second = 1000;
/** How many nodes there are at most. */
const most = 6;

/** Told what becomes of a node's call to the store. */
export type Trace = (elapsed: number, node: string, step: Step, name: string, data: unknown) => void;

export interface ClusterParts {
  readonly schedule: Schedule;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly store: MemoryStore;
  readonly watch: Watch;
  readonly receivers: Receivers;
  readonly trace: Trace | undefined;
}

interface Cut {
  readonly forMs: number;
  readonly how: 'refuse' | 'hang';
}

/** Nodes that come and go, and what may happen to them. */
export class SimulatedCluster {
  readonly #parts: ClusterParts;
  readonly #bus: SignalBus;
  readonly #nodes: SimulatedNode[] = [];
  #latency: Latency;

  constructor(parts: ClusterParts) {
    this.#parts = parts;
    this.#bus = new SignalBus(parts.timeline, parts.random);
    this.#bus.news = parts.schedule.news;
    this.#latency = parts.schedule.latency;
  }

  /** Nodes that take requests. */
  get running(): SimulatedNode[] {
    return this.#nodes.filter(({ state, host }) => state === 'running' && host.alive);
  }

  /** Nobody stands still or is cut off. */
  get areAllWell(): boolean {
    const { now } = this.#parts.timeline;
    return this.#nodes.every(({ host, link }) => host.frozenUntil <= now && link.state === 'open');
  }

  /** The running node of this number, as far as there is one. */
  at(number: number): SimulatedNode | undefined {
    const { running } = this;
    return running[number % running.length];
  }

  /** Another node, if there may be one: a store that is not shared has one process at a time. */
  start(): void {
    const alive = this.#nodes.filter(({ host }) => host.alive);
    if (alive.length >= (this.#parts.schedule.shared ? most : 1)) return;
    const node = this.#newNode(`node_${this.#nodes.length + 1}`);
    this.#nodes.push(node);
    node.start().catch((error: unknown) => {
      this.foreseen(error);
      this.#end(node);
      this.#parts.timeline.after(2 * second, () => this.start());
    });
  }

  kill(node: SimulatedNode): void {
    this.#end(node);
    this.#parts.timeline.after((0.5 + 5 * this.#parts.random.next()) * second, () => this.start());
  }

  async stop(node: SimulatedNode, graceMs: number): Promise<void> {
    try {
      await node.stop(graceMs);
    } catch (error) {
      this.foreseen(error);
    }
    const { timers, name } = node.host;
    if (timers > 0) this.#parts.watch.violation('timers', `${name} has stopped, and ${timers} of its timers are set`);
    this.#end(node);
    if (!this.#parts.schedule.shared) this.start();
  }

  /** Nothing happens to it for a while; then everything that waited does. */
  freeze(node: SimulatedNode, forMs: number, asleep: boolean): void {
    const { host } = node;
    const { now } = this.#parts.timeline;
    if (host.frozenUntil > now) return;
    host.frozenUntil = now + forMs;
    node.troubled(host.frozenUntil);
    if (!asleep) return;
    host.sleptMs += forMs;
    // Until it follows the store's clock again, its own is behind, and by that it says when it left a lane.
    const { watch, schedule } = this.#parts;
    if (schedule.shared) watch.clockErrorMs = Math.max(watch.clockErrorMs, forMs);
  }

  cutOff(node: SimulatedNode, { forMs, how }: Cut): void {
    const { link, signals, host } = node;
    if (link.state !== 'open') return;
    link.state = how;
    signals.isCutOff = true;
    const { timeline, random } = this.#parts;
    timeline.after(forMs, () => {
      link.state = 'open';
      signals.isCutOff = false;
      node.troubled(timeline.now);
      // It notices some time later that it missed news.
      timeline.after(random.next() * 3 * second, () => signals.missed(), host);
    });
  }

  cutOffAll(cut: Cut): void {
    for (const node of this.running) this.cutOff(node, cut);
  }

  setLatency(latency: Latency): void {
    this.#latency = latency;
    for (const { link } of this.#nodes) link.latency = latency;
  }

  /** Nothing gets lost any more, and nothing takes long. */
  calm(): void {
    this.#bus.news = { mostMs: 5, lostShare: 0, repeatedShare: 0 };
    this.setLatency({ ...this.#latency, slowShare: 0, lostShare: 0 });
  }

  /** Only the store may fail. */
  foreseen(error: unknown): void {
    if (error instanceof StoreError) return;
    this.#parts.watch.violation('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  #newNode(name: string): SimulatedNode {
    const { timeline, random, store, watch, receivers, trace, schedule } = this.#parts;
    const { shared, settings } = schedule;
    const host = new Host(name);
    const link = new StoreLink({
      ...{ store, timeline, random, host, parallel: shared, latency: this.#latency },
      onTrouble: () => node.troubled(timeline.now),
      onStep: trace && ((step, call, data) => trace(timeline.elapsed, name, step, call, data)),
    });
    const wallMs = shared ? random.below(4) * second : 0;
    const bus = this.#bus;
    const parts = { host, timeline, link, bus, receivers, watch, shared, settings, wallMs };
    const node: SimulatedNode = new SimulatedNode(parts);
    return node;
  }

  #end(node: SimulatedNode): void {
    node.host.alive = false;
    node.state = 'stopped';
  }
}
