import type { Client, JsonObject, Operation, OperationRequest, Route } from '@bellhop/shared';
import { routes } from '@bellhop/shared';
import { webhookStatuses } from '@bellhop/shared/api/webhooks';
import { expect } from 'vitest';
import type { Tenant } from '../harness/bellhop.ts';
import { eventually } from '../harness/eventually.ts';
import type { ApiStage, RawRequest } from './support.ts';
import { everything } from './support.ts';

/** An organization that has one of everything the API can name. */
export interface World {
  readonly tenant: Tenant;
  readonly root: Client;
  readonly organizationId: string;
  readonly keyId: string;
  readonly linkId: string;
  readonly webhookId: string;
  readonly hookId: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly deliveryId: string;
  /** One that has ended. */
  readonly jobId: string;
  /** Where its webhooks point. */
  readonly url: string;
  readonly data: JsonObject;
}

export async function makeWorld(stage: ApiStage): Promise<World> {
  const tenant = await stage.tenant();
  const { client, organizationId } = tenant;
  const url = (await stage.receiver()).url('/hook');
  const { sample } = await client.getEventType({ params: { provider: 'boltly', type: 'message.received' } });
  const body = { provider: 'boltly', events: ['message.received'] };
  const webhook = await client.createWebhook({ body: { ...body, url } });
  const hook = await client.subscribeHook({ body: { ...body, target_url: `${url}/zap` } });
  const endpoint = await client.createDeveloperAccessWebhook({ body: { url, events: body.events } });
  const tried = await client.testWebhook({ params: { id: webhook.id } });
  const job = await client.discardBacklog({ params: { id: webhook.id } });
  await eventually(
    () => client.getJob({ params: { id: job.id } }),
    ({ status }) => status === 'completed',
  );
  const key = await stage.root.createApiKey({
    params: { id: organizationId },
    body: { name: 'spare', scopes: ['webhooks:read'] },
  });
  const link = await stage.root.createPortalLink({ params: { id: organizationId } });
  return {
    tenant,
    root: stage.root,
    organizationId,
    keyId: key.id,
    linkId: link.id,
    webhookId: webhook.id,
    hookId: hook.id,
    endpointId: endpoint.id,
    eventId: tried.event_id,
    deliveryId: tried.delivery_id,
    jobId: job.id,
    url,
    data: sample,
  };
}

/** All of an organization that a request could change, and the organizations. */
async function inventory({ tenant, root, webhookId, organizationId }: World) {
  const { client } = tenant;
  const params = { id: webhookId };
  const keys = async () => {
    const { data } = await root.listApiKeys({ params: { id: organizationId } });
    return data.map(({ id, name, scopes }) => ({ id, name, scopes }));
  };
  return Promise.all([
    ...webhookStatuses.map((status) => client.listWebhooks({ query: { status } })),
    client.getWebhookSecret({ params }),
    client.listEvents(),
    client.listDeliveries({ params }),
    client.listAttempts({ params }),
    client.listJobs(),
    client.getProviderSettings({ params: { provider: 'bolten' } }),
    keys(),
    root.listPortalLinks({ params: { id: organizationId } }),
    everything((query) => root.listOrganizations({ query }), 100),
  ]);
}

/** Nothing of these organizations is another afterwards. */
export async function leavesUnchanged<Result>(worlds: readonly World[], act: () => Promise<Result>): Promise<Result> {
  const before = await Promise.all(worlds.map(inventory));
  const result = await act();
  expect(await Promise.all(worlds.map(inventory))).toEqual(before);
  return result;
}

type Examples = { readonly [O in Operation]: OperationRequest<O> };

