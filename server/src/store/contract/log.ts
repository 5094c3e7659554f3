import type { Attempt, Delivery, Event, Page, Webhook } from '../../model.ts';

export interface EventLog {
  listEvents(organizationId: string, filter: EventFilter, page: Page): Promise<Listed<Event>>;
}

/** A page whose items can be large. */
export interface Listed<Item> {
  readonly items: Item[];
  /** More follows. */
  readonly more: boolean;
}

export interface EventFilter {
  readonly provider?: string | undefined;
  readonly type?: string | undefined;
  /** False: live events only. */
  readonly tests?: boolean | undefined;
}

/** What is shown of attempts as they are recorded. */
export interface FeedStore {
  /** The ids of a webhook's newest attempts, newest first: what {@link listAttempts} shows, at a small part of the cost. */
  newestAttempts(webhookId: string, limit: number): Promise<string[]>;
  /** Those of the attempts that there are, oldest first; in full within `bytes` ({@link LogStore}). */
  getAttempts(organizationId: string, ids: readonly string[], bytes?: number): Promise<Attempt[]>;
}

/**
 * Where attempts are in full within `bytes`, the newest are, one at least; the others are without what was sent and
 * received (`request.truncated`).
 */
export interface LogStore extends EventLog {
  getEvent(organizationId: string, id: string): Promise<Event | null>;
  /** Newest first; the last 100 of the webhook. */
  listAttempts(organizationId: string, webhookId: string, page: Page): Promise<Listed<Attempt>>;
  listDeliveries(organizationId: string, webhookId: string, page: Page): Promise<LoggedDelivery[]>;
  /** Oldest first; without a page, at most 1,000. */
  listDeliveriesOfEvent(organizationId: string, eventId: string, page?: Page): Promise<LoggedDelivery[]>;
  getDelivery(organizationId: string, id: string): Promise<LoggedDelivery | null>;
  /** Attempts of deliveries, oldest first; in full within `bytes`. */
  listAttemptsOfDeliveries(deliveryIds: readonly string[], bytes?: number): Promise<Attempt[]>;
  /** The most recent attempt of each delivery, in full within `bytes`. */
  lastAttempts(deliveryIds: readonly string[], bytes?: number): Promise<Attempt[]>;
}

/** A delivery as the log shows it. */
export interface LoggedDelivery extends Delivery {
  readonly eventType: string;
  readonly webhookStatus: Webhook['status'] | 'deleted';
  /** {@link Webhook.statusUntil} */
  readonly webhookUntil: number | null;
}

export interface ReplayStore {
  /** Makes a delivery due now. `busy`: it is on its way already. */
  replay(organizationId: string, deliveryId: string, now: number): Promise<'replayed' | 'busy' | 'unknown'>;
}
