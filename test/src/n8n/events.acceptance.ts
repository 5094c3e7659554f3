import { Catalogue } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { boltenSettings } from '../demo/formats.ts';
import type { Execution } from './n8n-api.ts';
import { until } from './n8n-api.ts';
import { after, N8nStage, trigger } from './n8n-stage.ts';

/* Every event type of every provider, from a publish to an execution in a real n8n. */

const stage = new N8nStage();
const catalogue = new Catalogue();

const output = ({ items }: Execution | undefined = { items: {} } as Execution) => items.After?.[0];

describe('the credential test', () => {
  test('passes with the server and its key', async () => {
    const result = await stage.api.testCredential({ baseUrl: `${stage.server.url}/`, apiKey: stage.apiKey });
    expect(result).toMatchObject({ status: 'OK' });
  });

  test.each([
    ['a wrong key', () => stage.server.url, 'sk_live_wrong', /does not know this API key/],
    ['another server, whatever it answers', () => stage.n8n.url, 'sk_live_wrong', /no Bellhop server at this address/],
    ['no server', () => 'http://127.0.0.1:9876', 'sk_live_wrong', /ECONNREFUSED/],
  ])('fails with %s, and says why', async (_, baseUrl, apiKey, message) => {
    const result = await stage.api.testCredential({ baseUrl: baseUrl(), apiKey });
    expect(result).toMatchObject({ status: 'Error', message: expect.stringMatching(message) });
    expect(JSON.stringify(result)).not.toContain(apiKey);
  });
});

describe.each(catalogue.publishable.map(({ id, events }) => [id, Object.keys(events)] as const))(
  '%s',
  (provider, types) => {
    test(`starts a workflow with each of ${types.join(', ')}`, async () => {
      if (provider === 'bolten') {
        const settings = await stage.client.getProviderSettings({ params: { provider } });
        await stage.client.putProviderSettings({ params: { provider }, body: { ...settings, ...boltenSettings } });
      }
      const workflow = await stage.api.createWorkflow([trigger(provider, types), after]);
      expect(await stage.api.activate(workflow)).toBe('published');
      const [hook, ...others] = await stage.hooksOf(workflow);
      expect(others).toEqual([]);
      expect(hook).toMatchObject({ provider, format: 'standard', platform: 'n8n', status: 'active' });
      expect(hook?.events.toSorted()).toEqual(types.toSorted());

      const sent: { id: string; type: string }[] = [];
      for (const type of types) {
        const data = catalogue.eventType(provider, type)?.sample ?? {};
        const { id, derived } = await stage.client.publishEvent({ body: { provider, type, data } });
        sent.push({ id, type }, ...derived);
      }
      const executions = await stage.api.executed(workflow, sent.length);
      const outputs = new Map(executions.map((execution) => [output(execution)?.event_id, output(execution)]));
      for (const { id, type } of sent) {
        const { data, occurred_at } = await stage.client.getEvent({ params: { id } });
        expect(outputs.get(id)).toEqual({ event_id: id, event_type: type, occurred_at, test: false, ...data });
      }
      expect(executions).toHaveLength(sent.length);
      expect(new Set(executions.map(({ status, mode }) => `${status} ${mode}`))).toEqual(new Set(['success webhook']));
      await stage.api.deactivate(workflow);
      expect(await stage.hooksOf(workflow)).toEqual([]);
    }, 120_000);
  },
);

test("Bellhop's own events start a workflow too: each by a test of the webhook", async () => {
  const [own] = catalogue.providers.filter((each) => !catalogue.publishable.includes(each));
  const types = Object.keys(own?.events ?? {});
  const workflow = await stage.api.createWorkflow([trigger(own?.id ?? '', types), after]);
  await stage.api.activate(workflow);
  const [hook] = await stage.hooksOf(workflow);
  for (const event of types) {
    const attempt = await stage.client.testWebhook({ params: { id: hook?.id ?? '' }, body: { event } });
    const receipt = JSON.stringify({ received: attempt.event_id });
    expect(attempt).toMatchObject({ outcome: 'delivered', status_code: 200, response: { body: receipt } });
  }
  const executions = await stage.api.executed(workflow, types.length);
  expect(executions.map((each) => output(each)?.event_type).toSorted()).toEqual(types.toSorted());
  await stage.api.deactivate(workflow);
}, 120_000);

test('the whole event, and a filter that the server checks', async () => {
  const more = { simple: false, options: { filter: 'score >= 80' } };
  const workflow = await stage.api.createWorkflow([trigger('boltcall', ['new_lead'], more), after]);
  await stage.api.activate(workflow);
  const sample = catalogue.eventType('boltcall', 'new_lead')?.sample;
  const publish = (score: number) =>
    stage.client.publishEvent({ body: { provider: 'boltcall', type: 'new_lead', data: { ...sample, score } } });
  await publish(10);
  const { id } = await publish(90);
  await until(async () => (await stage.api.executions(workflow)).length > 0, 30_000);
  const [execution, ...others] = await stage.api.executed(workflow, 1);
  expect(others).toEqual([]);
  const event = { id, provider: 'boltcall', type: 'new_lead', data: { ...sample, score: 90 } };
  expect(output(execution)).toEqual({ ...event, timestamp: expect.any(String) });
  await stage.api.deactivate(workflow);
}, 60_000);
