import { Catalogue } from '@bellhop/shared';
import { webhookSecret } from 'n8n-nodes-bellhop/lib/secret.ts';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import type { Workflow } from './n8n-api.ts';
import { after, N8nStage, trigger } from './n8n-stage.ts';

/* A workflow's webhook in a real n8n, from activation to removal. */

const stage = new N8nStage();
const provider = 'inboundflow';
const types = Object.keys(new Catalogue().provider(provider)?.events ?? {});
const [type = '', second = ''] = types;

async function publish(of = type): Promise<string> {
  const { sample } = await stage.client.getEventType({ params: { provider, type: of } });
  return (await stage.client.publishEvent({ body: { provider, type: of, data: sample } })).id;
}

async function activeWorkflow(events = [type]): Promise<Workflow> {
  const workflow = await stage.api.createWorkflow([trigger(provider, events), after]);
  expect(await stage.api.activate(workflow)).toBe('published');
  return workflow;
}

async function started(workflow: Workflow, count: number): Promise<unknown[]> {
  const executions = await stage.api.executed(workflow, count);
  return executions.map(({ items }) => items.After?.[0]?.event_id);
}

async function onlyHook(workflow: Workflow) {
  const [hook, ...others] = await stage.hooksOf(workflow);
  expect(others).toEqual([]);
  if (!hook) throw new Error('The workflow has no webhook.');
  return hook;
}

describe('a request that our server did not sign, just now', () => {
  test('is answered 401 and makes no execution', async () => {
    const workflow = await activeWorkflow();
    const { url, id } = await onlyHook(workflow);
    const { signing_secret } = await stage.client.getWebhookSecret({ params: { id } });
    const body = JSON.stringify({ id: 'evt_1', provider, type, timestamp: new Date().toISOString(), data: {} });
    const post = async (secret: string, age = 0, headers: Record<string, string> = {}) => {
      const at = new Date(Date.now() - age * 1000);
      const signature = new Webhook(secret).sign('evt_1', at, body);
      const signed = {
        'webhook-id': 'evt_1',
        'webhook-timestamp': `${Math.floor(at.getTime() / 1000)}`,
        'webhook-signature': signature,
      };
      const request = { method: 'POST', headers: { 'content-type': 'application/json', ...signed, ...headers }, body };
      const answer = await fetch(url, request);
      return [answer.status, await answer.json()];
    };
    const secret = String(signing_secret);
    expect(await post(webhookSecret('forged', 'forged'))).toEqual([401, { error: 'signature_mismatch' }]);
    expect(await post(secret, 301)).toEqual([401, { error: 'timestamp_outside_tolerance' }]);
    expect(await post(secret, 0, { 'webhook-signature': '' })).toEqual([401, { error: 'signature_missing' }]);
    const unsigned = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect(unsigned.status).toBe(401);
    // A real one afterwards is the only execution there is.
    const event = await publish();
    expect(await started(workflow, 1)).toEqual([event]);
    await stage.api.deactivate(workflow);
  }, 60_000);
});

test('a webhook whose secret was rotated on our side goes on', async () => {
  const workflow = await activeWorkflow();
  const { id } = await onlyHook(workflow);
  await stage.client.rotateWebhookSecret({ params: { id }, body: { overlap_hours: 0 } });
  const event = await publish();
  expect(await started(workflow, 1)).toEqual([event]);
  await stage.api.deactivate(workflow);
}, 60_000);

