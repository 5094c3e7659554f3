import { randomBytes } from 'node:crypto';
import { sign, standardFormat } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import type { Tenant } from '../harness/bellhop.ts';
import { AppError } from './lambda.ts';
import { ZapierStage } from './stage.ts';
import type { CaughtRequest, Item, Zap } from './zap.ts';
import { caught } from './zap.ts';

/* Requests to a Zap's hook: which are trusted, and what the Zap gets. */

const stage = new ZapierStage();
const lead = { id: 'lead_7', name: 'Ada Winter', score: 91 };

interface Scene {
  readonly tenant: Tenant;
  readonly zap: Zap;
  readonly request: CaughtRequest;
}

/** A Zap that is on, and a request that its hook caught. */
async function scene(data: Item = lead): Promise<Scene> {
  const tenant = await stage.server.tenant();
  const zap = await stage.zap('boltcall_new_lead', tenant);
  await zap.turnOn();
  await tenant.client.publishEvent({ body: { provider: 'boltcall', type: 'new_lead', data: data as never } });
  return { tenant, zap, request: caught(await zap.hook.request(0)) };
}

function withHeaders({ rawRequest, cleanedRequest }: CaughtRequest, headers: Record<string, string>): CaughtRequest {
  return { rawRequest: { ...rawRequest, headers }, cleanedRequest };
}

/** The request signed anew at another time, or by another secret. */
function signedAnew(request: CaughtRequest, secret: string, timestamp: number): CaughtRequest {
  const { headers, content } = request.rawRequest;
  const parts = { body: content, id: headers['Http-Webhook-Id'] ?? '', timestamp };
  return withHeaders(request, {
    ...headers,
    'Http-Webhook-Timestamp': String(timestamp),
    'Http-Webhook-Signature': sign(standardFormat.signature, parts, [secret]),
  });
}

const now = () => Math.floor(Date.now() / 1000);
const otherSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

describe('a request to the hook is trusted', () => {
  test.each<[string, (name: string) => string]>([
    ['as Zapier names them', (name) => name],
    ['as they were sent', (name) => name.replace(/^Http-/, '').toLowerCase()],
    ['without the prefix', (name) => name.replace(/^Http-/, '')],
    ['in capitals', (name) => name.toUpperCase()],
  ])('with its headers %s', async (_, rename) => {
    const { zap, request } = await scene();
    const headers = Object.entries(request.rawRequest.headers).map(([name, value]) => [rename(name), value]);
    const { results, console } = await zap.perform(withHeaders(request, Object.fromEntries(headers)));
    expect(results).toMatchObject([{ lead_id: 'lead_7' }]);
    expect(console).toBe('');
  });

  test('however long Zapier held it', async () => {
    const { zap, request } = await scene();
    const yearAgo = now() - 365 * 24 * 3600;
    const late = signedAnew(request, zap.subscription.signing_secret, yearAgo);
    expect((await zap.perform(late)).results).toMatchObject([{ lead_id: 'lead_7' }]);
  });

  test('when the secret was rotated after the Zap was turned on', async () => {
    const { tenant, zap } = await scene();
    const params = { id: zap.subscription.id };
    await tenant.client.rotateWebhookSecret({ params, body: { overlap_hours: 0 } });
    await tenant.client.publishEvent({ body: { provider: 'boltcall', type: 'new_lead', data: { id: 'lead_8' } } });
    expect(await zap.run(1)).toMatchObject({ lead_id: 'lead_8' });
  });

  test('by each of two Zaps with the same trigger, independently', async () => {
    const { tenant, zap } = await scene();
    const second = await stage.zap('boltcall_new_lead', tenant);
    await second.turnOn();
    expect(second.subscription.id).not.toBe(zap.subscription.id);
    const { id } = await tenant.client.publishEvent({ body: { provider: 'boltcall', type: 'new_lead', data: lead } });
    expect(await zap.run(1)).toMatchObject({ id });
    expect(await second.run()).toMatchObject({ id });
    await second.turnOff();
    await tenant.client.publishEvent({ body: { provider: 'boltcall', type: 'new_lead', data: { id: 'lead_8' } } });
    expect(await zap.run(2)).toMatchObject({ lead_id: 'lead_8' });
    expect(second.hook.received).toHaveLength(1);
  });

  test("when it is a test from the server's own pages, and then says so", async () => {
    const { tenant, zap } = await scene();
    await tenant.client.testWebhook({ params: { id: zap.subscription.id } });
    expect(await zap.run(0)).toMatchObject({ lead_id: 'lead_7', test: false });
    expect(await zap.run(1)).toMatchObject({ event_type: 'new_lead', lead_id: 'lead_001', test: true });
  });
});

