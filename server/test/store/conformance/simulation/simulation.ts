import type { Webhook } from '../../../../src/model.ts';
import { Random } from '../random.ts';
import { delivered } from '../results.ts';
import type { World } from '../world.ts';
import { day, now, second } from '../world.ts';
import { Cluster } from './cluster.ts';
import { faultsOf } from './faults.ts';
import { leaseMs, Members } from './members.ts';
import type { SimulatedNode } from './node.ts';
import { People } from './people.ts';
import { Recording } from './recording.ts';
import { Sending } from './sending.ts';

/** What may happen, how often, and how. */
type Happening = [string, number, () => Promise<unknown>];

/** Several nodes and people that do anything to a store, in any order. */
export class Simulation {
  readonly #world: World;
  readonly #random: Random;
  readonly #cluster: Cluster;
  readonly #members: Members;
  readonly #people: People;
  readonly #sending: Sending;
  readonly #recording: Recording;
  /** Everything done so far, for whoever has to find out why it went wrong. */
  readonly history: string[] = [];

  /** `name`: tells its nodes from those of another simulation in the same cluster. */
  constructor(world: World, seed: number, { name = '', cluster = new Cluster() } = {}) {
    const random = new Random(seed);
    this.#world = world;
    this.#random = random;
    this.#cluster = cluster;
    this.#members = new Members(world, { random, cluster, name });
    this.#people = new People(world, { random, cluster });
    this.#sending = new Sending(world, { random, cluster, members: this.#members });
    this.#recording = new Recording(world, { random, cluster });
    cluster.simulations += 1;
  }

  get now(): number {
    return this.#cluster.now;
  }

  /** Batches of results that stopped more or fewer webhooks than they reported; true only of a simulation alone. */
  get misreported(): readonly unknown[] {
    return this.#recording.misreported;
  }

  async start(): Promise<void> {
    for (let count = 0; count < 3; count += 1) await this.#members.join();
    for (const node of this.#members.nodes) await this.#members.heartbeat(node);
    for (let count = 0; count < 4; count += 1) await this.#people.subscribe();
  }

  /** Something happens, some time later. */
  async step(): Promise<void> {
    const passes = this.#random.chance(1 / this.#cluster.simulations);
    if (passes) this.#cluster.now += this.#random.oneOf([0, 1, second, 10 * second]) ?? 0;
    const node = this.#random.oneOf(this.#members.nodes);
    const webhook = this.#random.oneOf(this.#people.webhooks);
    if (!node || !webhook) throw new Error('Nobody is left.');
    // It cannot know whether what it is given now is taken over in the next moment.
    if (node.heirs > 0) return;
    const happenings = [
      ...this.#ofMembers(node),
      ...this.#ofDeliveries(node, webhook),
      ...this.#ofWebhooks(webhook),
      ...this.#ofJobs(webhook),
    ];
    const [name, , happen] = this.#weighted(happenings);
    this.history.push(`${this.now - now} ${name} ${node.id} ${webhook.id}`);
    await happen();
  }

  #ofMembers(node: SimulatedNode): Happening[] {
    const members = this.#members;
    return [
      ['heartbeats', 12, () => members.heartbeats()],
      ['crash', 2, () => members.crash(node)],
      ['leave', 2, () => members.leave(node)],
      ['expire', 4, () => members.expire(node)],
    ];
  }