describe('activation', () => {
  test('loses nothing that is published in the same instant', async () => {
    const workflow = await stage.api.createWorkflow([trigger(provider, [type]), after]);
    let publishing = true;
    const ids: string[] = [];
    const publisher = (async () => {
      while (publishing) {
        ids.push(await publish());
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    await stage.api.activate(workflow);
    await new Promise((resolve) => setTimeout(resolve, 500));
    publishing = false;
    await publisher;
    const { id } = await onlyHook(workflow);
    const wanted: string[] = [];
    for (const event of ids) {
      const { trace } = await stage.client.getEvent({ params: { id: event } });
      if (trace.some(({ webhook_id, matched }) => webhook_id === id && matched)) wanted.push(event);
    }
    expect(wanted.length).toBeGreaterThan(5);
    expect((await started(workflow, wanted.length)).toSorted()).toEqual(wanted.toSorted());
    // At the first attempt, each: none was refused and tried again.
    const { data } = await stage.client.listAttempts({ params: { id }, query: { limit: 100 } });
    expect(new Set(data.map(({ status_code }) => status_code))).toEqual(new Set([200]));
    await stage.api.deactivate(workflow);
  }, 120_000);

  test('with other event types subscribes anew and leaves nothing behind', async () => {
    const workflow = await activeWorkflow();
    const before = await onlyHook(workflow);
    const edited = await stage.api.updateWorkflow(workflow, [trigger(provider, [second]), after]);
    expect(await stage.api.activate(edited)).toBe('published');
    const hook = await onlyHook(workflow);
    expect(hook.events).toEqual([second]);
    expect(hook.id).not.toBe(before.id);
    await publish();
    const event = await publish(second);
    expect(await started(workflow, 1)).toEqual([event]);
    await stage.api.deactivate(workflow);
    expect(await stage.hooksOf(workflow)).toEqual([]);
  }, 60_000);

  // n8n does not call the node at a publish that leaves the trigger unchanged (docs/connect-n8n.md, Troubleshooting).
  test.each([
    ['a publish of a changed trigger', { simple: false }, false],
    ['switching off and on', {}, true],
  ])(
    '%s heals a webhook that was deleted on our side',
    async (_, more, offFirst) => {
      const workflow = await activeWorkflow();
      await stage.client.deleteWebhook({ params: { id: (await onlyHook(workflow)).id } });
      expect(await stage.hooksOf(workflow)).toEqual([]);
      const edited = await stage.api.updateWorkflow(workflow, [trigger(provider, [type], more), after]);
      if (offFirst) await stage.api.deactivate(workflow);
      expect(await stage.api.activate(edited)).toBe('published');
      await onlyHook(workflow);
      await publish();
      expect(await started(workflow, 1)).toHaveLength(1);
      await stage.api.deactivate(workflow);
    },
    60_000,
  );

  test('that the server refuses fails with the reason, and leaves no webhook', async () => {
    const more = { options: { filter: 'amount >' } };
    const workflow = await stage.api.createWorkflow([trigger(provider, [type], more), after]);
    expect(await stage.api.activate(workflow)).toBe('failed');
    const { triggers } = (await stage.api.call('GET', `/workflows/${workflow.id}/publication-status`)) as {
      triggers: { errorMessage: string }[];
    };
    expect(triggers[0]?.errorMessage).toMatch(/The filter is invalid/);
    expect(await stage.hooksOf(workflow)).toEqual([]);
  }, 90_000);

  test('ends with unsubscribing', async () => {
    const workflow = await activeWorkflow();
    const { id } = await onlyHook(workflow);
    await stage.api.deactivate(workflow);
    expect(await stage.hooksOf(workflow)).toEqual([]);
    await expect(stage.client.getHook({ params: { id } })).rejects.toMatchObject({ status: 404 });
  }, 60_000);
});

describe('n8n killed and started again', () => {
  test.each([
    ['as it is', {}],
    ['in its older way of activating', { N8N_USE_WORKFLOW_PUBLICATION_SERVICE: 'false' }],
  ])(
    '%s keeps its one webhook, and gets what was published meanwhile',
    async (_, environment) => {
      const workflow = await activeWorkflow();
      const { id } = await onlyHook(workflow);
      const first = await publish();
      await started(workflow, 1);
      await stage.n8n.kill('SIGKILL');
      const meanwhile = await publish();
      await eventually(
        async () => (await stage.client.listAttempts({ params: { id } })).data,
        (attempts) => attempts.some(({ event_id, outcome }) => event_id === meanwhile && outcome === 'failed'),
      );
      await stage.n8n.startAgain(environment);
      await eventually(
        async () => (await onlyHook(workflow)).id,
        (hook) => hook === id,
      );
      const last = await publish();
      expect((await started(workflow, 3)).toSorted()).toEqual([first, meanwhile, last].toSorted());
      await stage.n8n.kill('SIGTERM');
      await stage.n8n.startAgain();
      expect((await onlyHook(workflow)).id).toBe(id);
      await stage.api.deactivate(workflow);
      expect(await stage.hooksOf(workflow)).toEqual([]);
    },
    300_000,
  );
});

describe('listening for a test event', () => {
  test('shows a sample at once, and leaves no webhook behind', async () => {
    const workflow = await stage.api.createWorkflow([trigger(provider, [type]), after]);
    expect(await stage.api.run(workflow, 'Bellhop Trigger')).toMatchObject({ waitingForWebhook: true });
    const [execution] = await stage.api.executed(workflow, 1);
    const { sample } = await stage.client.getEventType({ params: { provider, type } });
    expect(execution).toMatchObject({ mode: 'manual', status: 'success' });
    expect(execution?.items.After?.[0]).toMatchObject({ event_type: type, test: true, ...sample });
    await eventually(
      () => stage.hooksOf(workflow),
      (hooks) => hooks.length === 0,
    );
  }, 60_000);

  test('does not touch the webhook of the active workflow', async () => {
    const workflow = await activeWorkflow();
    const { id } = await onlyHook(workflow);
    await stage.api.run(workflow, 'Bellhop Trigger');
    await started(workflow, 1);
    await eventually(
      () => stage.hooksOf(workflow),
      (hooks) => hooks.length === 1,
    );
    expect((await onlyHook(workflow)).id).toBe(id);
    await stage.api.deactivate(workflow);
  }, 60_000);
});
