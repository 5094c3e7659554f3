import type { WebhookPatch } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import type { WebhookBody } from './support.ts';
import { ApiStage, everything, problemOf } from './support.ts';

const stage = new ApiStage();

const url = 'https://hooks.example.com/in';
const minimal: WebhookBody = { provider: 'boltly', events: ['message.received'], url };
const complete = {
  ...minimal,
  events: ['message.received', 'message.failed'],
  name: 'Support inbox',
  description: 'Tells the support team',
  authentication: { type: 'bearer', token: 'a-token' },
  headers: { 'X-Team': 'support' },
  filter: 'type == "text"',
  rate_limit: { requests: 5, seconds: 2 },
  retry: { schedule: [1, 60] },
  format: 'standard',
  platform: 'n8n',
} as const satisfies WebhookBody;

const notFound = { status: 404, code: 'not_found' };
const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe('POST /v1/webhooks', () => {
  test('with provider, event types and URL alone: everything else has a default', async () => {
    const { client } = await stage.tenant();
    const { signing_secret, ...webhook } = await client.createWebhook({ body: minimal });
    expect(signing_secret).toMatch(/^whsec_/);
    expect(webhook).toEqual({
      id: expect.stringMatching(/^wh_[0-9a-f-]{36}$/),
      ...minimal,
      name: null,
      description: null,
      format: 'provider',
      authentication: { type: 'none' },
      headers: {},
      has_signing_secret: true,
      filter: null,
      rate_limit: null,
      retry: null,
      ordering: 'parallel',
      platform: 'custom',
      external_id: null,
      rest_hook: false,
      acknowledges: false,
      listener: false,
      status: 'active',
      status_reason: null,
      status_until: null,
      consecutive_failures: 0,
      warnings: [],
      created_at: isoTime,
      updated_at: isoTime,
    });
    expect(await client.getWebhook({ params: { id: webhook.id } })).toEqual(webhook);
  });

  test('with everything that can be set', async () => {
    const { client } = await stage.tenant();
    const { id } = await client.createWebhook({ body: complete });
    const { name, description, events, filter, rate_limit, retry, format, platform } = complete;
    expect(await client.getWebhook({ params: { id } })).toMatchObject({
      ...{ name, description, events, filter, rate_limit, retry, format, platform, url },
      authentication: { type: 'bearer' },
      headers: { 'X-Team': '********' },
    });
  });

  test('answers 201 with the Location of the webhook, as its siblings do', async () => {
    const { apiKey } = await stage.tenant();
    const places = [
      ['/v1/webhooks', minimal],
      ['/v1/hooks', { provider: 'boltly', event: 'message.read', target_url: url }],
      ['/v1/developer-access/webhooks', { url, events: ['message.sent'] }],
    ] as const;
    for (const [path, body] of places) {
      const answer = await stage.send({ method: 'POST', path, key: apiKey, body: JSON.stringify(body) });
      expect(answer.status).toBe(201);
      expect(answer.headers.get('location')).toBe(`${path}/${JSON.parse(answer.text).id}`);
    }
  });

  test('paused from the beginning: as one that was paused on request', async () => {
    const { client } = await stage.tenant();
    const created = await client.createWebhook({ body: { ...minimal, status: 'paused' } });
    const { signing_secret: _, ...webhook } = created;
    const reason = { code: 'paused_by_customer', message: 'Paused on request.', at: created.created_at };
    expect(webhook).toMatchObject({ status: 'paused', status_reason: reason });
    expect(await client.getWebhook({ params: { id: webhook.id } })).toEqual(webhook);
  });

  test('twice is two webhooks: each may have its own headers, name and secret', async () => {
    const { client } = await stage.tenant();
    const one = await client.createWebhook({ body: minimal });
    const two = await client.createWebhook({ body: minimal });
    expect(two.id).not.toBe(one.id);
    expect(two.signing_secret).not.toBe(one.signing_secret);
  });

  test.each([
    ['https://hooks.zapier.com/hooks/catch/1/a/', 'zapier'],
    ['https://hook.eu2.make.com/abc', 'make'],
    ['https://hook.eu1.make.celonis.com/abc', 'make'],
    ['https://n8n.example.com/webhook/abc', 'n8n'],
    ['https://prod-1.westeurope.logic.azure.com/workflows/a', 'power_automate'],
    ['https://hooks.example.com/', 'custom'],
  ] as const)('recognises the platform behind %s: %s', async (target, platform) => {
    const { client } = await stage.tenant();
    const { id, ...webhook } = await client.createWebhook({ body: { ...minimal, url: target } });
    expect(webhook.platform).toBe(platform);
  });

  test('the platform stays as it is, whatever is changed, until it is changed itself', async () => {
    const { client } = await stage.tenant();
    const { id } = await client.createWebhook({ body: { ...minimal, platform: 'n8n' } });
    const update = async (body: WebhookPatch) => (await client.updateWebhook({ params: { id }, body })).platform;
    expect(await update({ name: 'Leads', url: minimal.url })).toBe('n8n');
    expect(await update({ url: 'https://hooks.example.com/other' })).toBe('n8n');
    expect(await update({ platform: 'custom' })).toBe('custom');
  });
});

