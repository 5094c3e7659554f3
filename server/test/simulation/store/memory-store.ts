import type { StatusReason, Webhook } from '../../../src/model.ts';
import type {
  AttemptResult,
  ClaimRequest,
  Fetched,
  HeldLane,
  OwnedLane,
  PublishOptions,
  PublishRequest,
  WebhookCreation,
} from '../../../src/store/contract/index.ts';
import { slotOf } from '../../../src/store/slots.ts';
import { Claiming } from './claiming.ts';
import { Membership } from './membership.ts';
import { Publishing } from './publishing.ts';
import { Recording } from './recording.ts';
import { firstDue, ownedLane, Tables } from './tables.ts';

/**
 * What the delivery engine asks of a store, in memory: each method is carried out at once, by the rules of store/queries. A
 * generator is carried out in steps, between which others come.
 */
export class MemoryStore {
  readonly tables: Tables;
  readonly #claiming: Claiming;
  readonly #publishing: Publishing;
  readonly #recording: Recording;
  readonly #membership: Membership;
  readonly #clock: () => number;

  /** @param clock the store's own. Unix milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
    this.tables = new Tables(clock);
    this.#claiming = new Claiming(this.tables);
    this.#publishing = new Publishing(this.tables);
    this.#recording = new Recording(this.tables);
    this.#membership = new Membership(this.tables);
  }

  time(): number {
    return this.#clock();
  }

  heartbeat(node: string, aliveUntil: number, delivers?: boolean): void {
    this.#membership.heartbeat(node, aliveUntil, delivers);
  }

  deliveringNodes(aliveAt: number): string[] {
    return this.#membership.deliveringNodes(aliveAt);
  }

  expire(except: readonly string[], endedBefore: number, now: number): number {
    return this.#membership.expire(except, endedBefore, now);
  }

  leave(node: string, now: number): void {
    this.#membership.leave(node, now);
  }

  getSettings(): null {
    return null;
  }

  *publish(requests: readonly PublishRequest[], options: PublishOptions) {
    const subscribers = this.#publishing.match(requests);
    yield;
    return this.#publishing.publish(requests, options, subscribers);
  }

  claim(request: ClaimRequest) {
    return this.#claiming.claim(request);
  }

  refill(request: Parameters<Claiming['refill']>[0]) {
    return this.#claiming.refill(request);
  }

  record(node: string, results: readonly AttemptResult[], now: number) {
    return this.#recording.record(node, results, now);
  }

  release(node: string, deliveryIds: readonly string[], now: number): void {
    this.tables.lanesDueAgain(this.#giveBackOf(node, deliveryIds, now));
  }

  requeue(node: string, deliveryIds: readonly string[], now: number): void {
    const released = this.#giveBackOf(node, deliveryIds, now);
    const dueAt = firstDue(released);
    for (const webhookId of new Set(released.map((row) => row.webhookId))) {
      const lane = this.tables.lane(webhookId);
      if (lane.owner !== node || lane.state !== 'open') continue;
      lane.backlogged = true;
      lane.dueAt = Math.min(lane.dueAt ?? dueAt, dueAt);
    }
    this.tables.lanesDueAgain(released);
  }

  relinquish(node: string, lanes: readonly OwnedLane[]): void {
    for (const { webhookId, term, leftAt } of lanes) {
      const lane = this.tables.lane(webhookId);
      if (lane.owner === node && lane.term === term) Object.assign(lane, { owner: null, backlogged: false, leftAt });
    }
  }

  fetch(node: string, of: { readonly eventIds: readonly string[] } | { readonly ids: readonly string[] }): Fetched {
    const rows = this.tables
      .heldBy(node)
      .filter(({ id, event, webhookId }) =>
        'ids' in of ? of.ids.includes(id) : of.eventIds.includes(event.id) && !this.tables.lane(webhookId).inOrder,
      );
    const webhookIds = new Set(rows.map(({ webhookId }) => webhookId));
    const lanes = [...webhookIds].map((id) => this.tables.lane(id)).filter(({ owner }) => owner === node);
    return { work: rows.map((row) => this.tables.work(row)), lanes: lanes.map(ownedLane) };
  }

  *holdings(node: string) {
    const deliveryIds = this.tables.heldBy(node).map(({ id }) => id);
    yield;
    const owned = [...this.tables.lanes.values()].filter(({ owner }) => owner === node);
    const lanes: HeldLane[] = owned.map((lane) => {
      const revision = this.tables.webhooks.get(lane.webhookId)?.revision ?? 0;
      return { ...ownedLane(lane), backlogged: lane.backlogged, revision };
    });
    return { deliveryIds, lanes };
  }

  loadWebhooks(ids: readonly string[]): Webhook[] {
    return ids.flatMap((id) => this.tables.webhook(id) ?? []);
  }

  insertWebhook(webhook: Webhook): WebhookCreation {
    this.tables.webhooks.set(webhook.id, webhook);
    const rest = { dueAt: null, owner: null, backlogged: false, term: 0, leftAt: null } as const;
    const inOrder = webhook.ordering === 'fifo';
    const state = webhook.status === 'active' ? 'open' : 'closed';
    this.tables.lanes.set(webhook.id, { webhookId: webhook.id, state, slot: slotOf(webhook.id), inOrder, ...rest });
    return { kind: 'created' };
  }

  setWebhookStatus(
    _organizationId: string,
    id: string,
    { status, reason }: { readonly status: 'active' | 'paused'; readonly reason: StatusReason | null },
    now: number,
  ): Webhook | null {
    const current = this.tables.webhook(id);
    if (!current || current.status === 'gone') return null;
    const counters = status === 'active' ? { consecutiveFailures: 0, goneAnswers: 0 } : {};
    const lane = this.tables.lane(id);
    Object.assign(lane, status === 'active' ? { state: 'open', dueAt: now } : { state: 'closed' }, {
      backlogged: false,
    });
    this.tables.change(id, { ...counters, status, statusReason: reason }, now);
    return this.tables.webhook(id);
  }

  bringForward(_organizationId: string, id: string, now: number): boolean {
    const later = this.tables
      .pending(id)
      .filter(({ owner, nextAttemptAt }) => owner === null && (nextAttemptAt ?? 0) > now);
    for (const row of later) row.nextAttemptAt = now;
    if (later.length > 0) this.tables.laneDue([id], now);
    return false;
  }

  deleteWebhook(_organizationId: string, id: string, now: number): 'deleted' | 'already' | 'unknown' {
    if (!this.tables.webhooks.has(id)) return 'unknown';
    const webhook = this.tables.webhook(id);
    if (!webhook) return 'already';
    this.tables.retire(id, 'deleted', now);
    return webhook.status === 'gone' ? 'already' : 'deleted';
  }

  /** What webhooks that ended had pending is discarded, all in one step. */
  sweep(): void {
    for (const lane of this.tables.lanes.values()) {
      if (lane.state !== 'discarding') continue;
      for (const row of this.tables.pending(lane.webhookId)) {
        if (row.owner === null) this.tables.complete(row, 'discarded');
      }
      Object.assign(lane, { state: 'ended', dueAt: null });
    }
  }

  #giveBackOf(node: string, deliveryIds: readonly string[], now: number) {
    const rows = deliveryIds.flatMap((id) => this.tables.deliveries.get(id) ?? []);
    const held = rows.filter(({ owner }) => owner === node);
    this.tables.giveBack(held, now);
    return held;
  }
}
