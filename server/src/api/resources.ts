import type { OperationOutput } from '@bellhop/shared';
import { idPrefixes } from '@bellhop/shared';
import { hiddenValue } from '@bellhop/shared/api/fields';
import { statusText } from '../attempt/decide.ts';
import type { ApiKey, Attempt, Credentials, Event, Job, Organization, Origin, PortalLink, Webhook } from '../model.ts';
import type { Listed, LoggedDelivery } from '../store/contract/index.ts';
import type { WebhookSecrets } from '../webhooks/rotation.ts';

/** The model as the API shows it. */

export type OrganizationResource = OperationOutput<'createOrganization'>;
export type ApiKeyResource = OperationOutput<'listApiKeys'>['data'][number];
export type PortalLinkResource = OperationOutput<'listPortalLinks'>['data'][number];
export type EventResource = OperationOutput<'listEvents'>['data'][number];
export type WebhookResource = OperationOutput<'getWebhook'>;
export type SecretResource = OperationOutput<'getWebhookSecret'>;
export type DeliveryResource = OperationOutput<'replayDelivery'>;
export type AttemptResource = OperationOutput<'testWebhook'>;
export type JobResource = OperationOutput<'getJob'>;

export function organizationResource({ id, name, createdAt }: Organization): OrganizationResource {
  return { id, name, created_at: iso(createdAt) };
}

export function apiKeyResource(key: ApiKey): ApiKeyResource {
  return {
    id: key.id,
    name: key.name,
    scopes: [...key.scopes],
    preview: key.preview,
    created_at: iso(key.createdAt),
    last_used_at: isoOrNull(key.lastUsedAt),
    ...originResource(key),
  };
}

export function portalLinkResource(link: PortalLink): PortalLinkResource {
  return {
    id: link.id,
    scopes: [...link.scopes],
    single_use: link.singleUse,
    session_seconds: link.sessionMs / 1000,
    created_at: iso(link.createdAt),
    expires_at: iso(link.expiresAt),
    used_at: isoOrNull(link.usedAt),
    ...originResource(link),
  };
}

function originResource({ madeBy, parentId }: Origin): Pick<ApiKeyResource, 'created_by' | 'ends_with'> {
  return {
    created_by: madeBy === null ? null : makerResource(madeBy),
    ends_with: parentId === null ? null : { kind: isKey(parentId) ? 'api_key' : 'portal_link', id: parentId },
  };
}

function makerResource(madeBy: string): ApiKeyResource['created_by'] {
  if (madeBy === 'root') return { kind: 'root', id: null };
  return { kind: isKey(madeBy) ? 'api_key' : 'session', id: madeBy };
}

function isKey(id: string): boolean {
  return id.startsWith(`${idPrefixes.apiKey}_`);
}

export function eventResource(event: Event): EventResource {
  return {
    id: event.id,
    provider: event.provider,
    type: event.type,
    test: event.test,
    occurred_at: iso(event.occurredAt),
    created_at: iso(event.createdAt),
    data: JSON.parse(event.data),
  };
}

export function webhookResource(
  webhook: Webhook,
  credentials: Credentials,
  warnings: WebhookResource['warnings'],
): WebhookResource {
  const { authentication } = credentials;
  return {
    id: webhook.id,
    provider: webhook.provider,
    name: webhook.name,
    description: webhook.description,
    events: [...webhook.events],
    url: webhook.url,
    format: webhook.format,
    authentication: {
      type: authentication.type,
      ...(authentication.type === 'basic' ? { username: authentication.username } : {}),
    },
    headers: Object.fromEntries(Object.keys(credentials.headers).map((name) => [name, hiddenValue])),
    has_signing_secret: credentials.secrets.length > 0,
    filter: webhook.filter,
    rate_limit: webhook.rateLimit,
    retry: webhook.retry && { schedule: [...webhook.retry.schedule] },
    ordering: webhook.ordering,
    platform: webhook.platform,
    external_id: webhook.externalId,
    rest_hook: webhook.restHook,
    acknowledges: webhook.acknowledges,
    listener: webhook.listener,
    status: webhook.status,
    status_reason: webhook.statusReason && { ...webhook.statusReason, at: iso(webhook.statusReason.at) },
    status_until: isoOrNull(webhook.statusUntil),
    consecutive_failures: webhook.consecutiveFailures,
    warnings,
    created_at: iso(webhook.createdAt),
    updated_at: iso(webhook.updatedAt),
  };
}

