import { operationalProvider, webhookStopped } from '@bellhop/shared';
import type { Webhook, Work } from '../../../src/model.ts';
import type { AttemptResult, Claim } from '../../../src/store/contract.ts';
import { Random } from './random.ts';
import { becoming, delivered, discarded, exhausted, retry } from './results.ts';
import type { World } from './world.ts';
import { day, now, second } from './world.ts';

const leaseMs = 30 * second;
const orderings = ['parallel', 'parallel', 'fifo'] as const;
const types = ['a', 'b', 'c', 'd'];
/** Few, so that the same is often subscribed to again. */
const subscriptions = [['a'], ['a', 'b'], ['c', 'd'], types];
const operationalTypes = Object.keys(operationalProvider.events);
const statuses = ['paused', 'disabled', 'gone'] as const;
const stops = statuses.map((status) => webhookStopped(status, { code: '', message: '' }).type);

/** What a node keeps in memory, as the engine would. */
interface Node {
  readonly id: string;
  readonly held: Map<string, Work>;
  /** Webhooks whose backlog it was told is its own. */
  readonly backlogged: Set<string>;
}

/** Several nodes and people that do anything to a store, in any order. */
export class Simulation {
  readonly #world: World;
  readonly #random: Random;
  readonly #name: string;
  readonly #nodes: Node[] = [];
  readonly #webhooks: Webhook[] = [];
  /** Everything done so far, for whoever has to find out why it went wrong. */
  readonly history: string[] = [];
  /** Batches of results that stopped more or fewer webhooks than they reported. */
  readonly misreported: unknown[] = [];
  now = now;

  /** `name`: tells its nodes from those of another simulation on the same store. */
  constructor(world: World, seed: number, name = '') {
    this.#name = name;
    this.#world = world;
    this.#random = new Random(seed);
  }

  async start(): Promise<void> {
    for (let count = 0; count < 3; count += 1) await this.#join();
    for (let count = 0; count < 4; count += 1) await this.#subscribe();
  }

