import { Random } from '../store/conformance/random.ts';
import type { Trace } from './cluster.ts';
import { SimulatedCluster } from './cluster.ts';
import type { SimulatedNode } from './node.ts';
import { Receivers } from './receivers.ts';
import type { Action, Schedule } from './schedule.ts';
import { MemoryStore } from './store/memory-store.ts';
import { Timeline } from './timeline.ts';
import type { Violation } from './watch.ts';
import { Watch } from './watch.ts';

const second = 1000;
/** How long it may take until the next delivery is sent, once nothing goes wrong any more. */
const patienceMs = 120 * second;
/** How long all of them may take. */
const mostMs = 3600 * second;
/** By when every node has looked at what it holds. */
const lookMs = 12 * second;
/** How long stopping may take. */
const stopMs = 40 * second;

export interface Outcome {
  readonly violations: readonly Violation[];
  readonly published: number;
  readonly sent: number;
  /** Deliveries that were sent again after an answer that ended them, or before it came. */
  readonly repeated: number;
}

/** Carries out a schedule, then lets everything become well, and says what should not have been. */
export async function simulate(schedule: Schedule, trace?: Trace): Promise<Outcome> {
  const chance = new Random(schedule.seed + 1);
  const { random } = Math;
  // Pauses between tries are shortened by it.
  Math.random = () => chance.next();
  try {
    return await new Simulation(schedule, trace).run();
  } finally {
    Math.random = random;
  }
}

class Simulation {
  readonly #schedule: Schedule;
  readonly #timeline = new Timeline();
  readonly #store = new MemoryStore(() => Math.floor(this.#timeline.now));
  readonly #watch: Watch;
  readonly #receivers: Receivers;
  readonly #cluster: SimulatedCluster;
  readonly #acknowledged = new Set<string>();

  constructor(schedule: Schedule, trace: Trace | undefined) {
    this.#schedule = schedule;
    const random = new Random(-schedule.seed);
    const [timeline, store] = [this.#timeline, this.#store];
    const { tables } = store;
    const watch = new Watch(timeline, tables, { shared: schedule.shared, ...schedule.settings });
    this.#watch = watch;
    const receivers = new Receivers({ timeline, random, tables, watch, connectMs: schedule.connectMs });
    this.#receivers = receivers;
    this.#cluster = new SimulatedCluster({ schedule, timeline, random, store, watch, receivers, trace });
  }

  async run(): Promise<Outcome> {
    const { actions, lengthMs, nodes } = this.#schedule;
    for (let count = 0; count < nodes; count += 1) this.#cluster.start();
    for (const action of actions) this.#timeline.after(action.at, () => this.#do(action));
    await this.#pass(lengthMs);
    await this.#settle();
    await this.#stop();
    const { violations, sent, repeated } = this.#watch;
    return { violations, published: this.#acknowledged.size, sent, repeated };
  }

  #do(action: Action): void {
    const cluster = this.#cluster;
    if (action.kind === 'subscribe') {
      this.#receivers.manners.set(action.webhook.id, action.manners);
      this.#store.insertWebhook(action.webhook);
    } else if (action.kind === 'start') cluster.start();
    else if (action.kind === 'outage') cluster.cutOffAll(action);
    else if (action.kind === 'slow store') {
      cluster.setLatency(action.latency);
      this.#timeline.after(action.forMs, () => cluster.setLatency(this.#schedule.latency));
    } else {
      const node = cluster.at(action.node);
      if (node) this.#doAt(node, action);
    }
  }

  #doAt(node: SimulatedNode, action: Extract<Action, { readonly node: number }>): void {
    const cluster = this.#cluster;
    if (action.kind === 'publish') this.#publish(node, action.types);
    else if (action.kind === 'stop') void cluster.stop(node, action.graceMs);
    else if (action.kind === 'kill') cluster.kill(node);
    else if (action.kind === 'freeze') cluster.freeze(node, action.forMs, action.asleep);
    else if (action.kind === 'cut off') cluster.cutOff(node, action);
    else {
      const ids = [...this.#store.tables.webhooks.keys()];
      this.#change(node, action.kind, ids[action.webhook % ids.length] ?? '');
    }
  }

  #publish(node: SimulatedNode, types: readonly string[]): void {
    node.publish(types).then(
      (published) => {
        for (const event of published) if ('id' in event) this.#acknowledged.add(event.id);
      },
      (error: unknown) => this.#cluster.foreseen(error),
    );
  }

  #change(node: SimulatedNode, kind: 'pause' | 'resume' | 'delete', webhookId: string): void {
    const status = kind === 'pause' ? 'paused' : 'active';
    const changed = kind === 'delete' ? node.delete(webhookId) : node.setStatus(webhookId, status);
    changed.catch((error: unknown) => this.#cluster.foreseen(error));
  }

  /** Nothing goes wrong any more, and nothing new comes: so everything ends. */
  async #settle(): Promise<void> {
    const { tables } = this.#store;
    this.#receivers.areAllWell = true;
    this.#cluster.calm();
    const since = this.#timeline.now;
    do {
      this.#resume();
      await this.#pass(second);
      this.#store.sweep();
    } while (this.#goesOn(since));
    for (const { id, owner } of tables.allPending()) {
      this.#watch.violation('lost', `${id} is pending, and ${owner ?? 'nobody'}'s`);
    }
    const lost = [...this.#acknowledged].filter((id) => !tables.events.has(id));
    for (const id of lost) this.#watch.violation('lost', `${id} is not stored`);
    await this.#pass(lookMs);
  }

  /** Somebody is there, and every webhook is active. */
  #resume(): void {
    if (this.#cluster.running.length === 0) this.#cluster.start();
    const node = this.#cluster.at(0);
    const paused = [...this.#store.tables.webhooks.values()].filter(({ status }) => status === 'paused');
    for (const { id } of paused) if (node) this.#change(node, 'resume', id);
  }

  #goesOn(since: number): boolean {
    const { now } = this.#timeline;
    if (!this.#cluster.areAllWell) return true;
    if (this.#store.tables.allPending().length === 0) return false;
    return now < since + mostMs && now < Math.max(since, this.#watch.lastSentAt) + patienceMs;
  }

  async #stop(): Promise<void> {
    const nodes = this.#cluster.running;
    for (const node of nodes) void this.#cluster.stop(node, 10 * second);
    await this.#pass(stopMs, () => nodes.every(({ state }) => state === 'stopped'));
    for (const { state, host } of nodes) {
      if (state !== 'stopped') this.#watch.violation('left', `${host.name} does not stop`);
    }
    for (const { webhookId, owner } of this.#store.tables.lanes.values()) {
      if (owner !== null) this.#watch.violation('left', `${webhookId} is ${owner}'s, which has stopped`);
    }
  }

  #pass(milliseconds: number, until?: () => boolean): Promise<void> {
    return this.#timeline.run(this.#timeline.now + milliseconds, until);
  }
}