/** For every operation a request that is in order, with every field of its body. */
export function examples(world: World): Examples {
  const { tenant, webhookId, hookId, endpointId, eventId, deliveryId, jobId, url, data } = world;
  const event = { provider: 'boltly', type: 'message.received', data, occurred_at: '2026-04-03T12:00:00Z' };
  const webhook = { params: { id: webhookId } };
  const hook = { params: { id: hookId } };
  const job = { params: { id: jobId } };
  const period = { since: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00+01:00', outcomes };
  const bolten = { params: { provider: 'bolten' } };
  return {
    getMe: {},
    createSession: { body: { api_key: tenant.apiKey } },
    getSession: {},
    deleteSession: {},
    listProviders: {},
    getProvider: bolten,
    getEventType: { params: { provider: 'boltly', type: 'message.received' } },
    getProviderSettings: bolten,
    putProviderSettings: {
      ...bolten,
      body: { opportunity_fields: ['id'], contact_fields: ['id'], won_stages: ['Won'], lost_stages: ['Lost'] },
    },
    publishEvent: { body: event },
    publishBatch: { body: { events: [event] } },
    listEvents: {},
    getEvent: { params: { id: eventId } },
    listEventDeliveries: { params: { id: eventId } },
    createWebhook: { body: { provider: 'boltly', ...webhookFields(`${url}/second`), platform: 'custom' } },
    listWebhooks: {},
    previewWebhook: { body: preview(url) },
    tryWebhook: { body: preview(url) },
    testFilter: { body: { filter: 'type == "text"', data } },
    getWebhook: webhook,
    updateWebhook: { ...webhook, body: webhookFields(`${url}/moved`) },
    deleteWebhook: webhook,
    pauseWebhook: webhook,
    resumeWebhook: webhook,
    resumeWebhooks: { body: { provider: 'boltly' } },
    testWebhook: { ...webhook, body: { event: 'message.read' } },
    getWebhookSecret: webhook,
    rotateWebhookSecret: { ...webhook, body: { signing_secret: 'whsec_s3cret_that_is_new', overlap_hours: 1 } },
    getBacklog: webhook,
    discardBacklog: webhook,
    recoverWebhook: { ...webhook, body: period },
    listAttempts: webhook,
    streamAttempts: webhook,
    getWebhookStatistics: { query: { ids: webhookId } },
    listDeliveries: webhook,
    replayDeliveries: {
      body: { ...period, provider: 'boltly', event: 'message.received', webhook_id: webhookId },
    },
    getDelivery: { params: { id: deliveryId } },
    replayDelivery: { params: { id: deliveryId } },
    listJobs: {},
    getJob: job,
    cancelJob: job,
    subscribeHook: { body: subscription(`${url}/subscribed`) },
    getHookSample: { query: { provider: 'boltly', event: 'message.received' } },
    getHook: hook,
    unsubscribeHook: hook,
    createDeveloperAccessWebhook: { body: { url, events: ['message.received'], description: 'Production webhook' } },
    listDeveloperAccessWebhooks: {},
    deleteDeveloperAccessWebhook: { params: { id: endpointId } },
    ...ofOperator(world),
  };
}

type OfOperator =
  | 'createOrganization'
  | 'listOrganizations'
  | 'createApiKey'
  | 'listApiKeys'
  | 'createPortalLink'
  | 'listPortalLinks'
  | 'revokePortalLink'
  | 'revokeApiKey';

function ofOperator({ organizationId, keyId, linkId }: World): Pick<Examples, OfOperator> {
  const organization = { params: { id: organizationId } };
  return {
    createOrganization: { body: { name: 'Another' } },
    listOrganizations: {},
    createApiKey: { ...organization, body: { name: 'another', scopes: ['webhooks:read'] } },
    listApiKeys: organization,
    createPortalLink: { ...organization, body: { ...portal, scopes: [...portal.scopes] } },
    listPortalLinks: organization,
    revokePortalLink: { params: { id: organizationId, link_id: linkId } },
    revokeApiKey: { params: { id: organizationId, key_id: keyId } },
  };
}

const portal = {
  scopes: ['webhooks:read', 'api_keys:write'],
  expires_in_seconds: 60,
  session_seconds: 3600,
  single_use: true,
  theme: { name: 'Acme', color: '#1f6feb', logo: 'data:image/png;base64,iVBORw0KGgo=' },
} as const;

const outcomes: ('exhausted' | 'discarded')[] = ['exhausted', 'discarded'];

function webhookFields(url: string) {
  return {
    name: 'All fields',
    description: 'A webhook with everything set',
    events: ['message.received', 'message.read'],
    url,
    authentication: { type: 'basic', username: 'user', password: 's3cret' } as const,
    headers: { 'X-Line': '7' },
    filter: 'status == "failed" or type in ["text"]',
    rate_limit: { requests: 10, seconds: 1 },
    retry: { schedule: [5, 300] },
    ordering: 'fifo' as const,
    format: 'provider' as const,
    signing_secret: 'whsec_s3cret_of_this_webhook',
  };
}

function preview(url: string) {
  const { authentication, headers, format, signing_secret } = webhookFields(url);
  return { provider: 'boltly', event: 'message.received', url, authentication, headers, format, signing_secret };
}

function subscription(url: string) {
  return {
    provider: 'boltly',
    events: ['message.received'],
    target_url: url,
    platform: 'zapier' as const,
    external_id: 'zap_1',
    format: 'provider' as const,
    filter: 'type == "text"',
    signing_secret: 'whsec_s3cret_of_this_hook',
  };
}

interface Given {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What requests say that come from the dashboard. */
export const ofDashboard = { 'bellhop-request': 'dashboard' };

function keyFor(stage: ApiStage, world: World, { access }: Route): string {
  return access === 'root' ? stage.server.rootKey : world.tenant.apiKey;
}

/**
 * The example of an operation as it goes over the wire, with the key that its route asks for.
 *
 * @param other parameters in the path that take the place of the example's
 */
export function toRaw(stage: ApiStage, world: World, operation: Operation, other: Given['params'] = {}): RawRequest {
  const route: Route = routes[operation];
  const { params, query = {}, body } = examples(world)[operation] as Given;
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => other[name] ?? params?.[name] ?? '');
  const search = new URLSearchParams(query).toString();
  return {
    method: route.method,
    path: search ? `${path}?${search}` : path,
    ...(route.access === 'public' ? { headers: ofDashboard } : { key: keyFor(stage, world, route) }),
    body: body === undefined ? undefined : JSON.stringify(body),
  };
}
