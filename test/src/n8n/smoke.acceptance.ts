import { expect, test } from '@jest/globals';
import { after, N8nStage, trigger } from './n8n-stage.ts';

const stage = new N8nStage();

test('smoke', async () => {
  const good = await stage.api.testCredential({ baseUrl: stage.server.url, apiKey: stage.apiKey });
  console.log(good);
  console.log(await stage.api.testCredential({ baseUrl: stage.server.url, apiKey: 'sk_live_wrong' }));
  console.log(await stage.api.testCredential({ baseUrl: stage.n8n.url, apiKey: 'sk_live_wrong' }));
  console.log(await stage.api.testCredential({ baseUrl: 'http://127.0.0.1:1', apiKey: 'sk_live_wrong' }));
  const workflow = await stage.api.createWorkflow([trigger('boltcall', ['new_lead']), after]);
  console.log(await stage.api.activate(workflow), await stage.hooksOf(workflow));
  const sample = await stage.sampleOf('boltcall', 'new_lead');
  const { id } = await stage.client.publishEvent({
    body: { provider: 'boltcall', type: 'new_lead', data: sample as never },
  });
  const [execution] = await stage.api.executed(workflow, 1);
  console.log(id, JSON.stringify(execution), stage.n8n.output);
  expect(execution?.status).toBe('success');
}, 120_000);
