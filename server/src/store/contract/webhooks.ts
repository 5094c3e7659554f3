import type { Page, StatusReason, Webhook } from '../../model.ts';
import type { Idempotency } from './publish.ts';

export interface WebhookReader {
  /** Also finds webhooks that are gone. @param which default: not deleted ones */
  getWebhook(organizationId: string, id: string, which?: 'deleted too'): Promise<Webhook | null>;
  listWebhooks(organizationId: string, filter: WebhookFilter, page: Page): Promise<Webhook[]>;
}

export interface WebhookFilter {
  readonly provider?: string | undefined;
  readonly status?: Webhook['status'] | undefined;
  readonly platform?: Webhook['platform'] | undefined;
}

export type WebhookCreation =
  | { readonly kind: 'created' }
  | { readonly kind: 'repeated'; readonly id: string }
  /** The key was used for another request. */
  | { readonly kind: 'key_reused' };

/** The credentials of a new REST hook, sealed for the one that exists. */
export interface Renewal {
  readonly id: string;
  readonly sealed: string;
}

/** `exists`: nothing was done; its credentials have to be sealed for this id. */
export type Subscribed =
  | { readonly kind: 'subscribed'; readonly webhook: Webhook }
  | { readonly kind: 'exists'; readonly id: string };

export interface WebhookStore extends WebhookReader {
  /** `repeated`: the same request with the same key made a webhook before, which may be deleted by now. */
  insertWebhook(webhook: Webhook, idempotency?: Idempotency): Promise<WebhookCreation>;
  /**
   * Inserts a REST hook, or finds the one with the same organization, URL, provider and event types, makes it active
   * again and gives it this one's format, filter, platform and, unless `keepSecret` and the format is the same,
   * credentials. One that is stopped while its backlog is being discarded stays as it is.
   *
   * It takes over what waits for the hook that it replaces: one that was unsubscribed a moment ago, with the same
   * organization, provider and platform, and the same URL or else the same external id. A listener takes over nothing and
   * ends earlier listeners with its URL.
   *
   * @param renewal needed when the existing one gets new credentials, which are sealed for its id.
   */
  subscribe(hook: Webhook, keepSecret: boolean, now: number, renewal?: Renewal): Promise<Subscribed>;
  /**
   * Saves what a person sets of a webhook; its status and counters stay as they are. `stale`: it changed since this
   * revision was read. `taken`: another REST hook is the same.
   */
  updateWebhook(webhook: Webhook, now: number): Promise<'saved' | 'stale' | 'taken'>;
  /**
   * Moves a webhook between active and paused; null when the organization has none, or it is gone. One whose backlog is
   * being discarded does not become active: it is returned as it is.
   */
  setWebhookStatus(
    organizationId: string,
    id: string,
    change: { status: 'active' | 'paused'; reason: StatusReason | null },
    now: number,
  ): Promise<Webhook | null>;
  /**
   * Makes deliveries of a webhook due that wait for a later attempt, the first of them first: some at a time, as there may be
   * very many; none while they are being discarded. True when there may be more.
   */
  bringForward(organizationId: string, id: string, now: number): Promise<boolean>;
  /**
   * Ends a REST hook. What waits and what is published meanwhile is kept until a time, for a hook that replaces it; then it
   * is discarded. Of a listener nothing is kept. `already`: it had ended before.
   *
   * @param ended why, for the customer, and until when.
   */
  unsubscribe(
    organizationId: string,
    id: string,
    ended: { readonly message: string; readonly until: number },
    now: number,
  ): Promise<'deleted' | 'already' | 'unknown'>;
  /** `already`: it had been deleted or was gone before. */
  deleteWebhook(organizationId: string, id: string, now: number): Promise<'deleted' | 'already' | 'unknown'>;
}