describe('PATCH /v1/webhooks/{id}', () => {
  test.each<[string, WebhookPatch]>([
    ['name', { name: 'Another' }],
    ['name to none', { name: null }],
    ['description', { description: 'Another' }],
    ['event types', { events: ['message.read'] }],
    ['URL', { url: 'https://hooks.example.com/other' }],
    ['rate limit', { rate_limit: { requests: 1, seconds: 60 } }],
    ['rate limit to none', { rate_limit: null }],
    ['retry schedule', { retry: { schedule: [] } }],
    ["retry schedule to the provider's own", { retry: null }],
    ['filter', { filter: 'text.body contains "book"' }],
    ['filter to none', { filter: null }],
    ['format', { format: 'provider' }],
    ['nothing', {}],
  ])('changes the %s and leaves the rest', async (_, body) => {
    const { client } = await stage.tenant();
    const { signing_secret, ...before } = await client.createWebhook({ body: { ...complete, platform: 'custom' } });
    const params = { id: before.id };
    const after = await client.updateWebhook({ params, body: { ...body } });
    expect(after).toEqual({ ...before, ...body, warnings: expect.any(Array), updated_at: isoTime });
    expect(await client.getWebhook({ params })).toEqual(after);
    expect(await client.getWebhookSecret({ params })).toMatchObject({ signing_secret, previous: [] });
  });

  test('the changed event types are those it gets from then on', async () => {
    const { client } = await stage.tenant();
    const receiver = await stage.receiver();
    const { id } = await client.createWebhook({ body: { ...minimal, url: receiver.url() } });
    await client.updateWebhook({ params: { id }, body: { events: ['message.read'] } });
    const { events } = await client.getProvider({ params: { provider: 'boltly' } });
    for (const { type, sample } of events) {
      await client.publishEvent({ body: { provider: 'boltly', type, data: sample } });
    }
    await client.testWebhook({ params: { id } });
    const received = await receiver.atLeast(2);
    expect(received.map(({ json }) => json.type)).toEqual(['message.read', 'message.read']);
  });

  test('two changes at once: both hold', async () => {
    const { client } = await stage.tenant();
    const { id } = await client.createWebhook({ body: minimal });
    const params = { id };
    await Promise.all([
      client.updateWebhook({ params, body: { name: 'Both' } }),
      client.updateWebhook({ params, body: { description: 'hold' } }),
      client.pauseWebhook({ params }),
    ]);
    expect(await client.getWebhook({ params })).toMatchObject({ name: 'Both', description: 'hold', status: 'paused' });
  });
});

