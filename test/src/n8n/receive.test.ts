import { randomUUID } from 'node:crypto';
import { webhookSecret } from 'n8n-nodes-bellhop/lib/secret.ts';
import { BellhopTrigger } from 'n8n-nodes-bellhop/nodes/BellhopTrigger/BellhopTrigger.node.ts';
import nock from 'nock';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ContextOptions } from './context.ts';
import { n8nContext } from './context.ts';

/* Requests to the trigger's webhook, signed by the library of Standard Webhooks. */

const apiKey = 'sk_live_of_these_tests_0123456789';
const webhookId = 'b6f0a1de-5a11-4d5e-9d0f-2f3f6c1f8a10';
const secret = webhookSecret(apiKey, webhookId);
const parameters = { provider: 'boltly', events: ['message.received'] };
const event = {
  id: 'evt_01890a5d-ac96-774b-bcce-b302099a8057',
  provider: 'boltly',
  type: 'message.received',
  timestamp: '2026-01-15T09:30:00.000Z',
  data: { id: 'msg_1', event_type: 'sms', text: 'Grüße 🛎' },
};

interface Sent {
  readonly body?: string;
  readonly secret?: string;
  /** Seconds before now. */
  readonly age?: number;
}

function signed({ body = JSON.stringify(event), secret: key = secret, age = 0 }: Sent = {}) {
  const at = new Date(Date.now() - age * 1000);
  const headers = {
    'webhook-id': event.id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(key).sign(event.id, at, body),
  };
  return { headers, rawBody: Buffer.from(body) };
}

async function received(request: NonNullable<ContextOptions['request']>, options: ContextOptions = {}) {
  const context = n8nContext({ apiKey, parameters, node: { webhookId }, ...options, request });
  const result = await new BellhopTrigger().webhook.call(context.webhook);
  return { result, ...context };
}

const noExecution = { noWebhookResponse: true };

describe('a signed request', () => {
  test("starts the workflow with the event's id, type and time and the fields of its data", async () => {
    const { result } = await received(signed());
    const json = {
      event_id: event.id,
      event_type: event.type,
      occurred_at: event.timestamp,
      test: false,
      id: 'msg_1',
      data_event_type: 'sms',
      text: 'Grüße 🛎',
    };
    expect(result).toEqual({ workflowData: [[{ json }]], webhookResponse: { received: event.id } });
  });

  test('or, not simplified, with the event as it was sent', async () => {
    const { result } = await received(signed(), { parameters: { ...parameters, simple: false } });
    expect(result).toMatchObject({ workflowData: [[{ json: event }]] });
  });

  test('is accepted within five minutes of its time', async () => {
    for (const age of [240, -290]) expect((await received(signed({ age }))).result).toHaveProperty('workflowData');
  });

  test('is verified by its bytes: spaces and order are as they came', async () => {
    const { result } = await received(signed({ body: JSON.stringify(event, null, 3) }));
    expect(result).toHaveProperty('workflowData');
  });

  test('keeps data whose fields have the names of every object', async () => {
    const body = JSON.stringify(event).replace('"text"', '"__proto__"');
    const { result } = await received(signed({ body }));
    expect(JSON.stringify(result)).toContain('"__proto__":"Grüße 🛎"');
  });

  test('of an event that the workflow no longer selects is answered 200 and starts nothing', async () => {
    const { result, response } = await received(signed(), { parameters: { ...parameters, events: ['message.sent'] } });
    expect(result).toEqual(noExecution);
    expect(response).toEqual({ status: 200, body: { received: event.id, ignored: 'message.received' } });
  });

  test('that is a test says so, simplified or not', async () => {
    const request = signed({ body: JSON.stringify({ ...event, test: true }) });
    for (const simple of [true, false]) {
      const { result } = await received(request, { parameters: { ...parameters, simple } });
      expect(result).toMatchObject({ workflowData: [[{ json: { test: true } }]] });
    }
  });

  test('is answered by its id through n8n, which answers once it has stored the execution', async () => {
    const [webhook] = new BellhopTrigger().description.webhooks ?? [];
    // What n8n reads: with anything in `responseData`, it would not send the node's own answer.
    expect(webhook).toMatchObject({ responseMode: 'onReceived', responseData: '' });
  });

  test('that is no event is refused', async () => {
    for (const body of ['nothing', '[]', 'null', JSON.stringify({ ...event, data: [] })]) {
      const { result, response } = await received(signed({ body }));
      expect([result, response.status]).toEqual([noExecution, 400]);
    }
  });
});

