import { createHash } from 'node:crypto';
import type { FormatId, Ordering, PlatformId, WebhookStatus } from '@bellhop/shared';
import type {
  ApiKey,
  Attempt,
  Delivery,
  Event,
  Job,
  Organization,
  PortalLink,
  Session,
  StatusReason,
  Webhook,
} from '../model.ts';
import type { NewRow, Row } from './tables.ts';

/** Between rows and the model, one pair of functions per table. */

export function toOrganization(row: Row<'organizations'>): Organization {
  return { id: row.id, name: row.name, createdAt: row.created_at };
}

export function toApiKey(row: Row<'api_keys'>): ApiKey {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    scopes: JSON.parse(row.scopes),
    hash: row.hash,
    preview: row.preview,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    madeBy: row.made_by,
    parentId: row.parent,
  };
}

export function fromApiKey(key: ApiKey): NewRow<'api_keys'> {
  return {
    id: key.id,
    organization_id: key.organizationId,
    name: key.name,
    scopes: JSON.stringify(key.scopes),
    hash: key.hash,
    preview: key.preview,
    created_at: key.createdAt,
    last_used_at: key.lastUsedAt,
    revoked_at: null,
    made_by: key.madeBy,
    parent: key.parentId,
  };
}

export function toPortalLink(row: Row<'sessions'>): PortalLink {
  return {
    id: row.id,
    hash: row.hash,
    organizationId: row.organization_id,
    apiKeyId: row.api_key_id,
    scopes: JSON.parse(row.scopes),
    singleUse: row.single_use === 1,
    usedAt: row.used_at,
    theme: parseNullable(row.theme) ?? {},
    sessionMs: row.session_ms ?? 0,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    madeBy: row.made_by,
    parentId: row.parent,
  };
}

export function fromPortalLink(link: PortalLink): NewRow<'sessions'> {
  return {
    id: link.id,
    hash: link.hash,
    kind: 'link',
    organization_id: link.organizationId,
    api_key_id: link.apiKeyId,
    link: null,
    scopes: JSON.stringify(link.scopes),
    theme: JSON.stringify(link.theme),
    session_ms: link.sessionMs,
    created_at: link.createdAt,
    expires_at: link.expiresAt,
    kept_until: link.expiresAt + link.sessionMs,
    made_by: link.madeBy,
    parent: link.parentId,
    single_use: link.singleUse ? 1 : 0,
    used_at: link.usedAt,
  };
}

