import { createRequire } from 'node:module';
import type { JsonObject } from '@bellhop/shared';
import { builtInProviders } from '@bellhop/shared';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import type { Received } from '../harness/receiver.ts';
import { FlowStage } from './support.ts';

const require = createRequire(import.meta.url);
const stage = new FlowStage();

/** The verification functions as the vendors' documents print them. */
const printed = {
  boltcall: require('../../../shared/test/documents/boltcall.cjs').verifyWebhookSignature,
  boltly: require('../../../shared/test/documents/boltly.cjs').verifyWebhook,
  inboundflow: require('../../../shared/test/documents/inboundflow.cjs').verifyWebhook,
};

/** The same text with the last letter of a value changed. */
function changedByOneByte(body: string): string {
  const at = body.lastIndexOf('a');
  return `${body.slice(0, at)}b${body.slice(at + 1)}`;
}

describe("a receiver written for the vendor's document", () => {
  test('Boltcall: the printed function accepts our requests and rejects a changed one', async () => {
    const subject = await stage.webhook('boltcall');
    await subject.publish();
    const { body, headers } = await subject.receiver.request(0);
    const secret = subject.webhook.signing_secret;
    expect(printed.boltcall(body, headers['x-boltcall-signature'], secret)).toBe(true);
    expect(printed.boltcall(changedByOneByte(body), headers['x-boltcall-signature'], secret)).toBe(false);
    expect(Object.keys(JSON.parse(body))).toEqual(['event', 'timestamp', 'data']);
    expect(JSON.parse(body).timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  test('Boltly: the printed function accepts our requests and rejects a changed one', async () => {
    const subject = await stage.webhook('boltly');
    const id = await subject.publish();
    const { body, headers } = await subject.receiver.request(0);
    const secret = subject.webhook.signing_secret;
    expect(secret).toMatch(/^whsec_/);
    expect(printed.boltly(body, headers['x-webhook-signature'], secret)).toBe(true);
    expect(printed.boltly(changedByOneByte(body), headers['x-webhook-signature'], secret)).toBe(false);
    expect(Object.keys(JSON.parse(body))).toEqual(['id', 'type', 'organization_id', 'created_at', 'data']);
    expect(JSON.parse(body)).toMatchObject({ id, organization_id: subject.tenant.organizationId });
  });

  test('InboundFlow: the printed function accepts the parsed body and rejects a changed one', async () => {
    const secret = 'the-secret-the-customer-chose';
    const subject = await stage.webhook('inboundflow', { body: { signing_secret: secret } });
    await subject.publish();
    const { body, json, headers } = await subject.receiver.request(0);
    const timestamp = headers['x-inboundflow-timestamp'];
    const signature = headers['x-inboundflow-signature'];
    expect(printed.inboundflow(json, timestamp, signature, secret)).toBe(true);
    expect(printed.inboundflow(JSON.parse(changedByOneByte(body)), timestamp, signature, secret)).toBe(false);
    expect(body).toBe(JSON.stringify(json));
    expect(Object.keys(json)).toEqual(['event', 'timestamp', 'organization_id', 'delivery_id', 'data']);
    expect(json.delivery_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-inboundflow-event': subject.type,
      'x-inboundflow-delivery-id': json.delivery_id,
      'user-agent': 'InboundFlow-Webhook/1.0',
    });
    expect(timestamp).toMatch(/^\d{10}$/);
  });

  test('InboundFlow: no secret, no signature', async () => {
    const subject = await stage.webhook('inboundflow');
    expect(subject.webhook.signing_secret).toBeNull();
    await subject.publish();
    const { headers } = await subject.receiver.request(0);
    expect(headers['x-inboundflow-signature']).toBeUndefined();
  });

  test.each([
    ['none', { type: 'none' }, undefined, undefined],
    ['basic', { type: 'basic', username: 'jürgen', password: 'p:w' }, `Basic ${base64('jürgen:p:w')}`, undefined],
    ['API key', { type: 'api_key', key: 'YOUR_SECRET_KEY' }, undefined, 'YOUR_SECRET_KEY'],
    ['bearer', { type: 'bearer', token: 'abc.def' }, 'Bearer abc.def', undefined],
  ] as const)('Bolten: authentication %s', async (_, authentication, authorization, apiKey) => {
    const subject = await stage.webhook('bolten', { body: { authentication } });
    await subject.publish();
    const { headers, json } = await subject.receiver.request(0);
    expect(headers.authorization).toBe(authorization);
    expect(headers['x-api-key']).toBe(apiKey);
    expect(Object.keys(json)).toEqual(['event', 'timestamp', 'data']);
  });

  test('Salpre: additional headers go along; the test button sets is_test, a live event does not', async () => {
    const subject = await stage.webhook('salpre', { body: { headers: { Authorization: 'Token abc', 'X-Line': '7' } } });
    await subject.publish();
    await subject.tenant.client.testWebhook({ params: { id: subject.webhook.id } });
    const [live, trial] = await subject.receiver.atLeast(2);
    expect(live?.headers).toMatchObject({ authorization: 'Token abc', 'x-line': '7' });
    expect(Object.keys(live?.json ?? {})).toEqual(['event_type', 'timestamp_utc', 'payload', 'is_test']);
    expect(live?.json).toMatchObject({ event_type: subject.type, is_test: false });
    expect(Number.isInteger(live?.json.timestamp_utc)).toBe(true);
    expect(trial?.json).toMatchObject({ event_type: subject.type, is_test: true, payload: subject.sample });
  });
});

describe('the standard format', () => {
  test.each(builtInProviders.map(({ id }) => id))('%s: the Standard Webhooks library verifies it', async (provider) => {
    const subject = await stage.webhook(provider, { body: { format: 'standard' } });
    const id = await subject.publish();
    const { body, json, headers } = await subject.receiver.request(0);
    const verifier = new StandardWebhook(subject.webhook.signing_secret ?? '');
    expect(verifier.verify(body, headers as Record<string, string>)).toEqual(json);
    expect(() => verifier.verify(changedByOneByte(body), headers as Record<string, string>)).toThrow();
    expect(Object.keys(json)).toEqual(['id', 'provider', 'type', 'timestamp', 'data']);
    expect(json).toMatchObject({ id, provider, type: subject.type, data: subject.sample });
    expect(headers['webhook-id']).toBe(id);
  });

  test('lifts the limits of a provider: several event types on one Boltcall webhook', async () => {
    const tenant = await stage.server.tenant();
    const receiver = await stage.receiver();
    const boltcall = builtInProviders.find(({ id }) => id === 'boltcall');
    const events = Object.keys(boltcall?.events ?? {});
    await tenant.client.createWebhook({
      body: { provider: 'boltcall', events, url: receiver.url(), format: 'standard' },
    });
    for (const type of events) {
      const data = boltcall?.events[type]?.sample ?? {};
      await tenant.client.publishEvent({ body: { provider: 'boltcall', type, data } });
    }
    const received = await receiver.atLeast(events.length);
    expect(new Set(received.map(({ json }) => json.type))).toEqual(new Set(events));
  });
});

describe('data arrives unchanged', () => {
  /** Everything JSON can say that something on the way might lose. */
  const awkward = JSON.parse(`{
    "unknown": { "nested": [null, true, -0.5, 1e-7, 123456789012345] },
    "unicode": "ünï 👩🏽‍🚀 \\u2028\\u2029 \\u0000 עברית",
    "__proto__": { "polluted": true }, "constructor": 1, "": "empty name", "10": "numeric name"
  }`) as JsonObject;

  function dataOf(request: Received): JsonObject {
    return (request.json.data ?? request.json.payload) as JsonObject;
  }

  test.each(builtInProviders.map(({ id }) => id))('%s', async (provider) => {
    const subject = await stage.webhook(provider);
    const data = Object.fromEntries([...Object.entries(subject.sample), ...Object.entries(awkward)]) as JsonObject;
    await subject.publish(data);
    const arrived = dataOf(await subject.receiver.request(0));
    expect(JSON.stringify(arrived)).toBe(JSON.stringify(data));
  });
});

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
