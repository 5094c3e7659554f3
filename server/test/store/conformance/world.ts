import { newId } from '../../../src/ids.ts';
import type { Event, Job, JobSelection, Webhook, Work } from '../../../src/model.ts';
import type {
  Claim,
  ClaimRequest,
  JobCreation,
  JobRequest,
  PublishOptions,
  PublishRequest,
  PublishResult,
  Store,
} from '../../../src/store/contract/index.ts';
import type { Db, Tables } from '../../../src/store/tables.ts';
import { plainWebhook } from '../../webhook.ts';

/** A store, and its tables seen through a connection of their own. */
export interface Subject {
  readonly store: Store;
  readonly tables: Db;
}

/** The present of every test. Unix milliseconds. */
export const now = Date.UTC(2026, 0, 1);
export const second = 1000;
export const day = 24 * 3600 * 1000;

/** Children before their parents, so that they can be emptied in this order. */
const tableNames = [
  'attempts',
  'deliveries',
  'fan_outs',
  'events',
  'idempotency_keys',
  'jobs',
  'webhook_hours',
  'subscriptions',
  'lanes',
  'webhooks',
  'provider_settings',
  'sessions',
  'api_keys',
  'organizations',
  'nodes',
  'notes',
] as const satisfies readonly (keyof Tables)[];

type JobDifferences = Partial<Omit<Job, 'selection'>> & { readonly selection?: Partial<JobSelection> };

const everySelection: JobSelection = {
  ids: null,
  since: 0,
  until: null,
  outcomes: ['exhausted', 'discarded', 'delivered'],
  provider: null,
  event: null,
};

/** What a claim brings that finds nothing, and expects nothing. */
export const nothing: Claim = { work: [], lanes: [], backlogged: [], nextDueAt: null };

/** An event type that a webhook has to itself unless a test says otherwise. */
let types = 0;

export interface StoredWork extends Extract<PublishResult, { kind: 'stored' }> {
  readonly held: Work[];
}

/** An empty store with one organization in it, and short ways to fill it. */
export class World {
  readonly store: Store;
  readonly tables: Db;
  /** The organization that things belong to unless a test says otherwise. */
  home = '';

  constructor({ store, tables }: Subject) {
    this.store = store;
    this.tables = tables;
  }

  async clear(): Promise<void> {
    for (const table of tableNames) await this.tables.deleteFrom(table).execute();
    this.home = await this.organization();
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.tables.destroy();
  }

  async organization(): Promise<string> {
    const id = newId('organization');
    await this.store.insertOrganization({ id, name: 'Acme', createdAt: now });
    return id;
  }

  /** A webhook that is not stored yet. */
  newWebhook(differences: Partial<Webhook> = {}): Webhook {
    types += 1;
    return plainWebhook({
      id: newId('webhook'),
      organizationId: this.home,
      url: `https://example.com/${types}`,
      events: [`type_${types}`],
      createdAt: now,
      updatedAt: now,
      ...differences,
    });
  }

  async webhook(differences: Partial<Webhook> = {}): Promise<Webhook> {
    const webhook = this.newWebhook(differences);
    await this.store.insertWebhook(webhook);
    return webhook;
  }

  webhookOfSlot(slot: number, differences: Partial<Webhook> = {}): Promise<Webhook> {
    return this.webhook({ id: webhookIdOfSlot(slot), ...differences });
  }

  /** Subscribes a REST hook as the server does; one that exists gets these credentials. */
  async subscribe(hook: Webhook, keepSecret: boolean, time = now): Promise<Webhook> {
    let outcome = await this.store.subscribe(hook, keepSecret, time);
    // It may be deleted and made anew meanwhile.
    while (outcome.kind === 'exists') {
      outcome = await this.store.subscribe(hook, keepSecret, time, { id: outcome.id, sealed: hook.sealed });
    }
    return outcome.webhook;
  }

  /** As it is stored now. */
  async reload(webhook: Webhook): Promise<Webhook> {
    const found = await this.store.getWebhook(webhook.organizationId, webhook.id);
    if (!found) throw new Error(`There is no webhook ${webhook.id}.`);
    return found;
  }

