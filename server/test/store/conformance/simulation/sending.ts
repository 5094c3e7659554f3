import type { Event, Webhook } from '../../../../src/model.ts';
import type { Claim, Store } from '../../../../src/store/contract/index.ts';
import type { Random } from '../random.ts';
import type { World } from '../world.ts';
import { idsOf } from '../world.ts';
import type { Cluster } from './cluster.ts';
import type { Members } from './members.ts';
import type { SimulatedNode } from './node.ts';
import { types } from './people.ts';

/** What nodes get to send, learn of, and give back. */
export class Sending {
  /** Deliveries that a node was given to send, but not the lane that they are in. */
  readonly strays: unknown[] = [];
  /** Nothing gets lost any more. */
  calm = false;
  readonly #world: World;
  readonly #random: Random;
  readonly #cluster: Cluster;
  readonly #members: Members;

  constructor(world: World, { random, cluster, members }: { random: Random; cluster: Cluster; members: Members }) {
    this.#world = world;
    this.#random = random;
    this.#cluster = cluster;
    this.#members = members;
  }

  /** By a node, or by a process that sends nothing. */
  async publish(node: SimulatedNode | undefined): Promise<void> {
    const events = Array.from({ length: 1 + this.#random.below(4) }, () =>
      this.#world.eventFor(this.#world.newWebhook(), {
        type: this.#random.oneOf(types) ?? '',
        createdAt: this.#cluster.now,
      }),
    );
    const view = node ?? this.#random.oneOf(this.#members.nodes);
    const homes = view && this.#random.chance(0.8) ? this.#members.homes(view) : null;
    const options = { node: node?.id ?? null, full: this.#random.chance(0.15), homes, now: this.#cluster.now };
    const isListening = node?.listen();
    const { held, lanes, elsewhere } = await this.#world.publish(events, options);
    for (const id of elsewhere) this.#announce(id, events);
    if (!node || !isListening || !this.#reaches(node, isListening)) return;
    node.hold(held);
    this.#own(node, { work: held, lanes }, 'publish');
  }

  /** A node has lanes, and work that must be in one of them. */
  #own(node: SimulatedNode, { work, lanes }: Pick<Claim, 'work' | 'lanes'>, by: string): void {
    this.#cluster.own(node, lanes, by);
    const ids = new Set(lanes.map(({ webhookId }) => webhookId));
    const strays = work.filter(({ delivery }) => !ids.has(delivery.webhookId));
    if (strays.length > 0) this.strays.push({ by, node: node.id, strays });
  }

  /** Tells a node that it holds deliveries of events, unless it has ended or the message gets lost. */
  #announce(id: string, events: readonly Event[]): void {
    const node = this.#cluster.nodes.find((each) => each.id === id);
    if (!node) return;
    if (this.#random.chance(0.2)) node.uninformed = true;
    else for (const event of events) node.announced.add(event.id);
  }

