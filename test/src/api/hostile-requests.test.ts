import type { JsonObject, Problem, ProblemCode } from '@bellhop/shared';
import { problemCodes } from '@bellhop/shared';
import { problem as problemSchema } from '@bellhop/shared/api/problem';
import { describe, expect, test } from 'vitest';
import { Exchange } from '../harness/exchange.ts';
import { ApiStage, eventTypes, fieldsOf, operations, problemOf, routeOf } from './support.ts';
import { makeWorld, toRaw } from './world.ts';

/** One request holds up no other: what costs much is refused before it costs much. */

const limits = { bodyBytes: 100_000, batchBytes: 1_000_000, eventValues: 2000 };
const stage = new ApiStage({ config: { limits } });
const tenGigabytes = 'Content-Length: 10000000000';

/** The problem document that a raw answer is. */
function problemIn(answer: string): Problem {
  const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
  const problem: Problem = JSON.parse(body);
  expect(problemSchema.parse(problem)).toEqual(problem);
  expect(head).toContain(`HTTP/1.1 ${problemCodes[problem.code as ProblemCode].status} `);
  expect(head).toMatch(/^content-type: application\/problem\+json/im);
  expect(head).toMatch(/^connection: close$/im);
  return problem;
}

describe('a body of ten gigabytes, of which nothing comes', () => {
  const asked = operations.filter((operation) => routeOf(operation).access !== 'public');

  test.each(['Expect: 100-continue', 'Accept: */*'])('with %s, every route refuses at once', async (line) => {
    const world = await makeWorld(stage);
    for (const operation of asked) {
      const { method, path, key } = toRaw(stage, world, operation);
      const head = [`${method} ${path} HTTP/1.1`, 'Host: x', 'Content-Type: application/json', tenGigabytes, line];
      const known = await new Exchange(stage.server.url).head(...head, `Authorization: Bearer ${key}`).ended();
      expect([operation, problemIn(known).code]).toEqual([operation, 'body_too_large']);
      const unknown = await new Exchange(stage.server.url).head(...head).ended();
      expect([operation, problemIn(unknown).code]).toEqual([operation, 'unauthorized']);
    }
  });

  test('nor is it welcome where no key is asked for', async () => {
    const head = ['POST /v1/session HTTP/1.1', 'Host: x', 'Bellhop-Request: dashboard', tenGigabytes];
    const answer = await new Exchange(stage.server.url).head(...head, 'Expect: 100-continue').ended();
    expect(problemIn(answer).code).toBe('body_too_large');
  });

  test.each(['POST /healthz', 'GET /', 'POST /v1/nothing', 'PUT /v1/events'])('nor at %s', async (line) => {
    const answer = await new Exchange(stage.server.url).head(`${line} HTTP/1.1`, 'Host: x', tenGigabytes).ended();
    expect(answer).toMatch(/^connection: close$/im);
    expect(answer).not.toContain('100 Continue');
  });
});

test('a body without a declared length is read up to the limit, and no further', async () => {
  const { apiKey } = await stage.tenant();
  const exchange = new Exchange(stage.server.url);
  exchange.head('POST /v1/events HTTP/1.1', 'Host: x', `X-API-Key: ${apiKey}`, 'Transfer-Encoding: chunked');
  const chunk = `${(10_000).toString(16)}\r\n${'x'.repeat(10_000)}\r\n`;
  while (exchange.socket.writable) {
    exchange.socket.write(chunk);
    await new Promise(setImmediate);
  }
  expect(problemIn(await exchange.ended()).code).toBe('body_too_large');
});

