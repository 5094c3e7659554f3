import { z } from 'zod';
import * as accounts from './api/accounts.ts';
import * as catalogue from './api/catalogue.ts';
import * as events from './api/events.ts';
import { id, list, page, providerId, text } from './api/fields.ts';
import * as jobs from './api/jobs.ts';
import type { ProblemCode } from './api/problem.ts';
import * as sessions from './api/sessions.ts';
import * as statistics from './api/statistics.ts';
import * as webhooks from './api/webhooks.ts';

/**
 * The definition of the REST API. The server binds a handler to every route and validates with these schemas; OpenAPI,
 * the typed client and the documentation page derive from it.
 */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with `{parameters}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** A scope; `any` API key or session; `root`: the root key only; `root_or_…`: the root key or that scope; `public`. */
  readonly access: accounts.Scope | 'any' | 'root' | `root_or_${'admin' | 'api_keys:write'}` | 'public';
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly bodyOptional?: boolean;
  /** The most bytes of a body. `event`, `batch`: as the server's settings say. Default: 64 KiB. */
  readonly bodyLimit?: number | 'event' | 'batch' | undefined;
  /** A list in the body whose items the handler checks, one by one. */
  readonly perItem?: string;
  readonly headers?: z.ZodObject;
  readonly status: 200 | 201 | 202 | 204;
  readonly response?: z.ZodType;
  /** The route streams server-sent events of this name. Each carries a `response`, which has an id, as its data. */
  readonly stream?: string;
  /** Problems besides 401, 403, 413, 422, 429 and 5xx, which every route can answer. */
  readonly problems?: readonly ProblemCode[];
}

const ordinaryBodyBytes = 64 * 1024;

/** The most bytes of a route's body, with the server's settings. */
export function bodyLimitOf(
  { bodyLimit = ordinaryBodyBytes }: Pick<Route, 'bodyLimit'>,
  { bodyBytes, batchBytes }: { readonly bodyBytes: number; readonly batchBytes: number },
): number {
  if (bodyLimit === 'event') return bodyBytes;
  return bodyLimit === 'batch' ? batchBytes : bodyLimit;
}

const webhookId = z.strictObject({ id: id('webhook') });
const jobId = z.strictObject({ id: id('job') });
const organizationId = z.strictObject({ id: id('organization') });
const idempotency = z.object({
  'idempotency-key': text(255).min(1).optional().meta({
    description:
      'A repeated request with the same key and body within 24 hours gets the first answer and publishes nothing. The order of keys in the body does not matter.',
  }),
});
const webhookIdempotency = z.object({
  'idempotency-key': text(255).min(1).optional().meta({
    description:
      'A repeated request with the same key and body within 24 hours returns the first webhook, as it is now.',
  }),
});
const jobIdempotency = z.object({
  'idempotency-key': text(255).min(1).optional().meta({
    description:
      'A repeated request with the same key and body within 24 hours returns the first job, even if that job has ended.',
  }),
});

export const routes = {
  getMe: {
    method: 'GET',
    path: '/v1/me',
    tag: 'Account',
    summary: 'The organization and scopes of the API key',
    access: 'any',
    status: 200,
    response: accounts.me,
  },

  createSession: {
    method: 'POST',
    path: '/v1/session',
    tag: 'Account',
    summary: 'Sign in to the dashboard with an API key or a portal link; sets the session cookie',
    access: 'public',
    body: sessions.sessionInput,
    bodyLimit: 4 * 1024,
    status: 201,
    response: sessions.session,
    problems: ['unauthorized'],
  },
  getSession: {
    method: 'GET',
    path: '/v1/session',
    tag: 'Account',
    summary: 'The current session',
    access: 'any',
    status: 200,
    response: sessions.session,
  },
  deleteSession: {
    method: 'DELETE',
    path: '/v1/session',
    tag: 'Account',
    summary: 'Sign out',
    access: 'any',
    status: 204,
  },

  listProviders: {
    method: 'GET',
    path: '/v1/providers',
    tag: 'Catalogue',
    summary: 'All providers with their event types',
    access: 'any',
    status: 200,
    response: z.object({ data: z.array(catalogue.providerDescription) }),
  },
  getProvider: {
    method: 'GET',
    path: '/v1/providers/{provider}',
    tag: 'Catalogue',
    summary: 'One provider',
    access: 'any',
    params: z.strictObject({ provider: providerId }),
    status: 200,
    response: catalogue.providerDescription,
    problems: ['not_found'],
  },
  getEventType: {
    method: 'GET',
    path: '/v1/providers/{provider}/events/{type}',
    tag: 'Catalogue',
    summary: 'One event type: label, description, JSON Schema, sample',
    access: 'any',
    params: z.strictObject({ provider: providerId, type: text(128) }),
    status: 200,
    response: catalogue.eventTypeDescription,
    problems: ['not_found'],
  },
  getProviderSettings: {
    method: 'GET',
    path: '/v1/providers/{provider}/settings',
    tag: 'Catalogue',
    summary: "The organization's settings for a provider",
    access: 'webhooks:read',
    params: z.strictObject({ provider: providerId }),
    status: 200,
    response: catalogue.providerSettings,
    problems: ['not_found'],
  },
  putProviderSettings: {
    method: 'PUT',
    path: '/v1/providers/{provider}/settings',
    tag: 'Catalogue',
    summary: "Replace the organization's settings for a provider",
    access: 'admin',
    params: z.strictObject({ provider: providerId }),
    body: catalogue.providerSettings,
    status: 200,
    response: catalogue.providerSettings,
    problems: ['not_found'],
  },

  publishEvent: {
    method: 'POST',
    path: '/v1/events',
    tag: 'Events',
    summary: 'Publish an event',
    access: 'events:write',
    headers: idempotency,
    body: events.eventInput,
    bodyLimit: 'event',
    status: 202,
    response: events.publishedEvent,
    problems: ['idempotency_key_reused', 'storage_full'],
  },
  publishBatch: {
    method: 'POST',
    path: '/v1/events/batch',
    tag: 'Events',
    summary: 'Publish up to 1,000 events: all or nothing, or with `partial` the valid ones',
    access: 'events:write',
    headers: idempotency,
    body: events.batchInput,
    bodyLimit: 'batch',
    perItem: 'events',
    status: 202,
    response: events.publishedBatch,
    problems: ['idempotency_key_reused', 'storage_full'],
  },
  listEvents: {
    method: 'GET',
    path: '/v1/events',
    tag: 'Events',
    summary: 'Recent events, newest first',
    access: 'webhooks:read',
    query: events.eventQuery,
    status: 200,
    response: list(events.event),
  },
  getEvent: {
    method: 'GET',
    path: '/v1/events/{id}',
    tag: 'Events',
    summary:
      'One event with its trace: which webhooks it matched, which it did not and why, every delivery and attempt',
    access: 'webhooks:read',
    params: z.strictObject({ id: id('event') }),
    status: 200,
    response: events.eventWithTrace,
    problems: ['not_found'],
  },
  listEventDeliveries: {
    method: 'GET',
    path: '/v1/events/{id}/deliveries',
    tag: 'Events',
    summary: 'Deliveries of an event, oldest first, each with its latest attempt',
    access: 'webhooks:read',
    params: z.strictObject({ id: id('event') }),
    query: z.strictObject(page),
    status: 200,
    response: list(events.deliveryWithLastAttempt),
    problems: ['not_found'],
  },

  createWebhook: {
    method: 'POST',
    path: '/v1/webhooks',
    tag: 'Webhooks',
    summary: 'Create a webhook',
    access: 'webhooks:write',
    headers: webhookIdempotency,
    body: webhooks.webhookInput,
    status: 201,
    response: webhooks.createdWebhook,
    problems: ['conflict', 'idempotency_key_reused'],
  },
  listWebhooks: {
    method: 'GET',
    path: '/v1/webhooks',
    tag: 'Webhooks',
    summary: 'Webhooks, newest first',
    access: 'webhooks:read',
    query: webhooks.webhookQuery,
    status: 200,
    response: list(webhooks.webhook),
  },
  previewWebhook: {
    method: 'POST',
    path: '/v1/webhooks/preview',
    tag: 'Webhooks',
    summary: 'The exact request that an event type produces',
    access: 'webhooks:read',
    body: webhooks.previewInput,
    status: 200,
    response: webhooks.preview,
  },
  tryWebhook: {
    method: 'POST',
    path: '/v1/webhooks/try',
    tag: 'Webhooks',
    summary: 'Send a sample to a webhook before it is saved and return the response; nothing is logged',
    access: 'webhooks:write',
    body: webhooks.trialInput,
    status: 200,
    response: webhooks.trial,
    problems: ['too_many_requests'],
  },
  testFilter: {
    method: 'POST',
    path: '/v1/filters/test',
    tag: 'Webhooks',
    summary: "Test a filter on given data or on an event type's sample; nothing is saved",
    access: 'webhooks:read',
    body: webhooks.filterTestInput,
    bodyLimit: 'event',
    status: 200,
    response: webhooks.filterTest,
  },
  resumeWebhooks: {
    method: 'POST',
    path: '/v1/webhooks/resume',
    tag: 'Webhooks',
    summary: 'Resume all webhooks that are disabled, as after an outage; held deliveries are sent first',
    access: 'webhooks:write',
    body: webhooks.resumptionInput,
    bodyOptional: true,
    status: 200,
    response: webhooks.resumption,
  },
  getWebhook: {
    method: 'GET',
    path: '/v1/webhooks/{id}',
    tag: 'Webhooks',
    summary: 'One webhook',
    access: 'webhooks:read',
    params: webhookId,
    status: 200,
    response: webhooks.webhook,
    problems: ['not_found'],
  },
  updateWebhook: {
    method: 'PATCH',
    path: '/v1/webhooks/{id}',
    tag: 'Webhooks',
    summary: 'Update a webhook',
    access: 'webhooks:write',
    params: webhookId,
    body: webhooks.webhookPatch,
    status: 200,
    response: webhooks.webhook,
    problems: ['not_found', 'conflict'],
  },
  deleteWebhook: {
    method: 'DELETE',
    path: '/v1/webhooks/{id}',
    tag: 'Webhooks',
    summary: 'Delete a webhook, immediately and permanently',
    access: 'webhooks:write',
    params: webhookId,
    status: 204,
    problems: ['not_found'],
  },
  pauseWebhook: {
    method: 'POST',
    path: '/v1/webhooks/{id}/pause',
    tag: 'Webhooks',
    summary: 'Pause a webhook; its deliveries are held',
    access: 'webhooks:write',
    params: webhookId,
    status: 200,
    response: webhooks.webhook,
    problems: ['not_found', 'conflict'],
  },
  resumeWebhook: {
    method: 'POST',
    path: '/v1/webhooks/{id}/resume',
    tag: 'Webhooks',
    summary: 'Resume a paused or disabled webhook; held deliveries are sent first',
    access: 'webhooks:write',
    params: webhookId,
    status: 200,
    response: webhooks.webhook,
    problems: ['not_found', 'conflict'],
  },
  testWebhook: {
    method: 'POST',
    path: '/v1/webhooks/{id}/test',
    tag: 'Webhooks',
    summary: 'Send a sample now and return the attempt',
    access: 'webhooks:write',
    params: webhookId,
    body: webhooks.testInput,
    bodyOptional: true,
    status: 200,
    response: events.attempt,
    problems: ['not_found', 'conflict', 'too_many_requests'],
  },
  getWebhookSecret: {
    method: 'GET',
    path: '/v1/webhooks/{id}/secret',
    tag: 'Webhooks',
    summary: 'The signing secret, and the rotated secrets that are still in use',
    access: 'webhooks:write',
    params: webhookId,
    status: 200,
    response: webhooks.secret,
    problems: ['not_found'],
  },
  rotateWebhookSecret: {
    method: 'POST',
    path: '/v1/webhooks/{id}/rotate-secret',
    tag: 'Webhooks',
    summary: 'Replace the signing secret; the old one can stay in use for a while',
    access: 'webhooks:write',
    params: webhookId,
    body: webhooks.rotationInput,
    bodyOptional: true,
    status: 200,
    response: webhooks.rotatedSecret,
    problems: ['not_found', 'conflict'],
  },
  getBacklog: {
    method: 'GET',
    path: '/v1/webhooks/{id}/backlog',
    tag: 'Webhooks',
    summary: 'How many deliveries of a webhook are waiting, and since when',
    access: 'webhooks:read',
    params: webhookId,
    status: 200,
    response: jobs.backlog,
    problems: ['not_found'],
  },
  discardBacklog: {
    method: 'DELETE',
    path: '/v1/webhooks/{id}/backlog',
    tag: 'Webhooks',
    summary: 'Discard the deliveries that are waiting now, as a job',
    access: 'webhooks:write',
    params: webhookId,
    headers: jobIdempotency,
    status: 202,
    response: jobs.job,
    problems: ['not_found', 'conflict', 'idempotency_key_reused'],
  },
  recoverWebhook: {
    method: 'POST',
    path: '/v1/webhooks/{id}/recover',
    tag: 'Webhooks',
    summary: 'Replay the deliveries that failed in a period, oldest first, as a job',
    access: 'webhooks:write',
    params: webhookId,
    headers: jobIdempotency,
    body: jobs.recoverInput,
    status: 202,
    response: jobs.job,
    problems: ['not_found', 'conflict', 'idempotency_key_reused'],
  },
  listAttempts: {
    method: 'GET',
    path: '/v1/webhooks/{id}/attempts',
    tag: 'Log',
    summary: 'The last 100 attempts of a webhook, test and live, newest first',
    access: 'webhooks:read',
    params: webhookId,
    query: z.strictObject(page),
    status: 200,
    response: list(events.attempt),
    problems: ['not_found'],
  },
  streamAttempts: {
    method: 'GET',
    path: '/v1/webhooks/{id}/attempts/stream',
    tag: 'Log',
    summary: 'Stream the attempts of a webhook as server-sent events named `attempt`',
    access: 'webhooks:read',
    params: webhookId,
    status: 200,
    response: events.attempt,
    stream: 'attempt',
    problems: ['not_found'],
  },
  getWebhookStatistics: {
    method: 'GET',
    path: '/v1/webhook-statistics',
    tag: 'Log',
    summary: 'Attempt counts of webhooks for the last 24 hours',
    access: 'webhooks:read',
    query: statistics.statisticsQuery,
    status: 200,
    response: z.object({ data: z.array(statistics.webhookStatistics) }),
  },
  listDeliveries: {
    method: 'GET',
    path: '/v1/webhooks/{id}/deliveries',
    tag: 'Log',
    summary: 'Deliveries of a webhook, newest first, each with its latest attempt',
    access: 'webhooks:read',
    params: webhookId,
    query: z.strictObject(page),
    status: 200,
    response: list(events.deliveryWithLastAttempt),
    problems: ['not_found'],
  },
  replayDeliveries: {
    method: 'POST',
    path: '/v1/deliveries/replay',
    tag: 'Log',
    summary: 'Replay many deliveries, listed by id or selected across webhooks, as a job',
    access: 'webhooks:write',
    headers: jobIdempotency,
    body: jobs.replayInput,
    status: 202,
    response: jobs.job,
    problems: ['not_found', 'conflict', 'idempotency_key_reused'],
  },
  getDelivery: {
    method: 'GET',
    path: '/v1/deliveries/{id}',
    tag: 'Log',
    summary: 'One delivery with its attempts',
    access: 'webhooks:read',
    params: z.strictObject({ id: id('delivery') }),
    status: 200,
    response: events.deliveryWithAttempts,
    problems: ['not_found'],
  },
  replayDelivery: {
    method: 'POST',
    path: '/v1/deliveries/{id}/replay',
    tag: 'Log',
    summary: 'Replay a delivery',
    access: 'webhooks:write',
    params: z.strictObject({ id: id('delivery') }),
    status: 202,
    response: events.delivery,
    problems: ['not_found', 'conflict'],
  },

  listJobs: {
    method: 'GET',
    path: '/v1/jobs',
    tag: 'Jobs',
    summary: 'Jobs, newest first',
    access: 'webhooks:read',
    query: jobs.jobQuery,
    status: 200,
    response: list(jobs.job),
  },
  getJob: {
    method: 'GET',
    path: '/v1/jobs/{id}',
    tag: 'Jobs',
    summary: 'One job and its progress',
    access: 'webhooks:read',
    params: jobId,
    status: 200,
    response: jobs.job,
    problems: ['not_found'],
  },
  cancelJob: {
    method: 'POST',
    path: '/v1/jobs/{id}/cancel',
    tag: 'Jobs',
    summary: 'Cancel a job; what it has done is kept. A job that has ended is returned unchanged',
    access: 'webhooks:write',
    params: jobId,
    status: 200,
    response: jobs.job,
    problems: ['not_found'],
  },

  subscribeHook: {
    method: 'POST',
    path: '/v1/hooks',
    tag: 'REST hooks',
    summary: 'Subscribe. The same organization, URL, provider and event types again return the existing hook',
    access: 'webhooks:write',
    body: webhooks.hookInput,
    status: 201,
    response: webhooks.createdWebhook,
    problems: ['conflict'],
  },
  getHookSample: {
    method: 'GET',
    path: '/v1/hooks/sample',
    tag: 'REST hooks',
    summary: 'Recent real events, then the static sample, in the standard format',
    access: 'webhooks:read',
    query: webhooks.hookSampleQuery,
    status: 200,
    response: webhooks.hookSample,
  },
  getHook: {
    method: 'GET',
    path: '/v1/hooks/{id}',
    tag: 'REST hooks',
    summary: 'Check a subscription',
    access: 'webhooks:read',
    params: webhookId,
    status: 200,
    response: webhooks.webhook,
    problems: ['not_found'],
  },
  unsubscribeHook: {
    method: 'DELETE',
    path: '/v1/hooks/{id}',
    tag: 'REST hooks',
    summary: 'Unsubscribe; safe to repeat',
    access: 'webhooks:write',
    params: webhookId,
    status: 204,
    problems: ['not_found'],
  },

  createDeveloperAccessWebhook: {
    method: 'POST',
    path: '/v1/developer-access/webhooks',
    tag: 'Boltly',
    summary: "Boltly's documented API: register an endpoint",
    access: 'webhooks:write',
    body: webhooks.developerAccessWebhookInput,
    status: 201,
    response: webhooks.createdDeveloperAccessWebhook,
  },
  listDeveloperAccessWebhooks: {
    method: 'GET',
    path: '/v1/developer-access/webhooks',
    tag: 'Boltly',
    summary: "Boltly's endpoints",
    access: 'webhooks:read',
    query: z.strictObject(page),
    status: 200,
    response: list(webhooks.developerAccessWebhook),
  },
  deleteDeveloperAccessWebhook: {
    method: 'DELETE',
    path: '/v1/developer-access/webhooks/{id}',
    tag: 'Boltly',
    summary: 'Remove an endpoint',
    access: 'webhooks:write',
    params: webhookId,
    status: 204,
    problems: ['not_found'],
  },

  createOrganization: {
    method: 'POST',
    path: '/v1/organizations',
    tag: 'Operator',
    summary: 'Create an organization',
    access: 'root',
    body: accounts.organizationInput,
    status: 201,
    response: accounts.organization,
  },
  listOrganizations: {
    method: 'GET',
    path: '/v1/organizations',
    tag: 'Operator',
    summary: 'Organizations, newest first',
    access: 'root',
    query: z.strictObject(page),
    status: 200,
    response: list(accounts.organization),
  },
  createApiKey: {
    method: 'POST',
    path: '/v1/organizations/{id}/api-keys',
    tag: 'Operator',
    summary: 'Create an API key; the key is shown once',
    access: 'root_or_api_keys:write',
    params: organizationId,
    body: accounts.apiKeyInput,
    status: 201,
    response: accounts.createdApiKey,
    problems: ['not_found'],
  },
  listApiKeys: {
    method: 'GET',
    path: '/v1/organizations/{id}/api-keys',
    tag: 'Operator',
    summary: 'API keys, newest first',
    access: 'root_or_api_keys:write',
    params: organizationId,
    query: z.strictObject(page),
    status: 200,
    response: list(accounts.apiKey),
    problems: ['not_found'],
  },
  revokeApiKey: {
    method: 'DELETE',
    path: '/v1/organizations/{id}/api-keys/{key_id}',
    tag: 'Operator',
    summary: 'Revoke an API key, and all keys, sessions and portal links that were created with it',
    access: 'root_or_api_keys:write',
    params: organizationId.extend({ key_id: id('apiKey') }),
    status: 204,
    problems: ['not_found'],
  },
  createPortalLink: {
    method: 'POST',
    path: '/v1/organizations/{id}/portal-links',
    tag: 'Operator',
    summary: "Create a short-lived URL that signs a customer in to this organization's dashboard",
    access: 'root_or_admin',
    params: organizationId,
    body: sessions.portalLinkInput,
    bodyLimit: 128 * 1024,
    bodyOptional: true,
    status: 201,
    response: sessions.createdPortalLink,
    problems: ['not_found'],
  },
  listPortalLinks: {
    method: 'GET',
    path: '/v1/organizations/{id}/portal-links',
    tag: 'Operator',
    summary: 'Portal links that can be used, or that sessions or API keys were created with; newest first',
    access: 'root_or_admin',
    params: organizationId,
    query: z.strictObject(page),
    status: 200,
    response: list(sessions.portalLink),
    problems: ['not_found'],
  },
  revokePortalLink: {
    method: 'DELETE',
    path: '/v1/organizations/{id}/portal-links/{link_id}',
    tag: 'Operator',
    summary: 'Revoke a portal link, and all sessions, API keys and portal links that were created with it',
    access: 'root_or_admin',
    params: organizationId.extend({ link_id: id('portalLink') }),
    status: 204,
    problems: ['not_found'],
  },
} as const satisfies Record<string, Route>;

export type Routes = typeof routes;
export type Operation = keyof Routes;

type Part<R, Name extends string, Otherwise> = R extends { readonly [K in Name]: infer S extends z.ZodType }
  ? S
  : Otherwise;

type OutputOf<S> = S extends z.ZodType ? z.output<S> : undefined;
type InputOf<S> = S extends z.ZodType ? z.input<S> : undefined;

/** What a handler receives, parsed. */
export interface OperationInput<O extends Operation> {
  readonly params: OutputOf<Part<Routes[O], 'params', undefined>>;
  readonly query: OutputOf<Part<Routes[O], 'query', undefined>>;
  readonly headers: OutputOf<Part<Routes[O], 'headers', undefined>>;
  readonly body: Routes[O] extends { readonly bodyOptional: true }
    ? OutputOf<Part<Routes[O], 'body', undefined>> | undefined
    : OutputOf<Part<Routes[O], 'body', undefined>>;
}

/** Operations that stream their outputs. */
export type StreamOperation = {
  [O in Operation]: Routes[O] extends { readonly stream: string } ? O : never;
}[Operation];

export type OperationOutput<O extends Operation> = OutputOf<Part<Routes[O], 'response', undefined>>;

type Given<Name extends string, S> = S extends z.ZodType
  ? Record<never, never> extends InputOf<S>
    ? { readonly [K in Name]?: InputOf<S> }
    : { readonly [K in Name]: InputOf<S> }
  : { readonly [K in Name]?: undefined };

/** What a caller passes. */
export type OperationRequest<O extends Operation> = Given<'params', Part<Routes[O], 'params', undefined>> &
  Given<'query', Part<Routes[O], 'query', undefined>> &
  Given<'headers', Part<Routes[O], 'headers', undefined>> &
  (Routes[O] extends { readonly bodyOptional: true }
    ? { readonly body?: InputOf<Part<Routes[O], 'body', undefined>> }
    : Given<'body', Part<Routes[O], 'body', undefined>>);