/** @param row with the id of its link */
export function toSession(row: Row<'sessions'> & { readonly link_id: string | null }): Session {
  return {
    id: row.id,
    hash: row.hash,
    kind: row.kind as Session['kind'],
    organizationId: row.organization_id,
    apiKeyId: row.api_key_id,
    linkId: row.link_id,
    link: row.link,
    scopes: JSON.parse(row.scopes),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

export function fromSession(session: Session): NewRow<'sessions'> {
  return {
    id: session.id,
    hash: session.hash,
    kind: session.kind,
    organization_id: session.organizationId,
    api_key_id: session.apiKeyId,
    link: session.link,
    scopes: JSON.stringify(session.scopes),
    theme: null,
    session_ms: null,
    created_at: session.createdAt,
    expires_at: session.expiresAt,
    kept_until: session.expiresAt,
    made_by: null,
    parent: null,
    used_at: null,
  };
}

export function toWebhook(row: Row<'webhooks'>): Webhook {
  return {
    id: row.id,
    organizationId: row.organization_id,
    provider: row.provider,
    name: row.name,
    description: row.description,
    url: row.url,
    events: JSON.parse(row.events),
    format: row.format as FormatId,
    platform: row.platform as PlatformId,
    externalId: row.external_id,
    restHook: row.rest_hook === 1,
    acknowledges: row.acknowledges === 1,
    listener: row.listener === 1,
    rateLimit: parseNullable(row.rate_limit),
    retry: parseNullable(row.retry),
    filter: row.filter,
    ordering: row.ordering as Ordering,
    sealed: row.sealed,
    status: row.status as WebhookStatus,
    statusReason: parseNullable(row.status_reason),
    statusUntil: row.status_until,
    consecutiveFailures: row.consecutive_failures,
    goneAnswers: row.gone_answers,
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function fromWebhook(webhook: Webhook): NewRow<'webhooks'> {
  return {
    id: webhook.id,
    organization_id: webhook.organizationId,
    provider: webhook.provider,
    rest_hook: webhook.restHook ? 1 : 0,
    acknowledges: webhook.acknowledges ? 1 : 0,
    listener: webhook.listener ? 1 : 0,
    ...settingsOf(webhook),
    status: webhook.status,
    status_reason: stringifyNullable(webhook.statusReason),
    status_until: webhook.statusUntil,
    consecutive_failures: webhook.consecutiveFailures,
    gone_answers: webhook.goneAnswers,
    revision: webhook.revision,
    created_at: webhook.createdAt,
    updated_at: webhook.updatedAt,
  };
}

/** What a person sets of a webhook: not its status and its counters, which deliveries change meanwhile. */
export function settingsOf(webhook: Webhook) {
  return {
    name: webhook.name,
    description: webhook.description,
    url: webhook.url,
    events: JSON.stringify(webhook.events),
    format: webhook.format,
    platform: webhook.platform,
    external_id: webhook.externalId,
    subscription: webhook.restHook && !webhook.listener ? subscriptionKey(webhook) : null,
    rate_limit: stringifyNullable(webhook.rateLimit),
    retry: stringifyNullable(webhook.retry),
    filter: webhook.filter,
    ordering: webhook.ordering,
    sealed: webhook.sealed,
  };
}

/** Becoming active starts its counters again. */
export function fromStatus({ status, reason }: { status: WebhookStatus; reason: StatusReason | null }) {
  const counters = status === 'active' ? { consecutive_failures: 0, gone_answers: 0 } : {};
  return { ...counters, status, status_reason: stringifyNullable(reason), status_until: null };
}

/** The same for the same organization, URL, provider and event types in any order. */
export function subscriptionKey(hook: Pick<Webhook, 'organizationId' | 'url' | 'provider' | 'events'>): string {
  const url = URL.parse(hook.url)?.href ?? hook.url;
  const identity = JSON.stringify([hook.organizationId, url, hook.provider, [...new Set(hook.events)].sort()]);
  return createHash('sha256').update(identity).digest('hex');
}

export function toEvent(row: Row<'events'>): Event {
  return {
    id: row.id,
    organizationId: row.organization_id,
    provider: row.provider,
    type: row.type,
    test: row.test === 1,
    occurredAt: row.occurred_at,
    createdAt: row.created_at,
    data: row.data,
  };
}

export function fromEvent(event: Event): NewRow<'events'> {
  return {
    id: event.id,
    organization_id: event.organizationId,
    provider: event.provider,
    type: event.type,
    test: event.test ? 1 : 0,
    occurred_at: event.occurredAt,
    created_at: event.createdAt,
    data: event.data,
  };
}

export function toDelivery(row: Row<'deliveries'>): Delivery {
  return {
    id: row.id,
    eventId: row.event_id,
    webhookId: row.webhook_id,
    organizationId: row.organization_id,
    test: row.test === 1,
    state: row.state as Delivery['state'],
    attempts: row.attempts,
    failures: row.failures,
    nextAttemptAt: row.next_attempt_at,
    createdAt: row.created_at,
    completedAt: row.completed_at,
  };
}

export function fromDelivery(delivery: Delivery, owner: string | null): NewRow<'deliveries'> {
  return {
    id: delivery.id,
    event_id: delivery.eventId,
    webhook_id: delivery.webhookId,
    organization_id: delivery.organizationId,
    test: delivery.test ? 1 : 0,
    state: delivery.state,
    attempts: delivery.attempts,
    failures: delivery.failures,
    next_attempt_at: delivery.nextAttemptAt,
    owner,
    created_at: delivery.createdAt,
    completed_at: delivery.completedAt,
  };
}

export function toAttempt(row: Row<'attempts'>): Attempt {
  return {
    id: row.id,
    deliveryId: row.delivery_id,
    eventId: row.event_id,
    webhookId: row.webhook_id,
    organizationId: row.organization_id,
    eventType: row.event_type,
    test: row.test === 1,
    number: row.number,
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    statusCode: row.status_code,
    error: row.error,
    request: JSON.parse(row.request),
    response: parseNullable(row.response),
    outcome: row.outcome as Attempt['outcome'],
  };
}

/** JSON escapes U+0000, which a database's text may not hold; an error is quoted as it came and so may hold one. */
export function fromAttempt(attempt: Attempt): NewRow<'attempts'> {
  return {
    id: attempt.id,
    delivery_id: attempt.deliveryId,
    event_id: attempt.eventId,
    webhook_id: attempt.webhookId,
    organization_id: attempt.organizationId,
    event_type: attempt.eventType,
    test: attempt.test ? 1 : 0,
    number: attempt.number,
    started_at: attempt.startedAt,
    duration_ms: attempt.durationMs,
    status_code: attempt.statusCode,
    error: attempt.error?.replaceAll('\0', '\u{fffd}') ?? null,
    request: JSON.stringify(attempt.request),
    response: stringifyNullable(attempt.response),
    outcome: attempt.outcome,
  };
}

export function toJob(row: Row<'jobs'>): Job {
  return {
    id: row.id,
    organizationId: row.organization_id,
    kind: row.kind as Job['kind'],
    webhookId: row.webhook_id,
    status: row.status as Job['status'],
    selection: JSON.parse(row.selection),
    examined: row.examined,
    affected: row.affected,
    createdAt: row.created_at,
    completedAt: row.completed_at,
  };
}

export function fromJob(job: Job) {
  return {
    id: job.id,
    organization_id: job.organizationId,
    kind: job.kind,
    webhook_id: job.webhookId,
    status: job.status,
    selection: JSON.stringify(job.selection),
    examined: job.examined,
    affected: job.affected,
    created_at: job.createdAt,
    stepped_at: job.createdAt,
    completed_at: job.completedAt,
  };
}

function parseNullable<T>(text: string | null): T | null {
  return text === null ? null : JSON.parse(text);
}

function stringifyNullable(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
