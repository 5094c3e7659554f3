import { Bellhop } from 'n8n-nodes-bellhop/nodes/Bellhop/Bellhop.node.ts';
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, test } from 'vitest';
import { Stage } from '../harness/stage.ts';
import type { ContextOptions } from './context.ts';
import { n8nContext } from './context.ts';

/* The action node against a real server. */

const stage = new Stage();
const node = new Bellhop();

async function account() {
  const { client, apiKey } = await stage.server.tenant();
  const options = { baseUrl: stage.server.url, apiKey, node: { name: 'Bellhop' } };
  const execute = async (parameters: IDataObject, more: ContextOptions = {}) => {
    const [items = []] = await node.execute.call(n8nContext({ ...options, ...more, parameters }).execute);
    return items.map(({ json, pairedItem }) => ({ json, pairedItem }));
  };
  return { client, execute, load: n8nContext(options).load };
}

const lead = { provider: 'boltcall', event: 'new_lead', data: { id: 'lead_1', name: 'Jane' }, options: {} };
const publish = { resource: 'event', operation: 'publish', ...lead };
const hook = { provider: 'boltly', events: ['message.received'], url: 'http://127.0.0.1:9876/' };

describe('event: publish', () => {
  test('publishes once per item and outputs the ids', async () => {
    const { client, execute } = await account();
    const items = await execute(publish, { items: [{}, {}] });
    expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
    const { data } = await client.listEvents();
    expect(data.map(({ id }) => id).toReversed()).toEqual(items.map(({ json }) => json.id));
    expect(data[0]).toMatchObject({ provider: 'boltcall', type: 'new_lead', data: lead.data });
  });

  test("accepts data as text, a time in the workflow's zone and an idempotency key", async () => {
    const { client, execute } = await account();
    const options = { occurredAt: '2026-07-01T09:00:00', idempotencyKey: 'lead-1' };
    const parameters = { ...publish, data: JSON.stringify(lead.data), options };
    const [first, again] = [await execute(parameters), await execute(parameters)];
    expect(again).toEqual(first);
    const { data } = await client.listEvents();
    expect(data).toMatchObject([{ data: lead.data, occurred_at: '2026-07-01T13:00:00.000Z' }]);
  });

  test.each([
    ['2026-07-01T09:00:00', '2026-07-01T13:00:00.000Z'],
    ['2026-01-15 09:00', '2026-01-15T14:00:00.000Z'],
    ['2026-03-08T03:30:00', '2026-03-08T07:30:00.000Z'],
    ['2026-11-01T06:00:00', '2026-11-01T11:00:00.000Z'],
    ['2026-07-01', '2026-07-01T04:00:00.000Z'],
    ['2026-07-01T09:00:00+02:00', '2026-07-01T07:00:00.000Z'],
  ])('understands %s in New York', async (occurredAt, expected) => {
    const { client, execute } = await account();
    await execute({ ...publish, options: { occurredAt } });
    expect((await client.listEvents()).data).toMatchObject([{ occurred_at: expected }]);
  });

  test("publishes an operator's own provider's events", async () => {
    const { execute } = await account();
    const own = { ...publish, provider: '@server', serverProvider: 'boltcall', serverEvent: 'new_lead' };
    expect(await execute(own)).toMatchObject([{ json: { id: expect.stringMatching(/^evt_/) } }]);
  });

  test('says which fields of the data are wrong', async () => {
    const { execute } = await account();
    const wrong = { ...publish, data: { id: 17 } };
    await expect(execute(wrong)).rejects.toMatchObject({
      name: 'NodeApiError',
      message: expect.stringMatching(/^data\.id /),
    });
    await expect(execute({ ...publish, data: 'no' })).rejects.toThrow('Data is not a JSON object');
  });

  test('continues after a failed item if set to', async () => {
    const { execute } = await account();
    const items = await execute({ ...publish, data: '[]' }, { items: [{}, {}], continueOnFail: true });
    expect(items.map(({ json }) => json)).toEqual(Array(2).fill({ error: 'Data is not a JSON object' }));
  });
});

