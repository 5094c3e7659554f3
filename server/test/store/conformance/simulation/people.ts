import { operationalProvider } from '@bellhop/shared';
import type { Webhook } from '../../../../src/model.ts';
import { slotCount } from '../../../../src/store/slots.ts';
import type { Random } from '../random.ts';
import type { World } from '../world.ts';
import { second, webhookIdOfSlot } from '../world.ts';
import type { Cluster } from './cluster.ts';

/** Types of events that are published. */
export const types = ['a', 'b', 'c', 'd'];
const orderings = ['parallel', 'parallel', 'fifo'] as const;
/** Few, so that the same is often subscribed to again. */
const subscriptions = [['a'], ['a', 'b'], ['c', 'd'], types];
const operationalTypes = Object.keys(operationalProvider.events);

/** People and platforms that make webhooks, change them, and ask for jobs. */
export class People {
  readonly webhooks: Webhook[] = [];
  readonly #world: World;
  readonly #random: Random;
  readonly #cluster: Cluster;

  constructor(world: World, { random, cluster }: { random: Random; cluster: Cluster }) {
    this.#world = world;
    this.#random = random;
    this.#cluster = cluster;
  }

  async subscribe(): Promise<void> {
    const url = `https://example.com/${this.#random.below(2)}`;
    const events = this.#random.oneOf(subscriptions) ?? types;
    const ofReports = { provider: operationalProvider.id, events: operationalTypes };
    const kind = this.#random.chance(0.2) ? ofReports : { events };
    const ordering = this.#random.oneOf(orderings) ?? 'parallel';
    // By chance that can be repeated, as it decides which node sends to it.
    const id = webhookIdOfSlot(this.#random.below(slotCount));
    const listens = this.#random.chance(0.1) ? { listener: true, statusUntil: this.#cluster.now + 20 * second } : {};
    const hook = this.#world.newWebhook({ id, restHook: true, url, ordering, ...kind, ...listens });
    const webhook = await this.#world.subscribe(hook, this.#random.chance(0.5), this.#cluster.now);
    if (!this.webhooks.some(({ id }) => id === webhook.id)) this.webhooks.push(webhook);
  }

  async unsubscribe({ id }: Webhook): Promise<void> {
    const ended = { message: 'Unsubscribed.', until: this.#cluster.now + 20 * second };
    await this.#world.store.unsubscribe(this.#world.home, id, ended, this.#cluster.now);
  }

  async edit({ id }: Webhook): Promise<void> {
    const webhook = await this.#world.store.getWebhook(this.#world.home, id);
    const events = this.#random.someOf(webhook?.provider === operationalProvider.id ? operationalTypes : types);
    const ordering = this.#random.oneOf(orderings) ?? 'parallel';
    if (webhook && events.length > 0)
      await this.#world.store.updateWebhook({ ...webhook, events, ordering }, this.#cluster.now);
  }

  async replay(webhook: Webhook): Promise<void> {
    const deliveries = await this.#world.store.listDeliveries(this.#world.home, webhook.id, { limit: 20 });
    const delivery = this.#random.oneOf(deliveries);
    if (delivery) await this.#world.store.replay(this.#world.home, delivery.id, this.#cluster.now);
  }

  async orderJob({ id: webhookId }: Webhook): Promise<void> {
    const deliveries = await this.#world.store.listDeliveries(this.#world.home, webhookId, { limit: 20 });
    const ids = this.#random.someOf(deliveries.map(({ id }) => id));
    const orders = [
      { kind: 'discard' as const, webhookId },
      { webhookId },
      { selection: { since: this.#cluster.now - 60 * second } },
      ...(ids.length > 0 ? [{ selection: { ids } }] : []),
    ];
    await this.#world.tryJob({ ...this.#random.oneOf(orders), createdAt: this.#cluster.now });
  }

  async cancelJob(): Promise<void> {
    const jobs = await this.#world.store.listJobs(this.#world.home, {}, { limit: 5 });
    const job = this.#random.oneOf(jobs);
    if (job) await this.#world.store.cancelJob(this.#world.home, job.id, this.#cluster.now);
  }
}