test('while n8n shuts down, an event on a connection that is still open is refused, as its execution would crash', async () => {
  const { result, response } = await received({ ...signed(), socket: { server: { listening: false } } });
  expect(result).toEqual(noExecution);
  expect(response).toMatchObject({ status: 503, headers: { Connection: 'close' } });
  const running = await received({ ...signed(), socket: { server: { listening: true } } });
  expect(running.result).toHaveProperty('workflowData');
});

describe('starts nothing and is answered 401', () => {
  const another = webhookSecret(apiKey, randomUUID());
  const { headers, rawBody } = signed();
  const { 'webhook-signature': _, ...unsigned } = headers;
  const { 'webhook-timestamp': __, ...undated } = headers;
  test.each([
    ['unsigned', { headers: unsigned, rawBody }, 'signature_missing'],
    [
      'forged',
      { headers: { ...headers, 'webhook-signature': `v1,${'A'.repeat(43)}=` }, rawBody },
      'signature_mismatch',
    ],
    ['signed with the secret of another webhook', signed({ secret: another }), 'signature_mismatch'],
    ['changed on the way', { headers, rawBody: Buffer.from(`${rawBody} `) }, 'signature_mismatch'],
    ['with the id of another event', { headers: { ...headers, 'webhook-id': 'evt_2' }, rawBody }, 'signature_mismatch'],
    ['stale', signed({ age: 301 }), 'timestamp_outside_tolerance'],
    ['from the future', signed({ age: -400 }), 'timestamp_outside_tolerance'],
    ['without a time', { headers: undated, rawBody }, 'timestamp_missing'],
    ['without a body', { headers }, 'body_missing'],
  ])('what is %s', async (__, request, reason) => {
    const { result, response } = await received(request);
    expect(result).toEqual(noExecution);
    expect(response).toEqual({ status: 401, body: { error: reason } });
  });
});

describe('a request signed with another secret', () => {
  const rotated = webhookSecret('another key', webhookId);

  beforeAll(() => {
    if (!nock.isActive()) nock.activate();
  });
  // What nock changes belongs to the process, which goes on to other test files.
  afterAll(() => nock.restore());

  const secretsAt = (hookId: string) => nock('http://bellhop.test').get(`/v1/webhooks/${hookId}/secret`);

  test("is verified with the server's secrets: one was rotated, or the API key is new", async () => {
    const hookId = randomUUID();
    secretsAt(hookId).reply(200, { signing_secret: rotated, previous: [] });
    const { result } = await received(signed({ secret: rotated }), { staticData: { hookId } });
    expect(result).toHaveProperty('workflowData');
  });

  test('causes one request to the server, however many are forged', async () => {
    const hookId = randomUUID();
    const asked = secretsAt(hookId).reply(200, { signing_secret: rotated, previous: [] });
    const forged = signed({ secret: webhookSecret('forged', webhookId) });
    const all = await Promise.all(Array.from({ length: 20 }, () => received(forged, { staticData: { hookId } })));
    expect(all.map(({ response }) => response.status)).toEqual(Array(20).fill(401));
    expect(asked.isDone()).toBe(true);
    expect((await received(signed({ secret: rotated }), { staticData: { hookId } })).result).toHaveProperty(
      'workflowData',
    );
  });

  test('is refused when the server no longer has the webhook', async () => {
    const hookId = randomUUID();
    secretsAt(hookId).reply(404, { code: 'not_found', detail: 'There is no such webhook.' });
    const { response } = await received(signed({ secret: rotated }), { staticData: { hookId } });
    expect(response.status).toBe(401);
  });

  test('is answered 503, to be tried again, while the server does not answer', async () => {
    const hookId = randomUUID();
    secretsAt(hookId).reply(503, {});
    const { result, response, warnings } = await received(signed({ secret: rotated }), { staticData: { hookId } });
    expect([result, response.status]).toEqual([noExecution, 503]);
    expect(response.body).toMatchObject({
      error: 'secret_unknown',
      detail: expect.stringMatching(/Check the Bellhop credential/),
    });
    expect(warnings).toHaveLength(1);
  });
});

describe('the derived secret', () => {
  test('is valid for Standard Webhooks, and depends on the webhook and the key alone', () => {
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const secrets = [
      secret,
      webhookSecret(apiKey, webhookId),
      webhookSecret(apiKey, 'x'),
      webhookSecret('x', webhookId),
    ];
    expect(new Set(secrets).size).toBe(3);
  });

  test('does not change, or active workflows would refuse their events after an update', () => {
    expect(webhookSecret('sk_live_0', 'webhook')).toBe('whsec_amPPru0NfX/sg0hKifHXIt/NFLNisFaD4hltHQ2wDCY=');
  });
});