  async pause(webhook: Webhook, at = now): Promise<void> {
    const reason = { code: 'paused_by_customer', message: 'Paused on request.', at };
    await this.store.setWebhookStatus(webhook.organizationId, webhook.id, { status: 'paused', reason }, at);
  }

  async resume(webhook: Webhook, at = now): Promise<void> {
    while (await this.store.bringForward(webhook.organizationId, webhook.id, at));
    await this.store.setWebhookStatus(webhook.organizationId, webhook.id, { status: 'active', reason: null }, at);
  }

  /** An event of the kind that a webhook wants. */
  eventFor(webhook: Webhook, differences: Partial<Event> = {}): Event {
    return {
      id: newId('event'),
      organizationId: webhook.organizationId,
      provider: webhook.provider,
      type: webhook.events[0] ?? '',
      test: false,
      occurredAt: now,
      createdAt: now,
      data: '{}',
      ...differences,
    };
  }

  /** Publishes events of one organization in one request. `held`: the work that the node has now, with its event. */
  /** With all steps of its fan-out. */
  async publish(events: readonly Event[], differences: Partial<PublishOptions> = {}): Promise<StoredWork> {
    const options = { node: null, now, ...differences };
    const [result] = await this.store.publish([request(events)], options);
    if (result?.kind !== 'stored') throw new Error(`It was not stored but ${result?.kind}.`);
    const held = result.work.map(({ eventIndex, ...work }) => ({ ...work, event: at(events, eventIndex) }));
    let { matched } = result;
    for (let step = result.deferred ? await this.store.fanOut(options) : null; step; ) {
      for (const { eventIndex, ...work } of step.work) held.push({ ...work, event: step.event });
      matched += step.matched;
      step = await this.store.fanOut(options);
    }
    return { ...result, matched, held };
  }

  /**
   * Leaves deliveries of a webhook in the store, which nobody holds: as when the node whose lane it is takes no more.
   * Returns their ids in their order.
   */
  async queue(webhook: Webhook, count = 1, dueAt = now): Promise<string[]> {
    const events = Array.from({ length: count }, () => this.eventFor(webhook, { createdAt: dueAt }));
    await this.publish(events, { node: await this.ownerOf(webhook), full: true, now: dueAt });
    const rows = await this.tables
      .selectFrom('deliveries')
      .select('id')
      .where('webhook_id', '=', webhook.id)
      .where('created_at', '=', dueAt)
      .orderBy('id')
      .execute();
    return rows.slice(-count).map(({ id }) => id);
  }

  /** The node that alone sends to a webhook. */
  async ownerOf({ id }: Webhook): Promise<string | null> {
    const lane = this.tables.selectFrom('lanes').select('owner').where('webhook_id', '=', id);
    return (await lane.executeTakeFirstOrThrow()).owner;
  }

  /** A node relinquishes the lane of a webhook, so that another may send to it. */
  async relinquish(webhook: Pick<Webhook, 'id'>, node: string, leftAt: number | null = null): Promise<void> {
    await this.store.relinquish(node, [{ webhookId: webhook.id, term: await this.termOf(webhook), leftAt }]);
  }

  /** How often the lane of a webhook was assigned; 0: there is none. */
  async termOf({ id }: Pick<Webhook, 'id'>): Promise<number> {
    const lane = this.tables.selectFrom('lanes').select('term').where('webhook_id', '=', id);
    return (await lane.executeTakeFirst())?.term ?? 0;
  }

  /** Gives deliveries of a webhook to a node from birth. */
  async give(webhook: Webhook, node: string, count = 1): Promise<Work[]> {
    const events = Array.from({ length: count }, () => this.eventFor(webhook));
    const { held } = await this.publish(events, { node });
    if (held.length !== count) throw new Error(`${node} got ${held.length} of ${count} deliveries.`);
    return held;
  }

  claim(node: string, differences: Partial<ClaimRequest> = {}): Promise<Claim> {
    return this.store.claim({ node, lanes: 100, perLane: 100, now, ...differences });
  }

