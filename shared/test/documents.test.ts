import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import type { JsonObject, OutgoingEvent, Provider } from '../src/index.ts';
import { boltcall } from '../src/providers/boltcall.ts';
import { bolten } from '../src/providers/bolten.ts';
import { boltly } from '../src/providers/boltly.ts';
import { inboundflow } from '../src/providers/inboundflow.ts';
import { salpre } from '../src/providers/salpre.ts';
import { outgoing, request, sentAt } from './support.ts';

/**
 * The five documents, verbatim: the bodies they print, the headers they list, the verification code they give. Bodies and
 * code are in `documents/`, as printed.
 */

type Verify = (...args: unknown[]) => boolean;

function printedBodies<Body>(provider: Provider): Body[] {
  return JSON.parse(readFileSync(new URL(`documents/${provider.id}.json`, import.meta.url), 'utf8'));
}

function printedCode(provider: Provider): Record<string, Verify> {
  return createRequire(import.meta.url)(`./documents/${provider.id}.cjs`);
}

/** The printed code throws if lengths differ; that also counts as a rejection. */
function accepts(verify: Verify | undefined, ...args: unknown[]): boolean {
  if (!verify) throw new Error('The document prints no such function.');
  try {
    return verify(...args);
  } catch {
    return false;
  }
}

function expectPrinted(provider: Provider, printed: object, event: Partial<OutgoingEvent>) {
  expect(JSON.stringify(provider.envelope(outgoing(provider, event)))).toBe(JSON.stringify(printed));
}

/** A sample can have more fields than the document prints, after those and in the same order. */
function expectSampleBeginsWith(provider: Provider, type: string, printed: JsonObject) {
  const sample = provider.events[type]?.sample ?? {};
  expect(Object.keys(sample).slice(0, Object.keys(printed).length)).toEqual(Object.keys(printed));
  expect(provider.events[type]?.schema.safeParse(printed).error).toBeUndefined();
}

const secret = 'whsec_c2VjcmV0IG9mIGEgcmVjZWl2ZXI';

describe('Boltcall', () => {
  type Body = { event: string; timestamp: string; data: JsonObject };
  const bodies = printedBodies<Body>(boltcall);

  test.each(bodies)('sends the printed $event body', (body) => {
    expectPrinted(boltcall, body, { type: body.event, occurredAt: new Date(body.timestamp), data: body.data });
    expectSampleBeginsWith(boltcall, body.event, body.data);
  });

  test('sends no header but the signature', () => {
    expect(Object.keys(request(boltcall, outgoing(boltcall), secret).headers)).toEqual(['X-Boltcall-Signature']);
  });

  test('is accepted by the printed verification code', () => {
    const { verifyWebhookSignature } = printedCode(boltcall);
    const { headers, body } = request(boltcall, outgoing(boltcall), secret);
    const signature = headers['X-Boltcall-Signature'];
    expect(accepts(verifyWebhookSignature, body, signature, secret)).toBe(true);
    expect(accepts(verifyWebhookSignature, Buffer.from(body), signature, secret)).toBe(true);
    expect(accepts(verifyWebhookSignature, body.replace('J', 'K'), signature, secret)).toBe(false);
    expect(accepts(verifyWebhookSignature, body, signature, `${secret}x`)).toBe(false);
  });

  test('never retries, takes any 2xx, binds a webhook to one event type', () => {
    expect(boltcall.delivery).toMatchObject({ success: '2xx', retry: { delays: [] }, disableAfterFailures: null });
    expect(boltcall.webhooks).toMatchObject({ eventTypes: 'one', secret: 'always' });
  });
});

describe('Boltly', () => {
  type Body = { id: string; type: string; organization_id: string; created_at: string; data: JsonObject };
  const bodies = printedBodies<Body>(boltly);

  test.each(bodies)('sends the printed $type body', (body) => {
    expectPrinted(boltly, body, {
      id: body.id,
      organizationId: body.organization_id,
      type: body.type,
      occurredAt: new Date(body.created_at),
      data: body.data,
    });
    expectSampleBeginsWith(boltly, body.type, body.data);
  });

  test('sends ids with their prefixes', () => {
    const { id, organization_id } = boltly.envelope(outgoing(boltly));
    expect(id).toMatch(/^evt_[0-9a-f-]{36}$/);
    expect(organization_id).toMatch(/^org_[0-9a-f-]{36}$/);
  });

  test('is accepted by the printed verification code', () => {
    const { verifyWebhook } = printedCode(boltly);
    const { headers, body } = request(boltly, outgoing(boltly), secret);
    const signature = headers['X-Webhook-Signature'];
    expect(Object.keys(headers)).toEqual(['X-Webhook-Signature']);
    expect(accepts(verifyWebhook, body, signature, secret)).toBe(true);
    expect(accepts(verifyWebhook, body.replace('H', 'J'), signature, secret)).toBe(false);
    expect(accepts(verifyWebhook, body, signature, secret.slice(1))).toBe(false);
  });

  test('waits 30 seconds for a 2xx and retries', () => {
    expect(boltly.delivery).toMatchObject({ success: '2xx', timeoutMs: 30_000 });
    expect(boltly.delivery.retry.delays).not.toEqual([]);
    expect(boltly.webhooks).toMatchObject({ eventTypes: 'many', secret: 'always' });
  });
});