describe('webhook', () => {
  const ofWebhook = (operation: string, webhookId: string) => ({ resource: 'webhook', operation, webhookId });

  test('pauses and resumes', async () => {
    const { client, execute } = await account();
    const { id } = await client.createWebhook({ body: hook });
    expect(await execute(ofWebhook('pause', id))).toMatchObject([{ json: { id, status: 'paused' } }]);
    expect(await execute(ofWebhook('resume', id))).toMatchObject([{ json: { id, status: 'active' } }]);
  });

  test('sends a test and outputs the attempt', async () => {
    const { client, execute } = await account();
    const receiver = await stage.receiver();
    const { id } = await client.createWebhook({ body: { ...hook, url: receiver.url() } });
    const attempt = { test: true, status_code: 200, outcome: 'delivered' };
    expect(await execute(ofWebhook('test', id))).toMatchObject([{ json: attempt }]);
  });

  test('lists up to a limit or all, over several pages', async () => {
    const { client, execute } = await account();
    const urls = Array.from({ length: 105 }, (_, index) => `http://127.0.0.1:9876/${index}`);
    for (const url of urls) await client.createWebhook({ body: { ...hook, url } });
    const list = { resource: 'webhook', operation: 'getAll', filters: {} };
    expect(await execute({ ...list, returnAll: true })).toHaveLength(105);
    expect(await execute({ ...list, returnAll: false, limit: 103 })).toHaveLength(103);
    expect(await execute({ ...list, returnAll: true, filters: { status: 'paused' } })).toEqual([]);
    expect(await execute({ ...list, returnAll: false, limit: 3, filters: { provider: 'boltcall' } })).toEqual([]);
  });

  test('that does not exist is an error', async () => {
    const { execute } = await account();
    const nowhere = ofWebhook('pause', 'wh_01890a5d-ac96-774b-bcce-b302099a8057');
    await expect(execute(nowhere)).rejects.toMatchObject({ name: 'NodeApiError', httpCode: '404' });
    await expect(execute(ofWebhook('pause', ''))).rejects.toThrow('Choose a webhook');
  });
});

describe('delivery', () => {
  test('lists those of a webhook with their last attempt, and replays one', async () => {
    const { client, execute } = await account();
    const receiver = await stage.receiver();
    const { id } = await client.createWebhook({ body: { ...hook, url: receiver.url() } });
    const { sample } = await client.getEventType({ params: { provider: 'boltly', type: 'message.received' } });
    await client.publishEvent({ body: { provider: 'boltly', type: 'message.received', data: sample } });
    await receiver.atLeast(1);
    const list = { resource: 'delivery', operation: 'getAll', webhookId: id, returnAll: true };
    const [delivery] = await execute(list);
    expect(delivery?.json).toMatchObject({ event: 'message.received', webhook_id: id });
    const deliveryId = String(delivery?.json.id);
    expect(await execute({ resource: 'delivery', operation: 'replay', deliveryId })).toMatchObject([
      { json: { webhook_id: id } },
    ]);
    await receiver.atLeast(2);
  });
});

describe('lists from the server', () => {
  const { getProviders, getEventTypes } = node.methods.loadOptions;
  const { searchWebhooks } = node.methods.listSearch;

  test('have its providers and their event types', async () => {
    const { load } = await account();
    expect(await getProviders.call(load)).toContainEqual(expect.objectContaining({ value: 'boltly', name: 'Boltly' }));
    expect(await getEventTypes.call(load)).toEqual([]);
    const parameters = { serverProvider: 'boltcall' };
    const chosen = Object.assign(load, {
      getCurrentNodeParameter: (name: keyof typeof parameters) => parameters[name],
    });
    expect(await getEventTypes.call(chosen)).toContainEqual(expect.objectContaining({ value: 'new_lead' }));
  });

  test('have its webhooks by name or host, without the rest of the URL', async () => {
    const { client, load } = await account();
    const url = 'https://hooks.zapier.com/hooks/standard/1/secret/';
    const { id } = await client.createWebhook({ body: { ...hook, url, events: ['message.received', 'message.sent'] } });
    await client.createWebhook({ body: { ...hook, name: 'Leads to CRM' } });
    const { results } = await searchWebhooks.call(load, 'ZAPIER');
    expect(results).toEqual([{ value: id, name: 'hooks.zapier.com (boltly: message.received and 1 more)' }]);
    expect((await searchWebhooks.call(load)).results).toHaveLength(2);
  });
});
