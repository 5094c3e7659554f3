import type { JsonObject } from '@bellhop/shared';
import { builtInProviders, defineProvider, noRetries, z } from '@bellhop/shared';
import { anyJson, anyText, holds, telling } from '@bellhop/shared/test/fuzz';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { ApiStage } from '../api/support.ts';
import { firstEventType } from '../flows/support.ts';
import type { Tenant } from '../harness/bellhop.ts';
import { RawReceiver } from '../harness/raw-receiver.ts';
import type { Receiver } from '../harness/receiver.ts';

/** An operator's provider that waits only a moment, and takes any data. */
const brief = defineProvider({
  id: 'brief',
  name: 'Brief',
  description: 'A product of few words.',
  events: {
    said: {
      label: 'Said',
      description: 'Triggers when something is said.',
      schema: z.looseObject({}),
      sample: { word: 'hello' },
    },
  },
  envelope: ({ type, data }) => ({ type, data }),
  signature: null,
  delivery: { timeoutMs: 250, retry: noRetries },
});

const stage = new ApiStage({ providers: [...builtInProviders, brief] });
let tenant: Tenant;
beforeAll(async () => {
  tenant = await stage.tenant();
});

const anyObject = fc
  .array(fc.tuple(fc.oneof(anyText, telling), anyJson), { maxLength: 6 })
  .map((entries) => Object.fromEntries(entries) as JsonObject);

/** Publishes data as text and answers with the status; the text, so that nothing on this side changes it. */
async function publish(provider: string, type: string, data: JsonObject): Promise<number> {
  const body = JSON.stringify({ provider, type, data });
  return (await stage.send({ method: 'POST', path: '/v1/events', key: tenant.apiKey, body })).status;
}