  refill(node: string, webhooks: readonly Webhook[], perLane = 100, time = now): Promise<Claim> {
    return this.store.refill({ node, webhookIds: webhooks.map(({ id }) => id), perLane, now: time });
  }

  /** Sweeps until there is nothing more to do; returns how many steps that took. */
  async sweep(retention: Partial<Parameters<Store['sweep']>[0]> = {}, time = now): Promise<number> {
    const all = { attemptsPerWebhook: 100, eventsMs: 30 * day, idempotencyMs: day, ...retention };
    for (let steps = 1; steps < 1000; steps += 1) {
      if (!(await this.store.sweep(all, time)).more) return steps;
    }
    throw new Error('Sweeping does not end.');
  }

  /** A job that runs. What it is asked for is told apart by its kind, webhook and selection. */
  async createJob(differences: JobDifferences, request: Partial<JobRequest> = {}): Promise<Job> {
    const creation = await this.tryJob(differences, request);
    if (creation.kind === 'created' || creation.kind === 'repeated') return creation.job;
    throw new Error(`The job was not created: ${creation.kind}.`);
  }

  /** Why a job is not created. */
  async refuseJob(differences: JobDifferences, request: Partial<JobRequest> = {}): Promise<JobCreation> {
    const creation = await this.tryJob(differences, request);
    if (creation.kind === 'created' || creation.kind === 'repeated') throw new Error('The job was created.');
    return creation;
  }

  tryJob({ selection, ...differences }: JobDifferences, request: Partial<JobRequest> = {}): Promise<JobCreation> {
    const job: Job = {
      id: newId('job'),
      organizationId: this.home,
      kind: 'replay',
      webhookId: null,
      status: 'running',
      selection: { ...everySelection, ...selection },
      examined: 0,
      affected: 0,
      createdAt: now,
      completedAt: null,
      ...differences,
    };
    const fingerprint = JSON.stringify([job.kind, job.webhookId, job.selection]);
    return this.store.createJob(job, { fingerprint, idempotencyKey: null, ...request });
  }

  /** Makes steps until this job has ended. */
  async finish({ organizationId, id }: Job, time = now): Promise<Job> {
    for (let steps = 0; steps < 1000; steps += 1) {
      const job = await this.store.getJob(organizationId, id);
      if (job && job.status !== 'running') return job;
      await this.store.advanceJob(time);
    }
    throw new Error('The job does not end.');
  }

  async count(table: keyof Tables): Promise<number> {
    const rows = await this.tables.selectFrom(table).selectAll().execute();
    return rows.length;
  }
}

export function request(events: readonly Event[], differences: Partial<PublishRequest> = {}): PublishRequest {
  return {
    organizationId: events[0]?.organizationId ?? '',
    idempotency: null,
    events,
    answer: JSON.stringify(events.map(({ id }) => id)),
    ...differences,
  };
}

/** The id of a new webhook in a slot: it ends with it. */
export function webhookIdOfSlot(slot: number): string {
  return newId('webhook').slice(0, -2) + slot.toString(16).padStart(2, '0');
}

export function idsOf(work: readonly Work[]): string[] {
  return work.map(({ delivery }) => delivery.id);
}

/** How much of the work is for each webhook. */
export function perWebhook(work: readonly Work[]): Record<string, number> {
  const groups = Map.groupBy(work, ({ delivery }) => delivery.webhookId);
  return Object.fromEntries([...groups].map(([id, group]) => [id, group.length]));
}

/** @throws {Error} when there is none. */
export function at<T>(items: readonly T[], index: number): T {
  const item = items.at(index);
  if (item === undefined) throw new Error(`There is no item ${index} in ${items.length}.`);
  return item;
}

/** @throws {Error} unless there is exactly one. */
export function only<T>(items: readonly T[]): T {
  if (items.length !== 1) throw new Error(`There is not one item, but ${items.length}.`);
  return at(items, 0);
}

/** @throws {Error} unless there are two. */
export function two<T>(items: readonly T[]): [T, T] {
  return [at(items, 0), at(items, 1)];
}
