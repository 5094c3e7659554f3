import type { Delivery, Event, Webhook, Work } from '../../../src/model.ts';
import type { OwnedLane } from '../../../src/store/contract/index.ts';

export interface DeliveryRow {
  readonly id: string;
  readonly event: Event;
  readonly webhookId: string;
  state: Delivery['state'];
  attempts: number;
  failures: number;
  nextAttemptAt: number | null;
  owner: string | null;
  readonly createdAt: number;
}

export interface LaneRow {
  readonly webhookId: string;
  state: 'open' | 'closed' | 'discarding' | 'ended';
  dueAt: number | null;
  owner: string | null;
  backlogged: boolean;
  readonly slot: number;
  term: number;
  leftAt: number | null;
  readonly inOrder: boolean;
}

/** As its row says: the model knows no webhooks that were deleted. */
export type WebhookRow = Omit<Webhook, 'status'> & { readonly status: Webhook['status'] | 'deleted' };

/** The rows of the tables that carry deliveries, and what the store's queries share (store/queries/support.ts). */
export class Tables {
  readonly deliveries = new Map<string, DeliveryRow>();
  readonly lanes = new Map<string, LaneRow>();
  readonly webhooks = new Map<string, WebhookRow>();
  readonly nodes = new Map<string, { aliveUntil: number; delivers: boolean }>();
  readonly attempts = new Set<string>();
  readonly events = new Set<string>();
  /** Since when webhooks are sent nothing, by the store's clock, and from which revision on. */
  readonly stopped = new Map<string, { readonly at: number; readonly revision: number }>();
  /** How often all that a node held was released. */
  readonly releasedAll = new Map<string, number>();
  readonly #clock: () => number;
  /** By webhook, in the order of their ids. */
  readonly #pending = new Map<string, Set<DeliveryRow>>();

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  insert(event: Event, webhookId: string, owner: string | null, now: number): DeliveryRow {
    const id = `dlv_${String(this.deliveries.size + 1).padStart(6, '0')}`;
    const counts = { attempts: 0, failures: 0 };
    const times = { nextAttemptAt: now, createdAt: now };
    const row: DeliveryRow = { id, event, webhookId, state: 'pending', owner, ...counts, ...times };
    this.deliveries.set(id, row);
    const pending = this.#pending.get(webhookId) ?? new Set();
    this.#pending.set(webhookId, pending.add(row));
    return row;
  }

  lane(webhookId: string): LaneRow {
    const lane = this.lanes.get(webhookId);
    if (!lane) throw new Error(`There is no lane of ${webhookId}.`);
    return lane;
  }

  /** It ends, so nobody holds it any more. */
  complete(row: DeliveryRow, state: Exclude<Delivery['state'], 'pending'>): void {
    Object.assign(row, { state, owner: null, nextAttemptAt: null });
    this.#pending.get(row.webhookId)?.delete(row);
  }

  /** All pending deliveries of a webhook, the oldest first. */
  pending(webhookId: string): DeliveryRow[] {
    return [...(this.#pending.get(webhookId) ?? [])];
  }

  allPending(): DeliveryRow[] {
    return [...this.#pending.values()].flatMap((rows) => [...rows]);
  }

  heldBy(node: string): DeliveryRow[] {
    return this.allPending().filter(({ owner }) => owner === node);
  }

  /** Nobody holds them, and they are due at once in the place they had. */
  giveBack(rows: readonly DeliveryRow[], now: number): void {
    for (const row of rows) {
      row.owner = null;
      row.nextAttemptAt = Math.min(row.nextAttemptAt ?? now, now);
    }
  }

  /** Returns whether a claim is to look there. */
  laneDue(webhookIds: Iterable<string>, at: number): boolean {
    const lanes = [...webhookIds].map((id) => this.lane(id));
    for (const lane of lanes) {
      if (lane.dueAt !== null && lane.dueAt <= at) continue;
      lane.dueAt = at;
      if (lane.state === 'ended') lane.state = 'discarding';
    }
    return lanes.some(({ state, backlogged }) => state === 'open' && !backlogged);
  }

  lanesDueAgain(released: readonly DeliveryRow[]): void {
    this.laneDue(new Set(released.map(({ webhookId }) => webhookId)), firstDue(released));
  }

  /** A webhook that was not deleted. */
  webhook(webhookId: string): Webhook | null {
    const webhook = this.webhooks.get(webhookId);
    return webhook && isKnown(webhook) ? webhook : null;
  }

  retire(webhookId: string, status: 'gone' | 'deleted', now: number): void {
    this.change(webhookId, { status }, now);
    Object.assign(this.lane(webhookId), { state: 'discarding', dueAt: null, owner: null, backlogged: false });
  }

  change(webhookId: string, difference: Partial<WebhookRow>, now: number): WebhookRow {
    const webhook = this.webhooks.get(webhookId);
    if (!webhook) throw new Error(`There is no webhook ${webhookId}.`);
    const changed = { ...webhook, ...difference, revision: webhook.revision + 1, updatedAt: now };
    this.webhooks.set(webhookId, changed);
    if (changed.status === 'active') this.stopped.delete(webhookId);
    else if (!this.stopped.has(webhookId)) {
      this.stopped.set(webhookId, { at: this.#clock(), revision: changed.revision });
    }
    return changed;
  }

  work(row: DeliveryRow): Work {
    const { id, event, webhookId, attempts, failures, createdAt } = row;
    const delivery = { id, webhookId, attempts, failures, createdAt };
    return { delivery, event, webhookRevision: this.webhooks.get(webhookId)?.revision ?? 0 };
  }
}

export function firstDue(rows: readonly DeliveryRow[]): number {
  return rows.reduce((at, row) => Math.min(at, row.nextAttemptAt ?? 0), Number.MAX_SAFE_INTEGER);
}

export function ownedLane({ webhookId, term, leftAt }: LaneRow): OwnedLane {
  return { webhookId, term, leftAt };
}

function isKnown(webhook: WebhookRow): webhook is Webhook {
  return webhook.status !== 'deleted';
}