describe('DELETE /v1/webhooks/{id}', () => {
  test('it is gone at once: from its address, from the list, from every operation on it', async () => {
    const { client } = await stage.tenant();
    const { id } = await client.createWebhook({ body: minimal });
    const params = { id };
    expect(await client.deleteWebhook({ params })).toBeUndefined();
    const { getWebhook, updateWebhook, deleteWebhook, pauseWebhook, resumeWebhook, testWebhook } = client;
    const { getWebhookSecret, listAttempts, listDeliveries, getHook } = client;
    const operations = [getWebhook, deleteWebhook, pauseWebhook, resumeWebhook, testWebhook, getWebhookSecret, getHook];
    for (const operation of [...operations, listAttempts, listDeliveries]) {
      expect(await problemOf(operation({ params }))).toMatchObject(notFound);
    }
    expect(await problemOf(updateWebhook({ params, body: { name: 'x' } }))).toMatchObject(notFound);
    expect((await client.listWebhooks()).data).toEqual([]);
  });
});

describe('GET /v1/webhooks', () => {
  test('filters by provider, by status and by platform', async () => {
    const { client } = await stage.tenant();
    const boltly = await client.createWebhook({ body: minimal });
    const boltcall = await client.createWebhook({
      body: { provider: 'boltcall', events: ['new_lead'], url: 'https://hooks.zapier.com/hooks/standard/1/' },
    });
    await client.pauseWebhook({ params: { id: boltcall.id } });
    const ids = async (query: Parameters<typeof client.listWebhooks>[0]) =>
      (await client.listWebhooks(query)).data.map(({ id }) => id);
    expect(await ids({})).toEqual([boltcall.id, boltly.id]);
    expect(await ids({ query: { provider: 'boltly' } })).toEqual([boltly.id]);
    expect(await ids({ query: { status: 'paused' } })).toEqual([boltcall.id]);
    expect(await ids({ query: { status: 'paused', provider: 'boltly' } })).toEqual([]);
    expect(await ids({ query: { provider: 'acme' } })).toEqual([]);
    expect(await ids({ query: { platform: 'custom' } })).toEqual([boltly.id]);
    expect(await ids({ query: { platform: 'zapier' } })).toEqual([boltcall.id]);
    expect(await ids({ query: { platform: 'zapier', provider: 'boltly' } })).toEqual([]);
  });
});

describe('lists of more than 100', () => {
  test('come in pages, newest first, each thing once, whatever is added meanwhile', async () => {
    const { client } = await stage.tenant();
    const created: string[] = [];
    for (let number = 0; number < 105; number += 1) {
      created.push((await client.createWebhook({ body: { ...minimal, name: `${number}` } })).id);
    }
    const newestFirst = created.toReversed();
    const ids = (items: { id: string }[]) => items.map(({ id }) => id);
    const list = (query: { limit?: number; cursor?: string }) => client.listWebhooks({ query });
    expect(ids((await list({})).data)).toEqual(newestFirst.slice(0, 50));
    for (const limit of [100, 35, 105 / 3]) expect(ids(await everything(list, limit))).toEqual(newestFirst);
    const added = async (query: { limit?: number; cursor?: string }) => {
      await client.createWebhook({ body: minimal });
      return list(query);
    };
    expect(ids(await everything(added, 50)).slice(1)).toEqual(newestFirst);
  });

  test('hold for events, and for deliveries and attempts of a webhook', async () => {
    const { client } = await stage.tenant();
    const receiver = await stage.receiver();
    const { id } = await client.createWebhook({ body: { ...minimal, url: receiver.url() } });
    const params = { id };
    const { sample } = await client.getEventType({ params: { provider: 'boltly', type: 'message.received' } });
    const event = { provider: 'boltly', type: 'message.received', data: sample };
    const { ids } = await client.publishBatch({ body: { events: Array(120).fill(event) } });
    await receiver.atLeast(120);
    const events = await everything((query) => client.listEvents({ query }), 50);
    expect(events.map((each) => each.id)).toEqual(ids.toReversed());
    const deliveries = await everything((query) => client.listDeliveries({ params, query }), 50);
    expect(deliveries.map(({ event_id }) => event_id)).toEqual(ids.toReversed());
  });
});
