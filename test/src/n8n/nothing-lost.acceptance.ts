import { Catalogue } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import type { Workflow } from './n8n-api.ts';
import { until } from './n8n-api.ts';
import { after, N8nStage, trigger } from './n8n-stage.ts';

/* What happens to events while n8n restarts and people edit, in a real n8n. */

const stage = new N8nStage();
const provider = 'inboundflow';
const { events = {} } = new Catalogue().provider(provider) ?? {};
const [type = '', second = ''] = Object.keys(events);
const event = { provider, type, data: { ...events[type]?.sample } };

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function activeWorkflow(): Promise<Workflow> {
  const workflow = await stage.api.createWorkflow([trigger(provider, [type]), after]);
  expect(await stage.api.activate(workflow)).toBe('published');
  return workflow;
}

/**
 * Waits until the workflow was executed with each of the events: once, unless n8n's answer to one was lost, as when it
 * stops or takes more than 15 s for it on a busy machine.
 */
async function executedWithEach(workflow: Workflow, ids: readonly string[]): Promise<void> {
  const executions = await stage.api.executed(workflow, ids.length, 300_000);
  expect(new Set(executions.map(({ status }) => status))).toEqual(new Set(['success']));
  const outputs = executions.map(({ items }) => items.After?.[0] ?? {});
  // Simplified or not.
  const events = outputs.map(({ event_id, id }) => String(event_id ?? id));
  expect([...new Set(events)].toSorted()).toEqual(ids.toSorted());
  for (const id of events.filter((each, index) => events.indexOf(each) !== index)) {
    const { trace } = await stage.client.getEvent({ params: { id } });
    expect(trace.flatMap(({ deliveries }) => deliveries).some(({ attempts }) => attempts > 1)).toBe(true);
  }
}

async function burst(count: number): Promise<string[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => stage.client.publishEvent({ body: event })));
  return answers.map(({ id }) => id);
}

test('n8n restarted under ten events a second, and away for 15 s: each event is executed', async () => {
  const workflow = await activeWorkflow();
  const ids: string[] = [];
  let publishing = true;
  const publisher = (async () => {
    for (let next = performance.now(); publishing; next += 100) {
      ids.push((await stage.client.publishEvent({ body: event })).id);
      await pause(Math.max(next + 100 - performance.now(), 0));
    }
  })();
  await pause(3000);
  await stage.n8n.kill('SIGTERM');
  await pause(15_000);
  await stage.n8n.startAgain();
  await pause(3000);
  publishing = false;
  await publisher;
  expect(ids.length).toBeGreaterThan(150);
  await executedWithEach(workflow, ids);
  const [hook] = await stage.hooksOf(workflow);
  expect(hook).toMatchObject({ status: 'active', status_reason: null, consecutive_failures: 0 });
  await stage.api.deactivate(workflow);
}, 600_000);

describe('a burst of 150 events', () => {
  const changes: [string, (workflow: Workflow) => Promise<void>][] = [
    ['an edit of its event types', (workflow) => publishEdited(workflow, [type, second], {})],
    ['a toggled parameter', (workflow) => publishEdited(workflow, [type], { simple: false })],
    [
      'off and on',
      async (workflow) => {
        await stage.api.deactivate(workflow);
        expect(await stage.api.activate(workflow)).toBe('published');
      },
    ],
  ];

  async function publishEdited(workflow: Workflow, types: string[], more: Record<string, unknown>): Promise<void> {
    const edited = await stage.api.updateWorkflow(workflow, [trigger(provider, types, more), after]);
    expect(await stage.api.activate(edited)).toBe('published');
  }

  test.each(changes)(
    'and the workflow changed at once, %s: each is executed',
    async (_, change) => {
      const workflow = await activeWorkflow();
      const ids = await burst(150);
      await change(workflow);
      await executedWithEach(workflow, ids);
      expect(await stage.hooksOf(workflow)).toHaveLength(1);
      await stage.api.deactivate(workflow);
    },
    600_000,
  );
});

test('two test listeners that nobody ended, as n8n was killed meanwhile, are gone after their time', async () => {
  await stage.n8n.kill();
  // An address that is not n8n's, so that no sample ends the listening.
  const elsewhere = `${stage.server.url}/`;
  await stage.n8n.startAgain({ N8N_WEBHOOK_URL: elsewhere, WEBHOOK_URL: elsewhere });
  const workflows: Workflow[] = [];
  for (const _ of [1, 2]) {
    const workflow = await stage.api.createWorkflow([trigger(provider, [type]), after]);
    expect(await stage.api.run(workflow, 'Bellhop Trigger')).toMatchObject({ waitingForWebhook: true });
    workflows.push(workflow);
  }
  await stage.n8n.kill();
  const left = async () => (await Promise.all(workflows.map((workflow) => stage.hooksOf(workflow)))).flat();
  expect(await left()).toMatchObject([{ status: 'active' }, { status: 'active' }]);
  await until(async () => (await left()).length === 0, 240_000);
  const { data } = await stage.client.listWebhooks({ query: { status: 'gone', limit: 100 } });
  expect(data.filter(({ url }) => url.startsWith(elsewhere))).toEqual([]);
  await stage.n8n.startAgain();
}, 600_000);