  /** What it has been told of. */
  async fetch(node: SimulatedNode): Promise<void> {
    const eventIds = [...node.announced];
    if (!(await this.#take(node, { eventIds }))) return;
    for (const id of eventIds) node.announced.delete(id);
  }

  /** Gets deliveries that it did not know of. Those in a lane that is not its own go back. False: the answer got lost. */
  async #take(node: SimulatedNode, of: Parameters<Store['fetch']>[1]): Promise<boolean> {
    const isListening = node.listen();
    const { work, lanes } = await this.#world.store.fetch(node.id, of);
    if (!this.#reaches(node, isListening)) return false;
    this.#cluster.own(node, lanes, 'fetch');
    const fresh = work.filter(({ delivery }) => !node.held.has(delivery.id));
    node.hold(fresh);
    const ids = idsOf(fresh.filter(({ delivery }) => !node.owned.has(delivery.webhookId)));
    await this.#world.store.release(node.id, ids, this.#cluster.now);
    node.release(ids);
    return true;
  }

  /** A node that may have missed something finds out what it holds and goes on with that. */
  async ask(node: SimulatedNode): Promise<void> {
    if (node.careless) node.forget();
    const announced = [...node.announced];
    const isListening = node.listen();
    node.uninformed = false;
    const holdings = await this.#world.store.holdings(node.id);
    if (!this.#reaches(node, isListening)) return;
    for (const id of announced) node.announced.delete(id);
    const unknown = node.learn(holdings);
    this.#cluster.own(node, holdings.lanes, 'holdings');
    await this.#take(node, { ids: unknown });
  }

  /** What is on its way may come to its end still, unless it is given back before. */
  async relinquish(node: SimulatedNode): Promise<void> {
    const webhookIds = this.#random.someOf([...node.owned.keys()]);
    const atRest = this.#random.chance(0.5);
    const works = [...node.held.values()].filter(({ delivery }) => webhookIds.includes(delivery.webhookId));
    const ids = atRest ? idsOf(works) : [];
    await this.#world.store.release(node.id, ids, this.#cluster.now);
    node.release(ids);
    // It stops before the store is told: another may go on at once.
    const leftAt = atRest ? null : this.#cluster.now;
    const lanes = webhookIds.map((webhookId) => ({ webhookId, term: node.owned.get(webhookId) ?? 0, leftAt }));
    for (const owned of [node.owned, node.backlogged]) for (const id of webhookIds) owned.delete(id);
    await this.#world.store.relinquish(node.id, lanes);
  }

  async claim(node: SimulatedNode): Promise<Claim> {
    const slots = !this.calm && this.#random.chance(0.15) ? null : this.#members.slots(node);
    const isListening = node.listen();
    const [lanes, perLane] = [1 + this.#random.below(4), 1 + this.#random.below(5)];
    const claim = await this.#world.claim(node.id, { slots, lanes, perLane, now: this.#cluster.now });
    this.#hear(node, claim, this.#reaches(node, isListening));
    return claim;
  }

  async refill(node: SimulatedNode, webhookIds = this.#random.someOf([...node.backlogged])): Promise<void> {
    const isListening = node.listen();
    const request = { node: node.id, webhookIds, perLane: 1 + this.#random.below(3), now: this.#cluster.now };
    for (const id of webhookIds) node.backlogged.delete(id);
    const claim = await this.#world.store.refill(request);
    this.#hear(node, claim, this.#reaches(node, isListening));
  }

  /** What a claim or a refill brought. Tests always arrive: a node that asks what it holds is not told of them. */
  #hear(node: SimulatedNode, claim: Claim, arrives: boolean): void {
    node.hold(claim.work.filter(({ event }) => event.test || arrives));
    if (!arrives) return;
    this.#own(node, claim, 'claim');
    node.take(claim);
  }

  async release(node: SimulatedNode): Promise<void> {
    const ids = this.#random.someOf([...node.held.keys()]);
    await this.#world.store.release(node.id, ids, this.#cluster.now);
    node.release(ids);
  }

  async requeue(node: SimulatedNode): Promise<void> {
    const works = this.#random.someOf([...node.held.values()]);
    for (const { delivery } of works) node.backlogged.add(delivery.webhookId);
    const ids = idsOf(works);
    await this.#world.store.requeue(node.id, ids, this.#cluster.now);
    node.release(ids);
  }

  /** Nobody tests a webhook that was deleted. */
  async insertTest(node: SimulatedNode, webhook: Webhook): Promise<void> {
    if (!(await this.#world.store.getWebhook(this.#world.home, webhook.id))) return;
    const event = this.#world.eventFor(webhook, { test: true, createdAt: this.#cluster.now });
    const delivery = await this.#world.store.insertTest(node.id, event, webhook.id);
    node.held.set(delivery.id, { delivery, event, webhookRevision: webhook.revision });
  }

  /** Whether an answer reaches a node. Otherwise it has to ask what it holds. */
  #reaches(node: SimulatedNode, isListening: () => boolean): boolean {
    if (isListening() && (this.calm || !this.#random.chance(0.03))) return true;
    node.uninformed = true;
    return false;
  }
}