describe('a request to the hook triggers nothing and is logged', () => {
  const forgeries: [string, string, (scene: Scene) => CaughtRequest][] = [
    ['without a signature', 'signature_missing', ({ request }) => withHeaders(request, {})],
    ['signed by another secret', 'signature_mismatch', ({ request }) => signedAnew(request, otherSecret(), now())],
    [
      'with another body',
      'signature_mismatch',
      ({ request: { rawRequest, cleanedRequest } }) => ({
        rawRequest: { ...rawRequest, content: rawRequest.content.replace('lead_7', 'lead_9') },
        cleanedRequest,
      }),
    ],
    [
      'with another id',
      'signature_mismatch',
      ({ request }) => withHeaders(request, { ...request.rawRequest.headers, 'Http-Webhook-Id': 'evt_other' }),
    ],
    [
      'with another time',
      'signature_mismatch',
      ({ request }) => withHeaders(request, { ...request.rawRequest.headers, 'Http-Webhook-Timestamp': '1' }),
    ],
  ];

  test.each(forgeries)('%s', async (_, reason, forge) => {
    const given = await scene();
    const { results, console, logs } = await given.zap.perform(forge(given));
    expect(results).toEqual([]);
    expect(console).toContain(reason);
    expect(logs).not.toContain(given.zap.subscription.signing_secret);
    expect(console).not.toContain('Ada Winter');
  });

  test('when the subscription is not known, or there was no request at all', async () => {
    const { tenant, zap, request } = await scene();
    const perform = 'triggers.boltcall_new_lead.operation.perform';
    const authData = stage.connection(tenant);
    const { client } = await stage.server.tenant();
    const stranger = await client.createWebhook({
      body: { provider: 'boltly', events: ['message.read'], url: zap.targetUrl },
    });
    for (const bundle of [
      { authData, ...request },
      { authData, ...request, subscribeData: {} },
      { authData, ...request, subscribeData: { id: stranger.id } },
      { authData, cleanedRequest: request.cleanedRequest, subscribeData: zap.subscription },
      { authData, subscribeData: zap.subscription },
    ]) {
      const { results, console } = await stage.app.execute(perform, bundle);
      expect(results).toEqual([]);
      expect(console).toMatch(/^Ignored a request that is not a signed event/);
    }
  });

  test('when it is signed and is no event', async () => {
    const { zap, request } = await scene();
    for (const content of ['not JSON', '[]', '{"id":1}']) {
      const rawRequest = { ...request.rawRequest, content };
      const nonsense = signedAnew({ ...request, rawRequest }, zap.subscription.signing_secret, now());
      const { results, console } = await zap.perform(nonsense);
      expect(results).toEqual([]);
      expect(console).toContain('not_an_event');
    }
  });
});

describe('an event is not lost when its secret was rotated without overlap', () => {
  const perform = 'triggers.boltcall_new_lead.operation.perform';

  /** A Zap whose hook got an event that is signed with a secret that Zapier does not know. */
  async function rotated() {
    const { tenant, zap } = await scene();
    const params = { id: zap.subscription.id };
    await tenant.client.rotateWebhookSecret({ params, body: { overlap_hours: 0 } });
    await tenant.client.publishEvent({ body: { provider: 'boltcall', type: 'new_lead', data: { id: 'lead_8' } } });
    const request = caught(await zap.hook.request(1));
    const run = (authData: object) =>
      stage.app.execute(perform, { authData, subscribeData: zap.subscription, ...request });
    return { tenant, run };
  }

  async function failureOf(running: Promise<unknown>): Promise<AppError> {
    const failure: unknown = await running.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AppError);
    return failure as AppError;
  }

  test('and the server is down: Zapier tries again, and the Zap runs when it is back', async () => {
    const { tenant, run } = await rotated();
    const { name, message } = await failureOf(run({ ...stage.connection(tenant), server_url: 'http://127.0.0.1:1' }));
    expect(name).toBe('ThrottledError');
    expect(JSON.parse(message)).toEqual({
      message: expect.stringMatching(/cannot be reached\. .*is running/),
      delay: 300,
    });
    expect(message).not.toContain('whsec_');
    expect((await run(stage.connection(tenant))).results).toMatchObject([{ lead_id: 'lead_8' }]);
  });

  test('and the API key was revoked: Zapier asks to reconnect the account', async () => {
    const { tenant, run } = await rotated();
    const { name, message } = await failureOf(run(stage.connection({ apiKey: 'sk_live_revoked' })));
    expect(name).toBe('ExpiredAuthError');
    expect(message).toMatch(/does not know this API key\. Reconnect your Bellhop account with a new API key\.$/);
    expect((await run(stage.connection(tenant))).results).toMatchObject([{ lead_id: 'lead_8' }]);
  });
});

describe('what the Zap gets', () => {
  test('has every documented field, empty where the event has none', async () => {
    const { zap, request } = await scene();
    const { results } = await zap.perform(request);
    expect(results).toEqual([
      {
        ...{
          id: expect.stringMatching(/^evt_/),
          event_type: 'new_lead',
          occurred_at: expect.stringMatching(/Z$/),
          test: false,
        },
        ...{ lead_id: 'lead_7', name: 'Ada Winter', phone: null, email: null, source: null, agent_id: null },
        ...{ status: null, score: 91, tags: [], created_at: null },
      },
    ]);
  });

  test('has fields that no schema knows, beside those it does', async () => {
    const extra = { region: { code: 'DE' }, id: 'lead_7', event_type: 'theirs', lead_id: 'theirs' };
    const { zap, request } = await scene(extra);
    const { results } = await zap.perform(request);
    expect(results).toMatchObject([
      {
        event_type: 'new_lead',
        lead_id: 'lead_7',
        region: { code: 'DE' },
        data_event_type: 'theirs',
        data_lead_id: 'theirs',
      },
    ]);
  });

  test('has nothing of the query string, to which anybody can add', async () => {
    const { zap, request } = await scene();
    const rawRequest = { ...request.rawRequest, querystring: 'name=Mallory' };
    const cleanedRequest = { ...request.cleanedRequest, querystring: { name: 'Mallory' }, data: { name: 'Mallory' } };
    const { results } = await zap.perform({ rawRequest, cleanedRequest });
    expect(results).toMatchObject([{ name: 'Ada Winter' }]);
    expect(results[0]).not.toHaveProperty('querystring');
    expect(results[0]).not.toHaveProperty('data');
  });

  test('is the same for each delivery of an event', async () => {
    const { tenant, zap, request } = await scene();
    const { data } = await tenant.client.listDeliveries({ params: { id: zap.subscription.id } });
    await tenant.client.replayDelivery({ params: { id: data[0]?.id ?? '' } });
    expect(await zap.run(1)).toEqual((await zap.perform(request)).results[0]);
  });
});