test('a publisher that asks before it sends its body is told to go on, and the connection stays open', async () => {
  const { apiKey, client } = await stage.tenant();
  const body = JSON.stringify(event());
  const head = ['POST /v1/events HTTP/1.1', 'Host: x', `X-API-Key: ${apiKey}`, 'Content-Type: application/json'];
  const exchange = new Exchange(stage.server.url);
  exchange.head(...head, `Content-Length: ${Buffer.byteLength(body)}`, 'Expect: 100-continue');
  expect(await exchange.until('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  exchange.socket.write(body);
  await exchange.until('HTTP/1.1 202 Accepted');
  await exchange.until('"derived"');
  exchange.head('GET /healthz HTTP/1.1', 'Host: x', 'Connection: close');
  expect(await exchange.ended()).toContain('{"status":"ok"}');
  expect((await client.listEvents()).data).toHaveLength(1);
});

function event(differences: JsonObject = {}) {
  const { provider, type, eventType } = eventTypes[0] ?? {};
  if (!provider || !type || !eventType) throw new Error('There is no event type.');
  return { provider: provider.id, type, data: { ...eventType.sample, ...differences } };
}

describe('0.8 MB of unknown fields', () => {
  const fields = (count: number, length: number) =>
    `{${Array.from({ length: count }, (_, index) => `"${String(index).padEnd(length, 'x')}":1`).join()}}`;

  test('without a key are answered in a few words', async () => {
    for (const path of ['/v1/events', '/v1/events/batch', '/v1/webhooks']) {
      const { status, text } = await stage.send({ method: 'POST', path, body: fields(80_000, 5) });
      expect(status).toBe(401);
      expect(text.length).toBeLessThan(10_000);
    }
  });

  test.each([
    ['many short names', fields(80_000, 5), /holds more than 2,000 JSON values/],
    ['few long ones', fields(150, 5000), /^Correct events, the body\./],
  ])('with a key: 422 in a few words: %s', async (_, body, detail) => {
    const { apiKey: key } = await stage.tenant();
    const { status, text } = await stage.send({ method: 'POST', path: '/v1/events/batch', key, body });
    expect(status).toBe(422);
    expect(text.length).toBeLessThan(10_000);
    const problem: Problem = JSON.parse(text);
    expect(problem.detail).toMatch(detail);
  });

  test('one error names the first ten', async () => {
    const { apiKey: key } = await stage.tenant();
    const body = fields(12, 4);
    const { errors = [] } = await stage.refusal({ method: 'POST', path: '/v1/webhooks', key, body });
    const names = Array.from({ length: 10 }, (_, index) => String(index).padEnd(4, 'x'));
    const message = `has fields that are not of this request: ${names.join(', ')} and 2 more`;
    expect(errors).toContainEqual({ field: '', message });
  });
});

test('an error repeats no more than 500 characters of a long name', async () => {
  const { apiKey: key } = await stage.tenant();
  const headers = { ['x'.repeat(50_000)]: 'y' };
  const body = JSON.stringify({ provider: 'boltly', events: ['message.read'], url: 'http://127.0.0.1', headers });
  const { errors = [], detail } = await stage.refusal({ method: 'POST', path: '/v1/webhooks', key, body });
  expect(errors.map(({ field }) => field.length <= 500)).toEqual([true]);
  expect(detail.length).toBeLessThan(500);
});

describe('an event of a batch that is larger than an event may be', () => {
  const large = () => event({ note: 'ä'.repeat(limits.bodyBytes / 2) });
  const many = () => event({ list: Array(limits.eventValues).fill(null) });
  const deep = () => event({ nested: JSON.parse(`${'['.repeat(99)}1${']'.repeat(99)}`) });

  test.each([
    ['in bytes', large, /^has 10\d,\d{3} bytes; send at most 100,000$/],
    ['in values', many, /^holds 2,\d{3} JSON values; send at most 2,000$/],
    ['in levels', deep, /^nests arrays and objects more than 100 levels deep; flatten it$/],
  ])('%s: is named, and with partial it alone is refused', async (_, make, message) => {
    const { client } = await stage.tenant();
    const events = [event(), make(), event()];
    const problem = await problemOf(client.publishBatch({ body: { events } }));
    expect(problem.status).toBe(422);
    expect(fieldsOf(problem)).toEqual({ 'events.1': expect.stringMatching(message) });
    const { ids, rejected } = await client.publishBatch({ body: { events, partial: true } });
    expect(ids.map((id) => id !== null)).toEqual([true, false, true]);
    expect(rejected).toMatchObject([{ index: 1, errors: [{ field: '', message: expect.stringMatching(message) }] }]);
    expect((await client.listEvents()).data).toHaveLength(2);
  });

  test('alone it is refused likewise', async () => {
    const { client } = await stage.tenant();
    const refusals = [large(), many(), deep()].map((body) => problemOf(client.publishEvent({ body })));
    const details = (await Promise.all(refusals)).map(({ detail }) => detail);
    expect(details[0]).toContain('larger than 100,000 bytes');
    expect(details[1]).toContain('more than 2,000 JSON values');
    expect(details[2]).toContain('more than 100 levels deep');
    expect((await client.listEvents()).data).toEqual([]);
  });

  test('as large as it may be it is taken', async () => {
    const { client } = await stage.tenant();
    const rest = Buffer.byteLength(JSON.stringify(event({ note: '' })));
    const events = [event({ note: 'x'.repeat(limits.bodyBytes - rest) })];
    expect((await client.publishBatch({ body: { events } })).ids).toHaveLength(1);
  });

  test('a batch holds ten times the values of an event', async () => {
    const { client } = await stage.tenant();
    const events = Array.from({ length: 11 }, () => event({ list: Array(1900).fill(1) }));
    const problem = await problemOf(client.publishBatch({ body: { events, partial: true } }));
    expect(problem.detail).toBe('The events hold more than 20,000 JSON values together. Send fewer at once.');
  });
});

describe('a request that is not HTTP as it should be: a problem document, and the connection ends', () => {
  test.each([
    ['two hosts', ['GET /healthz HTTP/1.1', 'Host: a', 'Host: a'], 'bad_request'],
    ['no host', ['GET /healthz HTTP/1.1'], 'bad_request'],
    ['an invalid host', ['GET /healthz HTTP/1.1', 'Host: a/b'], 'bad_request'],
    ['another expectation', ['GET /healthz HTTP/1.1', 'Host: a', 'Expect: payment'], 'expectation_failed'],
    ['an invalid header', ['GET /healthz HTTP/1.1', 'Host: a', 'a b: c'], 'bad_request'],
    ['another protocol', ['\u0016\u0003\u0001'], 'bad_request'],
    ['two lengths', ['POST /v1/events HTTP/1.1', 'Host: a', 'Content-Length: 1', 'Content-Length: 2'], 'bad_request'],
    ['20 kB of headers', ['GET /healthz HTTP/1.1', 'Host: a', `X-A: ${'a'.repeat(20_000)}`], 'headers_too_large'],
    ['200 kB of headers', ['GET /healthz HTTP/1.1', 'Host: a', `X-A: ${'a'.repeat(200_000)}`], 'headers_too_large'],
  ])('%s', async (_, head, code) => {
    const exchange = new Exchange(stage.server.url).head(...head);
    const answer = await exchange.ended();
    expect(problemIn(answer).code).toBe(code);
  });

  test.each(['[::1]:8080', '127.0.0.1', 'hooks.example.com:', 'a_b-c.d'])('the host %s is one', async (host) => {
    const head = ['GET /healthz HTTP/1.1', `Host: ${host}`, 'Connection: close'];
    expect(await new Exchange(stage.server.url).head(...head).ended()).toContain('HTTP/1.1 200 OK');
  });

  test('HTTP/1.0 needs no host', async () => {
    expect(await new Exchange(stage.server.url).head('GET /healthz HTTP/1.0').ended()).toContain('HTTP/1.1 200 OK');
  });
});