export function secretResource({ signingSecret, previous, signedWith }: WebhookSecrets): SecretResource {
  return {
    signing_secret: signingSecret,
    previous: previous.map(({ secret, until }) => ({ signing_secret: secret, valid_until: iso(until) })),
    signed_with: signedWith,
  };
}

export function deliveryResource(delivery: LoggedDelivery): DeliveryResource {
  const status = deliveryStatus(delivery);
  return {
    id: delivery.id,
    event_id: delivery.eventId,
    event: delivery.eventType,
    webhook_id: delivery.webhookId,
    test: delivery.test,
    status,
    attempts: delivery.attempts,
    next_attempt_at: status === 'pending' ? isoOrNull(delivery.nextAttemptAt) : null,
    created_at: iso(delivery.createdAt),
    completed_at: isoOrNull(delivery.completedAt),
  };
}

/**
 * A pending delivery is held while its webhook is paused or disabled, and while another may take over from one that is gone;
 * then it is discarded.
 */
function deliveryStatus({ state, webhookStatus, webhookUntil }: LoggedDelivery): DeliveryResource['status'] {
  if (state !== 'pending' || webhookStatus === 'active') return state;
  const isHeld = webhookStatus === 'paused' || webhookStatus === 'disabled' || webhookUntil !== null;
  return isHeld ? 'held' : 'discarded';
}

export function attemptResource(attempt: Attempt): AttemptResource {
  return {
    id: attempt.id,
    delivery_id: attempt.deliveryId,
    event_id: attempt.eventId,
    event: attempt.eventType,
    test: attempt.test,
    number: attempt.number,
    started_at: iso(attempt.startedAt),
    duration_ms: attempt.durationMs,
    status_code: attempt.statusCode,
    error:
      attempt.error ??
      (attempt.outcome === 'delivered' ? null : `The receiver answered ${statusText(attempt.statusCode ?? 0)}.`),
    request: attempt.request,
    response: attempt.response,
    outcome: attempt.outcome,
  };
}

export function jobResource({ selection, ...job }: Job): JobResource {
  return {
    id: job.id,
    kind: job.kind,
    webhook_id: job.webhookId,
    status: job.status,
    selection: {
      ids: selection.ids && [...selection.ids],
      since: isoOrNull(selection.since),
      until: isoOrNull(selection.until),
      outcomes: selection.outcomes && [...selection.outcomes],
      provider: selection.provider,
      event: selection.event,
    },
    examined: job.examined,
    affected: job.affected,
    created_at: iso(job.createdAt),
    completed_at: isoOrNull(job.completedAt),
  };
}

/** What an answer holds of events and attempts, in bytes as stored, beyond the first. */
export const answerBytes = 1024 * 1024;

/** A page of a list whose items can be large. */
export function listedPage<Item extends { readonly id: string }, Shown>(
  { items, more }: Listed<Item>,
  show: (item: Item) => Shown,
): { data: Shown[]; next_cursor: string | null } {
  return { data: items.map(show), next_cursor: more ? (items.at(-1)?.id ?? null) : null };
}

/** A page of a list. `items` holds one more than `limit` when there is a next page. */
export function page<Item extends { readonly id: string }, Shown>(
  items: readonly Item[],
  limit: number,
  show: (item: Item) => Shown,
): { data: Shown[]; next_cursor: string | null } {
  const shown = items.slice(0, limit);
  return { data: shown.map(show), next_cursor: items.length > limit ? (shown.at(-1)?.id ?? null) : null };
}

export function iso(time: number): string {
  return new Date(time).toISOString();
}

export function isoOrNull(time: number | null): string | null {
  return time === null ? null : iso(time);
}