  #ofDeliveries(node: SimulatedNode, webhook: Webhook): Happening[] {
    const sending = this.#sending;
    return [
      ['publish', 20, () => sending.publish(this.#random.chance(0.7) ? node : undefined)],
      ['claim', 12, () => sending.claim(node)],
      ['refill', 12, () => sending.refill(node)],
      ['fetch', 10, () => sending.fetch(node)],
      ['ask', node.uninformed || node.careless ? 12 : 2, () => sending.ask(node)],
      ['record', 20, () => this.#recording.record(node)],
      ['release', 5, () => sending.release(node)],
      ['requeue', 8, () => sending.requeue(node)],
      ['relinquish', 5, () => sending.relinquish(node)],
      ['test', 2, () => sending.insertTest(node, webhook)],
      ['sweep', 8, () => this.#sweep()],
    ];
  }

  #ofWebhooks(webhook: Webhook): Happening[] {
    return [
      ['pause', 3, () => this.#world.pause(webhook, this.now)],
      ['resume', 6, () => this.#world.resume(webhook, this.now)],
      ['subscribe', 4, () => this.#people.subscribe()],
      ['unsubscribe', 3, () => this.#people.unsubscribe(webhook)],
      ['edit', 2, () => this.#people.edit(webhook)],
      ['delete', 2, () => this.#world.store.deleteWebhook(this.#world.home, webhook.id, this.now)],
    ];
  }

  #ofJobs(webhook: Webhook): Happening[] {
    return [
      ['replay', 4, () => this.#people.replay(webhook)],
      ['order a job', 6, () => this.#people.orderJob(webhook)],
      ['advance a job', 12, () => this.#world.store.advanceJob(this.now)],
      ['cancel a job', 1, () => this.#people.cancelJob()],
    ];
  }

  #weighted(choices: readonly Happening[]): Happening {
    let rest = this.#random.below(choices.reduce((sum, [, weight]) => sum + weight, 0));
    const chosen = choices.find(([, weight]) => {
      rest -= weight;
      return rest < 0;
    });
    if (!chosen) throw new Error('There is nothing to choose from.');
    return chosen;
  }

  async #sweep(): Promise<void> {
    const eventsMs = this.#random.chance(0.5) ? 600 * second : 30 * day;
    const retention = { attemptsPerWebhook: 5, eventsMs, idempotencyMs: day };
    await this.#world.store.sweep(retention, this.now, this.#random.chance(0.9));
  }

  /** What must never be found, by its kind. Nothing may be under way meanwhile, in any simulation of the cluster. */
  async faults(): Promise<Record<string, readonly unknown[]>> {
    return { ...(await faultsOf(this.#world, this.#cluster)), strays: this.#sending.strays };
  }

  /** Nothing new happens, every webhook is open, and the nodes that are left do their work until there is none. */
  async settle(): Promise<void> {
    this.#sending.calm = true;
    while (await this.#world.store.advanceJob(this.now));
    for (const webhook of this.#people.webhooks) await this.#world.resume(webhook, this.now);
    this.#cluster.now += leaseMs + 60 * second;
    const { nodes } = this.#members;
    // Twice, so that each knows of all the others.
    for (const node of [...nodes, ...nodes]) await this.#members.heartbeat(node);
    for (const node of nodes) await this.#members.expire(node);
    for (const node of nodes) await this.#sending.ask(node);
    // Statuses that end by themselves have ended.
    await this.#world.sweep({}, this.now);
    for (let rounds = 0; rounds < 1000; rounds += 1) {
      if (!(await this.#workOff())) break;
    }
    await this.#world.sweep({}, this.now);
  }

  /** False when no node had anything to do, nor expects anything. Otherwise it is as late then as one expects something. */
  async #workOff(): Promise<boolean> {
    let busy = false;
    const times: number[] = [];
    for (const node of this.#members.nodes) {
      await this.#sending.fetch(node);
      const { nextDueAt } = await this.#sending.claim(node);
      await this.#sending.refill(node, [...node.backlogged]);
      busy ||= node.held.size > 0 || node.backlogged.size > 0;
      if (nextDueAt !== null) times.push(nextDueAt);
      const results = [...node.held.values()].map((work) => delivered(work));
      await this.#world.store.record(node.id, results, this.now);
      node.held.clear();
    }
    const soon = this.now + 1;
    this.#cluster.now = busy || times.length === 0 ? soon : Math.max(soon, Math.min(...times));
    return busy || times.length > 0;
  }
}