/** Without half of a surrogate pair. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, each]) => key.isWellFormed() && isWellFormed(each));
}

describe('data arrives as it was published, or is refused', () => {
  const subjects = [
    ...builtInProviders.map(({ id }) => ({ id, ...firstEventType(id) })),
    { id: brief.id, type: 'said', sample: {} },
  ];
  const receivers = new Map<string, Receiver>();
  beforeAll(async () => {
    for (const { id, type } of subjects) {
      const receiver = await stage.receiver();
      receivers.set(id, receiver);
      await tenant.client.createWebhook({ body: { provider: id, events: [type], url: receiver.url() } });
    }
  });

  for (const { id, type, sample } of subjects) {
    holds(`${id}`, [anyObject], 40, async (extra) => {
      const receiver = receivers.get(id);
      const own = Object.keys(sample);
      const further = Object.entries(extra).filter(([name]) => !own.includes(name));
      const data = Object.fromEntries([...Object.entries(sample), ...further]) as JsonObject;
      const before = receiver?.received.length ?? 0;
      const isTaken = isWellFormed(data);
      expect(await publish(id, type, data)).toBe(isTaken ? 202 : 422);
      if (!isTaken) return;
      const request = await receiver?.request(before);
      const arrived = request?.json.data ?? request?.json.payload;
      expect(JSON.stringify(arrived)).toBe(JSON.stringify(JSON.parse(JSON.stringify(data))));
    });
  }
});

describe('webhooks', () => {
  const { type } = firstEventType('boltly');
  const create = (fields: object) =>
    stage.send({
      method: 'POST',
      path: '/v1/webhooks',
      key: tenant.apiKey,
      body: JSON.stringify({ provider: 'boltly', events: [type], ...fields }),
    });
  const remove = (id: string) => tenant.client.deleteWebhook({ params: { id } });
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await stage.receiver();
  });

  const url = fc.oneof(
    anyText,
    fc
      .tuple(
        fc.constantFrom('https://', 'http://', '//', 'https:'),
        fc.oneof(fc.domain(), fc.ipV4Extended(), anyText),
        fc.oneof(anyText, telling),
      )
      .map(([scheme, host, rest]) => `${scheme}${host}/${rest}`),
  );

  holds('a URL that is taken is kept as it is read', [url], 150, async (text) => {
    const { status, text: answer } = await create({ url: text });
    if (status !== 201) {
      expect(JSON.parse(answer).errors).toEqual([{ field: 'url', message: expect.any(String) }]);
      return;
    }
    const { id, url: kept } = JSON.parse(answer) as { id: string; url: string };
    expect(kept).toBe(new URL(kept).href);
    await remove(id);
  });

  const headerName = fc.oneof(
    { weight: 3, arbitrary: fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,20}$/) },
    anyText,
    telling,
  );
  const headerValue = fc.oneof({ weight: 3, arbitrary: fc.stringMatching(/^[!-~]([\t -~]{0,60}[!-~])?$/) }, anyText);
  const headers = fc
    .array(fc.tuple(headerName, headerValue), { maxLength: 3 })
    .map((entries) => Object.fromEntries(entries) as Record<string, string>);

  holds('headers that are taken arrive as they are, and no others come with them', [headers], 60, async (given) => {
    const { status, text } = await create({ url: receiver.url(), headers: given });
    if (status !== 201) {
      const { errors } = JSON.parse(text) as { errors: { field: string }[] };
      expect(errors.every(({ field }) => field.startsWith('headers'))).toBe(true);
      return;
    }
    const { id } = JSON.parse(text) as { id: string };
    const before = receiver.received.length;
    await tenant.client.testWebhook({ params: { id } });
    const { rawHeaders } = await receiver.request(before);
    const arrived = Object.fromEntries(
      rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1]]] : [])),
    );
    const own = ['host', 'connection', 'content-length', 'content-type', 'accept', 'user-agent', 'x-webhook-signature'];
    const others = Object.entries(arrived).filter(([name]) => !own.includes(name.toLowerCase()));
    expect(Object.fromEntries(others)).toEqual(
      Object.fromEntries(Object.entries(given).filter(([name]) => !own.includes(name.toLowerCase()))),
    );
    await remove(id);
  });
});

describe('whatever a receiver answers is logged as an attempt', () => {
  const httpText = fc.oneof(fc.stringMatching(/^[ -~]{0,40}$/), anyText, telling);
  const name = fc.oneof(
    fc.constantFrom(
      'Retry-After',
      'Content-Length',
      'Transfer-Encoding',
      'Content-Encoding',
      'Connection',
      'Set-Cookie',
      'Location',
      '__proto__',
      'constructor',
      'Trailer',
      'Keep-Alive',
    ),
    fc.stringMatching(/^[!-9;-~]{1,20}$/),
  );
  const value = fc.oneof(
    httpText,
    fc.constantFrom(
      '0',
      '1',
      '5',
      'chunked',
      'gzip',
      'close',
      'keep-alive',
      '-1',
      '99999999999999999999',
      'timeout=1e9',
    ),
  );
  const status = fc
    .oneof(fc.integer({ min: 0, max: 999 }), fc.constantFrom(100, 101, 103, 200, 204, 301, 304, 410, 429, 500))
    .map(String);
  const statusLine = fc.oneof(
    status.map((code) => `HTTP/1.1 ${code} Text`),
    status.map((code) => `HTTP/1.0 ${code}`),
    httpText,
  );
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    anyText.map((text) => Buffer.from(text)),
    fc.nat(3).map((size) => Buffer.alloc(10 ** size * 30, 'x')),
  );
  const answer = fc
    .tuple(statusLine, fc.array(fc.tuple(name, value), { maxLength: 5 }), body, fc.boolean())
    .map(([first, fields, rest, counted]) => {
      const length = counted ? [['Content-Length', String(rest.length)]] : [];
      const lines = [first, ...[...fields, ...length].map(([field, text]) => `${field}: ${text}`)];
      return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), rest]);
    });
  let bytes: Uint8Array = Buffer.alloc(0);
  let ends = true;
  let receiver: RawReceiver;
  let id: string;
  beforeAll(async () => {
    receiver = await RawReceiver.answering((socket) => {
      if (ends) socket.end(bytes);
      else socket.write(bytes);
    });
    const body = { provider: brief.id, events: ['said'], url: `http://127.0.0.1:${receiver.port}/` };
    id = (await tenant.client.createWebhook({ body })).id;
  });
  afterAll(() => receiver.stop());

  const cut = fc.nat(400);
  holds(
    'in full, cut off, or left open',
    [answer, cut, fc.boolean(), fc.boolean()],
    100,
    async (whole, at, isCut, closes) => {
      bytes = isCut ? whole.subarray(0, at) : whole;
      ends = closes || isCut;
      const attempt = await tenant.client.testWebhook({ params: { id } });
      if (attempt.outcome === 'delivered') expect(attempt).toMatchObject({ error: null, response: expect.anything() });
      else if (attempt.response === null) expect(attempt.error).toMatch(/^The .+\.$/);
      const { data } = await tenant.client.listAttempts({ params: { id }, query: { limit: 1 } });
      expect(data).toEqual([attempt]);
      expect((await tenant.client.getWebhook({ params: { id } })).status).toBe('active');
    },
  );
});
