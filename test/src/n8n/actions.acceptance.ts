import { readFile } from 'node:fs/promises';
import { defineProvider, standardFormat, z } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import type { NodeInput } from './n8n-api.ts';
import { after, N8nStage } from './n8n-stage.ts';

/* The action node, an operator's own provider and the example workflow, in a real n8n. */

const acme = defineProvider({
  id: 'acme',
  name: 'Acme',
  description: 'A product of an operator.',
  events: {
    'parcel.sent': {
      label: 'Parcel Sent',
      description: 'Triggers when a parcel is sent.',
      schema: z.looseObject({ id: z.string() }),
      sample: { id: 'parcel_1' },
    },
  },
  ...standardFormat,
});

const stage = new N8nStage({ providers: [acme] });
const manual: NodeInput = { name: 'Start', type: 'n8n-nodes-base.manualTrigger', parameters: {} };
const bellhop = (parameters: Record<string, unknown>): NodeInput => ({ name: 'Bellhop', type: 'bellhop', parameters });
const own = { provider: '@server', serverProvider: 'acme' };

async function run(parameters: Record<string, unknown>) {
  const workflow = await stage.api.createWorkflow([manual, bellhop(parameters)]);
  await stage.api.run(workflow, 'Start');
  const [execution] = await stage.api.executed(workflow, 1);
  return { status: execution?.status, items: execution?.items.Bellhop ?? [] };
}

describe("an operator's own provider", () => {
  test('is in the lists that n8n asks of the server, with its event types', async () => {
    const ask = (methodName: string, parameters: object) =>
      stage.api.call('POST', '/dynamic-node-parameters/options', {
        path: 'parameters.serverProvider',
        methodName,
        nodeTypeAndVersion: { name: 'n8n-nodes-bellhop.bellhopTrigger', version: 1 },
        currentNodeParameters: parameters,
        credentials: { bellhopApi: stage.api.credential },
      });
    expect(await ask('getProviders', {})).toContainEqual(expect.objectContaining({ name: 'Acme', value: 'acme' }));
    const types = [expect.objectContaining({ name: 'Parcel Sent', value: 'parcel.sent' })];
    expect(await ask('getEventTypes', own)).toEqual(types);
  });

  test('starts a workflow with an event that the action node of another published', async () => {
    const parameters = { ...own, serverEvents: ['parcel.sent'] };
    const workflow = await stage.api.createWorkflow([
      { name: 'Bellhop Trigger', type: 'bellhopTrigger', parameters },
      after,
    ]);
    expect(await stage.api.activate(workflow)).toBe('published');
    const event = { resource: 'event', operation: 'publish', ...own, serverEvent: 'parcel.sent' };
    const { status, items } = await run({ ...event, data: '{ "id": "parcel_17" }' });
    expect(status).toBe('success');
    const [execution] = await stage.api.executed(workflow, 1);
    expect(execution?.items.After).toMatchObject([{ event_id: items[0]?.id, id: 'parcel_17' }]);
    await stage.api.deactivate(workflow);
  }, 60_000);
});

describe('the action node', () => {
  test('lists, pauses, resumes and tests a webhook, lists its deliveries and replays one', async () => {
    const url = `${stage.n8n.url}/healthz`;
    const { id } = await stage.client.createWebhook({ body: { provider: 'acme', events: ['parcel.sent'], url } });
    const webhook = { resource: 'webhook', webhookId: { __rl: true, mode: 'id', value: id } };
    expect((await run({ resource: 'webhook', operation: 'getAll', returnAll: true })).items).toMatchObject([{ id }]);
    expect((await run({ ...webhook, operation: 'pause' })).items).toMatchObject([{ id, status: 'paused' }]);
    expect((await run({ ...webhook, operation: 'resume' })).items).toMatchObject([{ id, status: 'active' }]);
    expect((await run({ ...webhook, operation: 'test' })).items).toMatchObject([{ test: true }]);
    const { items } = await run({ ...webhook, resource: 'delivery', operation: 'getAll' });
    expect(items).toMatchObject([{ webhook_id: id, test: true }]);
    const replay = { resource: 'delivery', operation: 'replay', deliveryId: items[0]?.id };
    expect((await run(replay)).items).toMatchObject([{ webhook_id: id }]);
  }, 90_000);

  test('is a tool for AI agents', async () => {
    const types = (await (
      await fetch(`${stage.n8n.url}/types/nodes.json`, { headers: { cookie: stage.api.cookie } })
    ).json()) as {
      name: string;
    }[];
    const names = types.map(({ name }) => name).filter((name) => name.includes('bellhop'));
    expect(names.toSorted()).toEqual(
      ['bellhop', 'bellhopTool', 'bellhopTrigger'].map((name) => `n8n-nodes-bellhop.${name}`),
    );
  });
});

test("n8n finds the schemas of the nodes' output", async () => {
  for (const path of ['bellhopTrigger/1.0.0.json', 'bellhop/1.0.0/event/publish.json']) {
    const answer = await fetch(`${stage.n8n.url}/schemas/n8n-nodes-bellhop.${path}`, {
      headers: { cookie: stage.api.cookie },
    });
    expect(await answer.json()).toMatchObject({ type: 'object', properties: expect.anything() });
  }
});

test('the example workflow is imported and runs on its pinned data', async () => {
  const file = new URL('../../../n8n-node/examples/hot-leads.json', import.meta.url);
  const { name, nodes, connections, pinData, settings } = JSON.parse(await readFile(file, 'utf8'));
  const body = { name, nodes, connections, pinData, settings };
  const workflow = (await stage.api.call('POST', '/workflows', body)) as { id: string; versionId: string };
  await stage.api.run(workflow, 'Bellhop Trigger');
  const [execution] = await stage.api.executed(workflow, 1);
  expect(execution?.status).toBe('success');
  expect(execution?.items.Message).toHaveLength(1);
}, 60_000);