describe('Bolten', () => {
  test.each(Object.keys(bolten.events))('sends %s with the opportunity and its contact', (type) => {
    const data = bolten.events[type]?.sample ?? {};
    const printed = { event: type, timestamp: '2025-10-10T08:21:45.678Z', data };
    expectPrinted(bolten, printed, { type, data });
    expect(Object.keys(data)).toEqual(['opportunity', 'contact']);
  });

  test('is not signed and offers four kinds of authentication', () => {
    expect(request(bolten, outgoing(bolten), secret).headers).toEqual({});
    expect(bolten.webhooks.authentication).toEqual(['none', 'basic', 'api_key', 'bearer']);
  });

  test('tries 5 more times, each interval a multiple of the one before', () => {
    const { delays } = bolten.delivery.retry;
    const factors = delays.slice(1).map((delay, index) => delay / (delays[index] ?? 0));
    expect(delays).toHaveLength(5);
    expect(new Set(factors)).toEqual(new Set([4]));
    expect(bolten.delivery.disableAfterFailures).toBeNull();
  });
});

describe('InboundFlow', () => {
  type Body = { event: string; timestamp: string; organization_id: string; delivery_id: string; data: JsonObject };
  const bodies = printedBodies<Body>(inboundflow);

  test('every event type is printed', () => {
    expect(bodies.map(({ event }) => event)).toEqual(Object.keys(inboundflow.events));
  });

  test.each(bodies)('sends the printed $event body', (body) => {
    expectPrinted(inboundflow, body, {
      type: body.event,
      occurredAt: new Date(body.timestamp),
      organizationId: `org_${body.organization_id}`,
      deliveryId: `dlv_${body.delivery_id}`,
      data: body.data,
    });
    expectSampleBeginsWith(inboundflow, body.event, body.data);
    expect(Object.keys(inboundflow.events[body.event]?.sample ?? {})).toEqual(Object.keys(body.data));
  });

  test('sends the listed headers, the signature only with a secret', () => {
    const event = outgoing(inboundflow);
    const listed = {
      'X-InboundFlow-Event': event.type,
      'X-InboundFlow-Delivery-Id': '0199cc9e-5a1d-7c4f-9a32-7e6b5d4c3b21',
      'X-InboundFlow-Timestamp': String(sentAt),
      'User-Agent': 'InboundFlow-Webhook/1.0',
    };
    expect(request(inboundflow, event).headers).toEqual(listed);
    expect(request(inboundflow, event, secret).headers).toEqual({
      ...listed,
      'X-InboundFlow-Signature': expect.stringMatching(/^sha256=[0-9a-f]{64}$/),
    });
    expect(inboundflow.webhooks.secret).toBe('optional');
  });

  test('names the same delivery in body and header', () => {
    const { headers, body } = request(inboundflow, outgoing(inboundflow));
    expect(headers['X-InboundFlow-Delivery-Id']).toBe(JSON.parse(body).delivery_id);
  });

  test('is accepted by the printed verification code, which signs the parsed body again', () => {
    const { verifyWebhook } = printedCode(inboundflow);
    const { headers, body } = request(inboundflow, outgoing(inboundflow), secret);
    const time = headers['X-InboundFlow-Timestamp'];
    const signature = headers['X-InboundFlow-Signature'];
    expect(accepts(verifyWebhook, JSON.parse(body), time, signature, secret)).toBe(true);
    expect(accepts(verifyWebhook, JSON.parse(body.replace('Dave', 'Dove')), time, signature, secret)).toBe(false);
    expect(accepts(verifyWebhook, JSON.parse(body), String(sentAt + 1), signature, secret)).toBe(false);
    expect(accepts(verifyWebhook, JSON.parse(body), time, signature, `${secret}x`)).toBe(false);
  });

  test('waits 10 seconds for a 2xx and is disabled after 10 failures in a row', () => {
    expect(inboundflow.delivery).toMatchObject({ success: '2xx', timeoutMs: 10_000, disableAfterFailures: 10 });
  });
});

describe('Salpre', () => {
  type Body = { event_type: string; timestamp_utc: number; payload: JsonObject; is_test: boolean };
  const bodies = printedBodies<Body>(salpre);

  test('every event type is printed', () => {
    expect(bodies.map(({ event_type }) => event_type)).toEqual(Object.keys(salpre.events));
  });

  test.each(bodies)('sends the printed $event_type body', (body) => {
    expectPrinted(salpre, body, {
      type: body.event_type,
      occurredAt: new Date(body.timestamp_utc * 1000),
      data: body.payload,
      test: body.is_test,
    });
  });

  test.each(bodies)('sends the printed $event_type payload as its test', (body) => {
    expect(JSON.stringify(salpre.events[body.event_type]?.sample)).toBe(JSON.stringify(body.payload));
  });

  test('writes whole seconds and says when an event is live', () => {
    expect(salpre.envelope(outgoing(salpre))).toMatchObject({ timestamp_utc: 1_760_084_505, is_test: false });
  });

  test('is not signed, takes exactly 200, offers additional headers', () => {
    expect(request(salpre, outgoing(salpre), secret).headers).toEqual({});
    expect(salpre.delivery.success).toEqual([200]);
    expect(salpre.webhooks).toMatchObject({ additionalHeaders: true, secret: 'never' });
  });
});
