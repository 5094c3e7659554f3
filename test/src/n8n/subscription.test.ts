import { Catalogue } from '@bellhop/shared';
import { platformAnswers } from '@bellhop/shared/test/platform-answers';
import { webhookSecret } from 'n8n-nodes-bellhop/lib/secret.ts';
import { BellhopTrigger } from 'n8n-nodes-bellhop/nodes/BellhopTrigger/BellhopTrigger.node.ts';
import type { IHttpRequestOptions } from 'n8n-workflow';
import { describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import type { Answering } from '../harness/receiver.ts';
import { Stage } from '../harness/stage.ts';
import type { ContextOptions } from './context.ts';
import { n8nContext } from './context.ts';

/* The trigger's webhook on a real server. */

const stage = new Stage();
const { checkExists, create, delete: remove } = new BellhopTrigger().webhookMethods.default;
const parameters = { provider: 'boltly', events: ['message.received', 'message.sent'] };
const received = {
  provider: 'boltly',
  type: 'message.received',
  data: { ...new Catalogue().eventType('boltly', 'message.received')?.sample },
};

/** As n8n answers for the node. */
const acknowledging: Answering = ({ headers }) => ({ body: JSON.stringify({ received: headers['webhook-id'] }) });

/** As n8n answers for a workflow that is off. */
const { status = 404, body = '' } =
  platformAnswers.find(({ platform, means }) => platform === 'n8n' && means === 'pause') ?? {};
const inactive = { status, body };

async function workflow(options: ContextOptions = {}) {
  const { client, apiKey } = await stage.server.tenant();
  const account = { baseUrl: stage.server.url, apiKey };
  const context = (more: ContextOptions = {}) => n8nContext({ parameters, ...account, ...options, ...more });
  return { client, apiKey, context, hooks: async () => (await client.listWebhooks()).data };
}

describe('create', () => {
  test('subscribes with all that the server needs and a person wants to see', async () => {
    const { context, hooks } = await workflow();
    const { hook, staticData } = context();
    await create.call(hook);
    expect(await hooks()).toMatchObject([
      {
        id: staticData.hookId,
        ...parameters,
        format: 'standard',
        platform: 'n8n',
        external_id: 'workflow_1/4b6c2f0e',
        acknowledges: true,
        filter: null,
      },
    ]);
  });

  test('again, or by several n8n processes at once, makes one webhook with one secret', async () => {
    const { client, context, hooks } = await workflow();
    const processes = Array.from({ length: 5 }, () => context());
    await Promise.all(processes.map(({ hook }) => create.call(hook)));
    const [{ id } = { id: '' }, ...others] = await hooks();
    expect(others).toEqual([]);
    expect(processes.map(({ staticData }) => staticData)).toEqual(Array(5).fill({ hookId: id }));
    const { signing_secret } = await client.getWebhookSecret({ params: { id } });
    await create.call(context().hook);
    expect(await client.getWebhookSecret({ params: { id } })).toMatchObject({ signing_secret, previous: [] });
  });

  test('two processes that publish an edited workflow at once end with one webhook too', async () => {
    const { context, hooks } = await workflow();
    const first = context();
    await create.call(first.hook);
    const edited = { ...parameters, events: ['message.read'] };
    const processes = [1, 2].map(() => context({ parameters: edited, staticData: { ...first.staticData } }));
    await Promise.all(
      processes.map(async ({ hook }) => {
        await remove.call(hook);
        await create.call(hook);
      }),
    );
    expect(await hooks()).toMatchObject([{ events: ['message.read'] }]);
  });

  test('with other event types leaves no webhook behind, even where n8n did not unsubscribe', async () => {
    const { context, hooks } = await workflow();
    const { hook, staticData } = context();
    await create.call(hook);
    await create.call(context({ parameters: { ...parameters, events: ['message.read'] }, staticData }).hook);
    expect(await hooks()).toMatchObject([{ id: staticData.hookId, events: ['message.read'] }]);
  });

  test('is tried again as a whole when the webhook left behind could not be removed', async () => {
    const { client, context, hooks } = await workflow();
    const { hook, staticData } = context();
    await create.call(hook);
    const edited = context({ parameters: { ...parameters, events: ['message.read'] }, staticData });
    const { httpRequestWithAuthentication: send } = edited.hook.helpers;
    const failing = async (name: string, request: IHttpRequestOptions) => {
      if (request.method === 'DELETE') throw new Error('The connection was lost.');
      return send.call(edited.hook, name, request);
    };
    edited.hook.helpers.httpRequestWithAuthentication = failing as typeof send;
    await expect(create.call(edited.hook)).rejects.toMatchObject({ name: 'NodeApiError' });
    expect((await client.listWebhooks()).data).toMatchObject([{ events: parameters.events }]);
    edited.hook.helpers.httpRequestWithAuthentication = send;
    await create.call(edited.hook);
    expect(await hooks()).toMatchObject([{ id: staticData.hookId, events: ['message.read'] }]);
  });

  test('after an edit goes on with what waited for the webhook before, and what was published in between', async () => {
    const receiver = await stage.receiver({ status: 503 });
    const { context, client, hooks } = await workflow({ url: receiver.url('/webhook/4b6c2f0e/webhook') });
    const { hook, staticData } = context();
    await create.call(hook);
    const publish = () => client.publishEvent({ body: received });
    const events = [await publish(), await publish()];
    await receiver.atLeast(2);
    const edited = context({ parameters: { ...parameters, simple: false, events: ['message.received'] }, staticData });
    await remove.call(edited.hook);
    events.push(await publish());
    await create.call(edited.hook);
    receiver.answer(acknowledging);
    const [{ id } = { id: '' }, ...others] = await hooks();
    expect([staticData.hookId, others]).toEqual([id, []]);
    await client.resumeWebhook({ params: { id } }).catch(() => {});
    const delivered = async () => {
      const { data } = await client.listDeliveries({ params: { id } });
      return data.filter(({ status }) => status === 'delivered').map(({ event_id }) => event_id);
    };
    const all = await eventually(delivered, ({ length }) => length === 3);
    expect(all.toSorted()).toEqual(events.map((event) => event.id).toSorted());
  });

  test('of one trigger takes nothing over from another trigger of the workflow', async () => {
    const receiver = await stage.receiver({ status: 503 });
    const { context, client, hooks } = await workflow();
    const nodes = ['first', 'second'].map((webhookId) => ({
      node: { webhookId },
      url: receiver.url(`/webhook/${webhookId}/webhook`),
    }));
    const [first, second] = nodes.map((node) => context(node));
    if (!first || !second) throw new Error('There are two.');
    await create.call(first.hook);
    await client.publishEvent({ body: received });
    await receiver.atLeast(1);
    await remove.call(first.hook);
    await create.call(second.hook);
    const [{ id } = { id: '' }] = await hooks();
    expect((await client.listDeliveries({ params: { id } })).data).toEqual([]);
  });

  test('sets the filter, and clears it', async () => {
    const { context, hooks } = await workflow();
    const { hook, staticData } = context({ parameters: { ...parameters, options: { filter: ' number > 1 ' } } });
    await create.call(hook);
    expect(await hooks()).toMatchObject([{ filter: 'number > 1' }]);
    await create.call(context({ staticData }).hook);
    expect(await hooks()).toMatchObject([{ filter: null }]);
  });

  test('explains an invalid filter, and lists the event types to choose from', async () => {
    const { context } = await workflow();
    const bad = context({ parameters: { ...parameters, options: { filter: 'number >' } } });
    await expect(create.call(bad.hook)).rejects.toMatchObject({
      name: 'NodeApiError',
      httpCode: '422',
      message: expect.stringMatching(/^The filter is invalid: expected a value after >/),
    });
    const unknown = context({ parameters: { ...parameters, events: ['message.sung'] } });
    await expect(create.call(unknown.hook)).rejects.toThrow(/^The event type is not .*message\.received/s);
  });

  test('requires an event type before it calls the server', async () => {
    const { hook } = n8nContext({ baseUrl: 'http://127.0.0.1:1', parameters: { ...parameters, events: [] } });
    await expect(create.call(hook)).rejects.toThrow('Choose at least one event type');
  });

  test("accepts an operator's provider from the server's list", async () => {
    const { context, hooks } = await workflow();
    const own = { provider: '@server', serverProvider: 'boltcall', serverEvents: ['new_lead'] };
    await create.call(context({ parameters: own }).hook);
    expect(await hooks()).toMatchObject([{ provider: 'boltcall', events: ['new_lead'] }]);
  });
});

describe('create, while a person listens for a test event', () => {
  test('has the server send a sample at once, signed with the derived secret', async () => {
    const receiver = await stage.receiver();
    const { context, hooks } = await workflow({ mode: 'manual', url: receiver.url('/webhook-test/4b6c2f0e/webhook') });
    const { hook } = context();
    await create.call(hook);
    const { json, headers, body } = await receiver.request(0);
    expect(json).toMatchObject({ provider: 'boltly', type: 'message.received' });
    const request = { headers: headers as Record<string, string>, rawBody: Buffer.from(body) };
    const { webhook } = context({ request });
    const trigger = new BellhopTrigger();
    expect(await trigger.webhook.call(webhook)).toMatchObject({ workflowData: [[{ json: { event_id: json.id } }]] });
    await remove.call(hook);
    expect(await hooks()).toEqual([]);
  });

  test("leaves the active workflow's webhook alone", async () => {
    const { context, hooks } = await workflow();
    const active = context();
    await create.call(active.hook);
    const receiver = await stage.receiver();
    const staticData = { ...active.staticData };
    await create.call(context({ mode: 'manual', url: receiver.url('/webhook-test/1'), staticData }).hook);
    expect((await hooks()).map(({ id }) => id)).toContain(active.staticData.hookId);
  });

  test('asks for a listener, which is left to end by itself, every time', async () => {
    const receiver = await stage.receiver(acknowledging);
    const { context, hooks } = await workflow({ mode: 'manual', url: receiver.url('/webhook-test/1') });
    const { hook } = context();
    const { httpRequestWithAuthentication: send } = hook.helpers;
    const sent: IHttpRequestOptions[] = [];
    const watched = async (name: string, request: IHttpRequestOptions) => {
      sent.push(request);
      return send.call(hook, name, request);
    };
    hook.helpers.httpRequestWithAuthentication = watched as typeof send;
    for (const _ of [1, 2]) {
      expect(await checkExists.call(hook)).toBe(false);
      await create.call(hook);
    }
    const subscriptions = sent.filter(({ url }) => url.endsWith('/v1/hooks'));
    expect(subscriptions.map(({ body }) => body)).toEqual(
      Array(2).fill(expect.objectContaining({ acknowledges: true, listen_seconds: 120 })),
    );
    expect(sent.filter(({ method }) => method === 'DELETE')).toEqual([]);
    expect(await hooks()).toHaveLength(1);
  });

  test('does not fail when the sample does not arrive, and n8n notes why', async () => {
    const receiver = await stage.receiver({ status: 503 });
    const { context } = await workflow({ mode: 'manual', url: receiver.url('/webhook-test/1') });
    const { hook, warnings } = context();
    await create.call(hook);
    await eventually(
      async () => warnings.length,
      (count) => count === 1,
    );
    expect(warnings[0]).toMatch(/could not deliver the sample/);
  });
});

describe('checkExists', () => {
  test('is true while the server has the webhook unchanged', async () => {
    const { context } = await workflow();
    const { hook } = context();
    expect(await checkExists.call(hook)).toBe(false);
    await create.call(hook);
    expect(await checkExists.call(hook)).toBe(true);
  });

  const filtered = { ...parameters, options: { filter: 'number > 1' } };
  test.each<[string, ContextOptions]>([
    ['another URL', { url: 'http://127.0.0.1:5678/webhook/other/webhook' }],
    ['other event types', { parameters: { ...parameters, events: ['message.received'] } }],
    ['a filter', { parameters: filtered }],
  ])('is false for %s', async (_, other) => {
    const { context } = await workflow();
    const { hook, staticData } = context();
    await create.call(hook);
    expect(await checkExists.call(context({ ...other, staticData }).hook)).toBe(false);
  });

  test('is false for a webhook of an earlier version of the node, which acknowledged nothing', async () => {
    const { client, apiKey, context } = await workflow();
    const url = context().hook.getNodeWebhookUrl('default') ?? '';
    const signing_secret = webhookSecret(apiKey, '4b6c2f0e');
    const body = { ...parameters, target_url: url, platform: 'n8n', format: 'standard', signing_secret } as const;
    const { id } = await client.subscribeHook({ body });
    const { hook, staticData } = context({ staticData: { hookId: id } });
    expect(await checkExists.call(hook)).toBe(false);
    await create.call(hook);
    expect(await checkExists.call(hook)).toBe(true);
    expect(staticData.hookId).not.toBe(id);
  });

  test('is false after the webhook was deleted, paused or got another secret on the server', async () => {
    const { client, context } = await workflow();
    const { hook, staticData } = context();
    await create.call(hook);
    for (const change of [client.pauseWebhook, client.rotateWebhookSecret, client.deleteWebhook]) {
      expect(await checkExists.call(hook)).toBe(true);
      await change({ params: { id: String(staticData.hookId) } });
      expect(await checkExists.call(hook)).toBe(false);
      await create.call(hook);
    }
    expect(await checkExists.call(hook)).toBe(true);
  });
});

describe('delete', () => {
  test('unsubscribes and forgets, and succeeds when there is nothing left', async () => {
    const { client, context, hooks } = await workflow();
    const { hook, staticData } = context();
    expect(await remove.call(hook)).toBe(true);
    await create.call(hook);
    await client.deleteWebhook({ params: { id: String(staticData.hookId) } });
    expect(await remove.call(hook)).toBe(true);
    expect(await hooks()).toEqual([]);
    expect(staticData).toEqual({});
  });

  test('by a key of another organization counts as gone', async () => {
    const [one, two] = [await workflow(), await workflow()];
    const { hook, staticData } = one.context();
    await create.call(hook);
    expect(await remove.call(two.context({ staticData }).hook)).toBe(true);
  });

  test('throws when it could not, and keeps the id for the next try', async () => {
    const staticData = { hookId: 'wh_01890a5d-ac96-774b-bcce-b302099a8057' };
    const { hook } = n8nContext({ baseUrl: 'http://127.0.0.1:1', staticData, parameters });
    await expect(remove.call(hook)).rejects.toMatchObject({
      name: 'NodeApiError',
      message: '127.0.0.1:1 cannot be reached',
      description: expect.stringMatching(
        /ECONNREFUSED\)\. The webhook is still in Bellhop, which pauses it .* delete it in Bellhop\.$/,
      ),
    });
    expect(staticData.hookId).toBeDefined();
  });

  test.each<[string, ContextOptions]>([
    ['was down', { baseUrl: 'http://127.0.0.1:1' }],
    ['had revoked the API key', { apiKey: 'sk_live_revoked' }],
  ])(
    'while the server %s: the webhook is paused at the next event, and activation goes on with it',
    async (_, broken) => {
      const receiver = await stage.receiver(inactive);
      const { client, context, hooks } = await workflow({ url: receiver.url('/webhook/4b6c2f0e/webhook') });
      const { hook, staticData } = context();
      await create.call(hook);
      await expect(remove.call(context({ ...broken, staticData }).hook)).rejects.toMatchObject({
        name: 'NodeApiError',
      });
      const { id: event } = await client.publishEvent({ body: received });
      const paused = await eventually(
        () => client.getWebhook({ params: { id: String(staticData.hookId) } }),
        ({ status }) => status === 'paused',
      );
      expect(paused.status_reason?.message).toMatch(/Activate the workflow; Bellhop then continues by itself/);
      receiver.answer(acknowledging);
      await create.call(hook);
      const [{ id } = { id: '' }, ...others] = await hooks();
      expect(others).toEqual([]);
      const { data } = await eventually(
        () => client.listDeliveries({ params: { id } }),
        ({ data: [delivery] }) => delivery?.status === 'delivered',
      );
      expect(data.map(({ event_id }) => event_id)).toEqual([event]);
    },
  );
});