  /** Something happens, some time later. */
  async step(): Promise<void> {
    this.now += this.#random.oneOf([0, 1, second, 20 * second]) ?? 0;
    const node = this.#random.oneOf(this.#nodes);
    const webhook = this.#random.oneOf(this.#webhooks);
    if (!node || !webhook) throw new Error('Nobody is left.');
    const happenings: [string, number, () => Promise<unknown>][] = [
      ['publish', 20, () => this.#publish(this.#random.chance(0.7) ? node : undefined)],
      ['claim', 12, () => this.#claim(node)],
      ['refill', 12, () => this.#refill(node)],
      ['record', 20, () => this.#record(node)],
      ['release', 5, () => this.#release(node)],
      ['spill', 8, () => this.#spill(node)],
      ['pause', 3, () => this.#world.pause(webhook, this.now)],
      ['resume', 6, () => this.#world.resume(webhook, this.now)],
      ['subscribe', 4, () => this.#subscribe()],
      ['edit', 2, () => this.#edit(webhook)],
      ['delete', 2, () => this.#world.store.deleteWebhook(this.#world.home, webhook.id, this.now)],
      ['replay', 4, () => this.#replay(webhook)],
      ['test', 2, () => this.#insertTest(node, webhook)],
      ['order a job', 6, () => this.#orderJob(webhook)],
      ['advance a job', 12, () => this.#world.store.advanceJob(this.now)],
      ['cancel a job', 1, () => this.#cancelJob()],
      ['heartbeat', 4, () => this.#heartbeat(node)],
      ['crash', 2, () => this.#crash(node)],
      ['leave', 2, () => this.#leave(node)],
      ['take over', 4, () => this.#takeOver(node)],
      ['sweep', 8, () => this.#sweep()],
    ];
    const [name, , happen] = this.#weighted(happenings);
    this.history.push(`${this.now - now} ${name} ${node.id} ${webhook.id}`);
    await happen();
  }

  /** Backlogs whose owner is alive and does not know of them: nobody would ever refill from them. */
  async forgottenBacklogs(): Promise<unknown[]> {
    const lanes = await this.#world.tables.selectFrom('lanes').selectAll().where('owner', 'is not', null).execute();
    return lanes.filter(({ owner, webhook_id }) => {
      const node = this.#nodes.find(({ id }) => id === owner);
      return node && !node.backlogged.has(webhook_id);
    });
  }

  /** Deliveries that a live node holds without knowing of them: nobody would ever send them. */
  async forgottenDeliveries(): Promise<unknown[]> {
    const rows = await this.#world.tables.selectFrom('deliveries').selectAll().where('owner', 'is not', null).execute();
    return rows.filter(({ owner, id }) => {
      const node = this.#nodes.find((each) => each.id === owner);
      return node && !node.held.has(id);
    });
  }

  /** Nothing new happens, every webhook is open, and the nodes that are left do their work until there is none. */
  async settle(): Promise<void> {
    while (await this.#world.store.advanceJob(this.now));
    for (const webhook of this.#webhooks) await this.#world.resume(webhook, this.now);
    this.now += leaseMs + second;
    for (const node of this.#nodes) await this.#heartbeat(node);
    for (const node of this.#nodes) await this.#world.store.takeOver(node.id, this.now, this.now);
    for (let rounds = 0; rounds < 1000; rounds += 1) {
      if (!(await this.#workOff())) break;
      this.now += 10 * second;
    }
    await this.#world.sweep({}, this.now);
  }

  /** False when no node found anything to do, nor expects anything. */
  async #workOff(): Promise<boolean> {
    let busy = false;
    for (const node of this.#nodes) {
      const { nextDueAt } = await this.#claim(node);
      await this.#refill(node, [...node.backlogged]);
      busy ||= node.held.size > 0 || node.backlogged.size > 0 || nextDueAt !== null;
      const results = [...node.held.values()].map((work) => delivered(work));
      await this.#world.store.record(node.id, results, this.now);
      node.held.clear();
    }
    return busy;
  }

  #weighted<T extends [string, number, unknown]>(choices: readonly T[]): T {
    let rest = this.#random.below(choices.reduce((sum, [, weight]) => sum + weight, 0));
    const chosen = choices.find(([, weight]) => {
      rest -= weight;
      return rest < 0;
    });
    if (!chosen) throw new Error('There is nothing to choose from.');
    return chosen;
  }

  async #join(): Promise<void> {
    const node: Node = {
      id: `node_${this.#name}${this.#nodes.length}_${this.history.length}`,
      held: new Map(),
      backlogged: new Set(),
    };
    this.#nodes.push(node);
    await this.#heartbeat(node);
  }

  async #heartbeat(node: Node): Promise<void> {
    await this.#world.store.heartbeat(node.id, this.now + leaseMs);
  }

  /** It forgets everything; the store learns of it only when its lease ends. */
  async #crash(node: Node): Promise<void> {
    this.#nodes.splice(this.#nodes.indexOf(node), 1);
    await this.#join();
  }

  async #leave(node: Node): Promise<void> {
    await this.#world.store.leave(node.id, this.now);
    await this.#crash(node);
  }

  /** Nodes that were too slow with their heartbeat go on with what they remember. */
  async #takeOver(node: Node): Promise<void> {
    await this.#world.store.takeOver(node.id, this.now, this.now);
  }

  async #subscribe(): Promise<void> {
    const url = `https://example.com/${this.#random.below(2)}`;
    const events = this.#random.oneOf(subscriptions) ?? types;
    const ofReports = { provider: operationalProvider.id, events: operationalTypes };
    const kind = this.#random.chance(0.2) ? ofReports : { events };
    const ordering = this.#random.oneOf(orderings) ?? 'parallel';
    const hook = this.#world.newWebhook({ restHook: true, url, ordering, ...kind });
    const webhook = await this.#world.store.subscribe(hook, this.#random.chance(0.5), this.now);
    if (!this.#webhooks.some(({ id }) => id === webhook.id)) this.#webhooks.push(webhook);
  }

  async #edit({ id }: Webhook): Promise<void> {
    const webhook = await this.#world.store.getWebhook(this.#world.home, id);
    const events = this.#random.someOf(webhook?.provider === operationalProvider.id ? operationalTypes : types);
    const ordering = this.#random.oneOf(orderings) ?? 'parallel';
    if (webhook && events.length > 0) await this.#world.store.updateWebhook({ ...webhook, events, ordering }, this.now);
  }

  async #publish(node: Node | undefined): Promise<void> {
    const events = Array.from({ length: 1 + this.#random.below(4) }, () =>
      this.#world.eventFor(this.#world.newWebhook(), {
        type: this.#random.oneOf(types) ?? '',
        createdAt: this.now,
      }),
    );
    const { held } = await this.#world.publish(events, { node: node?.id ?? null, now: this.now });
    for (const work of held) node?.held.set(work.delivery.id, work);
  }

  async #claim(node: Node): Promise<Claim> {
    const perLane = 1 + this.#random.below(5);
    const claim = await this.#world.claim(node.id, { lanes: 1 + this.#random.below(4), perLane, now: this.now });
    take(node, claim);
    return claim;
  }

  async #refill(node: Node, webhookIds = this.#random.someOf([...node.backlogged])): Promise<void> {
    const request = { node: node.id, webhookIds, perLane: 1 + this.#random.below(3), now: this.now };
    for (const id of webhookIds) node.backlogged.delete(id);
    take(node, await this.#world.store.refill(request));
  }

  async #record(node: Node): Promise<void> {
    const works = this.#random.someOf([...node.held.values()]);
    const results = works.map((work) => this.#result(work));
    const before = await this.#stopsAndReports();
    await this.#world.store.record(node.id, results, this.now);
    // As when the answer got lost.
    if (this.#random.chance(0.2)) await this.#world.store.record(node.id, results, this.now);
    const after = await this.#stopsAndReports();
    const [stopped, reported] = [before.active - after.active, after.reports - before.reports];
    if (stopped !== reported) this.misreported.push({ stopped, reported, results });
    for (const { delivery } of works) node.held.delete(delivery.id);
  }

  async #stopsAndReports(): Promise<{ active: number; reports: number }> {
    const { tables } = this.#world;
    const active = await tables.selectFrom('webhooks').select('id').where('status', '=', 'active').execute();
    const reports = await tables.selectFrom('events').select('id').where('type', 'in', stops).execute();
    return { active: active.length, reports: reports.length };
  }

  #result(work: Work): AttemptResult {
    const status = this.#random.oneOf(statuses);
    const change = status && this.#random.chance(0.04) ? becoming(status) : {};
    const failures = this.#random.oneOf(['keep', 'increment', 'increment', 'reset'] as const) ?? 'keep';
    const effect = { failures, ...change };
    const wait = this.#random.oneOf([0, second, 60 * second]) ?? 0;
    const outcomes = [
      delivered(work, effect),
      delivered(work, effect),
      retry(work, this.now + wait, effect),
      retry(work, this.now + wait, effect),
      exhausted(work, effect),
      discarded(work, effect),
    ];
    return this.#random.oneOf(outcomes) ?? delivered(work);
  }

  async #release(node: Node): Promise<void> {
    const ids = this.#random.someOf([...node.held.keys()]);
    await this.#world.store.release(node.id, ids, this.now);
    for (const id of ids) node.held.delete(id);
  }

  async #spill(node: Node): Promise<void> {
    const works = this.#random.someOf([...node.held.values()]);
    for (const { delivery } of works) node.backlogged.add(delivery.webhookId);
    const ids = works.map(({ delivery }) => delivery.id);
    await this.#world.store.spill(node.id, ids, this.now);
    for (const id of ids) node.held.delete(id);
  }

  async #replay(webhook: Webhook): Promise<void> {
    const deliveries = await this.#world.store.listDeliveries(this.#world.home, webhook.id, { limit: 20 });
    const delivery = this.#random.oneOf(deliveries);
    if (delivery) await this.#world.store.replay(this.#world.home, delivery.id, this.now);
  }

  async #orderJob({ id: webhookId }: Webhook): Promise<void> {
    const deliveries = await this.#world.store.listDeliveries(this.#world.home, webhookId, { limit: 20 });
    const ids = this.#random.someOf(deliveries.map(({ id }) => id));
    const orders = [
      { kind: 'discard' as const, webhookId },
      { webhookId },
      { selection: { since: this.now - 60 * second } },
      ...(ids.length > 0 ? [{ selection: { ids } }] : []),
    ];
    await this.#world.tryJob({ ...this.#random.oneOf(orders), createdAt: this.now });
  }

  async #cancelJob(): Promise<void> {
    const jobs = await this.#world.store.listJobs(this.#world.home, {}, { limit: 5 });
    const job = this.#random.oneOf(jobs);
    if (job) await this.#world.store.cancelJob(this.#world.home, job.id, this.now);
  }

  /** Nobody tests a webhook that was deleted. */
  async #insertTest(node: Node, webhook: Webhook): Promise<void> {
    if (!(await this.#world.store.getWebhook(this.#world.home, webhook.id))) return;
    const event = this.#world.eventFor(webhook, { test: true, createdAt: this.now });
    const delivery = await this.#world.store.insertTest(node.id, event, webhook.id);
    node.held.set(delivery.id, { delivery, event, webhookRevision: webhook.revision });
  }

  async #sweep(): Promise<void> {
    const eventsMs = this.#random.chance(0.5) ? 600 * second : 30 * day;
    await this.#world.store.sweep({ attemptsPerWebhook: 5, eventsMs, idempotencyMs: day }, this.now);
  }
}

function take(node: Node, { work, backlogged }: Claim): void {
  for (const each of work) node.held.set(each.delivery.id, each);
  for (const id of backlogged) node.backlogged.add(id);
}
