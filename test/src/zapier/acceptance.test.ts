import { describe, expect, test } from 'vitest';
import { eventTypes } from '../api/support.ts';
import type { Tenant } from '../harness/bellhop.ts';
import { eventually } from '../harness/eventually.ts';
import type { Definition } from './definition.ts';
import { triggerKey } from './definition.ts';
import { ZapierStage } from './stage.ts';
import type { CaughtRequest, Item } from './zap.ts';
import { caught } from './zap.ts';

/*
 * The app's own entry point against a real server: of the bundle in `npm test`, of the built zip in `npm run zapier test`.
 */

const stage = new ZapierStage();
const cases = eventTypes.map(({ provider, type, eventType }) => ({
  key: triggerKey(provider.id, type),
  provider: provider.id,
  type,
  data: eventType.sample,
}));

function forged(request: CaughtRequest): CaughtRequest {
  const content = request.rawRequest.content.replace('"data":{', '"data":{"forged":true,');
  expect(content).not.toBe(request.rawRequest.content);
  return { rawRequest: { ...request.rawRequest, content }, cleanedRequest: JSON.parse(content) };
}

test('the app is sound by the schema of Zapier, and has a trigger for each of the 24 event types', async () => {
  expect(await stage.app.command('validate')).toEqual([]);
  const { triggers } = await stage.app.command<Definition>('definition');
  expect(cases).toHaveLength(24);
  expect(Object.keys(triggers)).toEqual(expect.arrayContaining(cases.map(({ key }) => key)));
});

describe.each(cases)('$key', ({ key, provider, type, data }) => {
  test('from connecting to turning off', async () => {
    const tenant = await stage.customer();
    const { client, organizationId } = tenant;
    const { name } = await organizationOf(tenant);
    const publish = () => client.publishEvent({ body: { provider, type, data } });

    const connected = await stage.app.execute<Item>('authentication.test', { authData: stage.connection(tenant) });
    expect(connected.results).toMatchObject({ organization_name: name });
    expect(JSON.stringify(connected.results)).not.toContain(tenant.apiKey);

    const { triggers } = await stage.app.command<Definition>('definition');
    const sample = triggers[key]?.operation.sample;
    const zap = await stage.zap(key, tenant);
    expect(await zap.samples()).toEqual([sample]);

    const { results: subscription } = await zap.turnOn();
    expect((await zap.turnOn()).results).toEqual(subscription);
    const params = { id: subscription.id };
    expect(await client.getHook({ params })).toMatchObject({
      ...{ provider, events: [type], url: zap.targetUrl, rest_hook: true, status: 'active' },
      ...{ platform: 'zapier', format: 'standard', external_id: String(zap.id) },
    });

    const { id } = await publish();
    const request = caught(await zap.hook.request(0));
    expect(Object.keys(request.rawRequest.headers)).toEqual(expect.arrayContaining(['Http-Webhook-Signature']));
    const { results } = await zap.perform(request);
    expect(results).toEqual([{ ...sample, ...withCustomFields(data), id, occurred_at: expect.any(String) }]);
    expect(Object.keys(results[0] ?? {})).toEqual(Object.keys(sample ?? {}));
    expect(await zap.samples()).toEqual([results[0], sample]);

    const refused = await zap.perform(forged(request));
    expect(refused.results).toEqual([]);
    expect(refused.console).toContain('signature_mismatch');

    await zap.turnOff();
    await zap.turnOff();
    const { id: later } = await publish();
    expect(await sentOf(tenant, later)).toEqual([]);
    expect(zap.hook.received).toHaveLength(1);

    const stranger = await stage.zap(key, { apiKey: `${tenant.apiKey}x` });
    await expect(stranger.turnOn()).rejects.toMatchObject({ name: 'ExpiredAuthError' });
    const test = stage.app.execute('authentication.test', { authData: stage.connection({ apiKey: 'sk_live_nobody' }) });
    await expect(test).rejects.toThrow(/does not know this API key/);
    expect((await client.listWebhooks()).data).toEqual([]);
    expect(organizationId).toMatch(/^org_/);
  });
});

/** What has fields that this customer made up: a sample has none of those, an event has them. */
function withCustomFields({ opportunity, contact }: Item): Item {
  return { ...(opportunity ? { opportunity } : {}), ...(contact ? { contact } : {}) };
}

/** The deliveries of an event that were tried. What is kept for a hook that replaces an ended one is none. */
async function sentOf({ client }: Tenant, id: string) {
  const { trace } = await client.getEvent({ params: { id } });
  return trace.flatMap(({ deliveries }) => deliveries).filter(({ attempts }) => attempts > 0);
}

async function organizationOf({ client }: Tenant): Promise<{ name: string }> {
  const { organization } = await client.getMe();
  return organization ?? { name: '' };
}

describe('a hook that answers 410', () => {
  test('makes the server drop the subscription and tell of it', async () => {
    const tenant = await stage.customer();
    const zap = await stage.zap('boltcall_new_lead', tenant);
    const alarm = await stage.zap('bellhop_webhook_gone', tenant);
    const { results } = await zap.turnOn();
    await alarm.turnOn();
    zap.hook.answer({ status: 410 });
    const [{ data } = { data: {} }] = cases.filter(({ type }) => type === 'new_lead');
    const publish = () => tenant.client.publishEvent({ body: { provider: 'boltcall', type: 'new_lead', data } });
    await publish();
    await zap.hook.atLeast(1);
    const gone = () => tenant.client.getWebhook({ params: { id: results.id } });
    expect((await eventually(gone, ({ status }) => status === 'gone')).status_reason?.message).toContain('410');
    await expect(tenant.client.getHook({ params: { id: results.id } })).rejects.toMatchObject({ status: 404 });
    expect(await alarm.run()).toMatchObject({ event_type: 'webhook.gone', webhook: { id: results.id } });
    const { id } = await publish();
    expect(await sentOf(tenant, id)).toEqual([]);
    await zap.turnOff();
  });
});
