import { anyText, holds, telling } from '@bellhop/shared/test/fuzz';
import fc from 'fast-check';
import { beforeAll, describe, expect } from 'vitest';
import type { RawRequest } from '../api/support.ts';
import { ApiStage, operations, routeOf } from '../api/support.ts';
import type { World } from '../api/world.ts';
import { makeWorld, toRaw } from '../api/world.ts';
import { mutated, mutations } from './mutations.ts';

/* What is sent here is wrong in any way; `stage.send` checks that every answer is one that the API may give. */

const stage = new ApiStage({ config: { limits: { bodyBytes: 64 * 1024, batchBytes: 128 * 1024 } } });

let world: World;
beforeAll(async () => {
  world = await makeWorld(stage);
});

/** Sends a request. A webhook that comes of it is removed, so that the organization stays as small as it is. */
async function send(request: RawRequest): Promise<void> {
  const { status, text } = await stage.send(request);
  if (status !== 201) return;
  const { id = '' } = JSON.parse(text) as { id?: string };
  const own = [world.webhookId, world.hookId, world.endpointId];
  if (id.startsWith('wh_') && !own.includes(id)) await world.tenant.client.deleteWebhook({ params: { id } });
}

/** Damage can make a secret part of a field's name, and the caller is told which field is wrong. */
function withoutSecrets(body: string): string {
  return body.replaceAll(/whsec_[^"]*|s3cret/g, 'a-value-that-is-no-secret');
}

describe('bodies', () => {
  const withBody = operations.filter((operation) => routeOf(operation).body);

  for (const operation of withBody) {
    holds(`${operation}: the example with anything in it changed`, [mutations], 25, async (changes) => {
      const request = toRaw(stage, world, operation);
      const example: unknown = JSON.parse(String(request.body));
      await send({ ...request, body: JSON.stringify(mutated(example, changes)) ?? 'null' });
    });
  }

  const anyOperation = fc.constantFrom(...withBody);

  holds('bytes', [anyOperation, fc.uint8Array({ maxLength: 300 })], 60, async (operation, bytes) => {
    await send({ ...toRaw(stage, world, operation), body: Uint8Array.from(bytes) });
  });

  const edit = fc.record({
    at: fc.nat(),
    removed: fc.nat(20),
    put: fc.oneof(anyText, fc.constantFrom('{', '"', ',', '1e999', '\\u')),
  });

  holds(
    'examples whose text was damaged',
    [anyOperation, fc.array(edit, { minLength: 1, maxLength: 3 })],
    150,
    async (operation, edits) => {
      const request = toRaw(stage, world, operation);
      const body = edits.reduce(
        (text, { at, removed, put }) => {
          const start = at % (text.length + 1);
          return text.slice(0, start) + put + text.slice(start + removed);
        },
        withoutSecrets(String(request.body)),
      );
      await send({ ...request, body });
    },
  );

  const mediaType = fc.oneof(
    fc.constantFrom(
      'application/json; charset=latin1',
      'APPLICATION/JSON',
      'application/json;',
      'text/json',
      'a/b+json',
      '*/*',
      '/',
    ),
    fc.stringMatching(/^[ -~]{0,40}$/),
  );
  const encoding = fc.oneof(
    fc.constantFrom('gzip', 'br', 'deflate', 'identity', 'gzip, gzip', 'zstd', ''),
    fc.stringMatching(/^[!-~]{0,20}$/),
  );

  holds('of any type and encoding', [anyOperation, mediaType, encoding], 100, async (operation, type, encoded) => {
    const request = toRaw(stage, world, operation);
    const headers = { ...request.headers, 'content-type': type, 'content-encoding': encoded };
    await send({ ...request, headers });
  });
});

describe('addresses', () => {
  const written = fc.oneof(
    fc
      .oneof(
        fc.string({ unit: 'grapheme' }),
        telling.filter((text) => text.isWellFormed()),
      )
      .map(encodeURIComponent),
    fc.stringMatching(/^[!-~]{0,30}$/),
    fc.constantFrom('%', '%ff', '%2e%2e', '%2F', '%00', '..', '.', ';', 'a'.repeat(5000), '%F0%9F%92%A5'),
  );
  /** The ids of the example, of which one may be another text. */
  const inPath = operations.filter((operation) => routeOf(operation).path.includes('{'));

  holds(
    'anything in the place of an id or a name',
    [fc.constantFrom(...inPath), fc.array(written, { minLength: 2, maxLength: 2 })],
    300,
    async (operation, parts) => {
      const names = [...routeOf(operation).path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
      const params = Object.fromEntries(names.map((name, index) => [name, parts[index] ?? '']));
      const request = toRaw(stage, world, operation, params);
      const { status } = await stage.send(request);
      if (request.method === 'DELETE') expect(status).toBeGreaterThanOrEqual(400);
    },
  );

  const queryName = fc.oneof(
    fc.constantFrom('limit', 'cursor', 'provider', 'type', 'status', 'event', 'limit[]', 'limit[a]'),
    telling,
    anyText,
  );
  const queryValue = fc.oneof(
    anyText,
    telling,
    fc.integer().map(String),
    fc.constantFrom('1', '100', 'boltly', 'active'),
  );
  const search = fc.oneof(
    fc.array(fc.tuple(queryName, queryValue), { maxLength: 4 }).map((pairs) => String(new URLSearchParams(pairs))),
    fc.stringMatching(/^[!-"$-~]{0,60}$/),
  );
  const reading = operations.filter((operation) => routeOf(operation).method === 'GET');

  holds('any query', [fc.constantFrom(...reading), search], 300, async (operation, query) => {
    const { path, ...request } = toRaw(stage, world, operation);
    await stage.send({ ...request, path: `${path.split('?')[0]}?${query}` });
  });

  holds(
    'any path',
    [fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'), fc.stringMatching(/^[!"$->@-~]{0,60}$/)],
    150,
    async (method, path) => {
      await stage.send({ method, path: `/${path}`, key: world.tenant.apiKey });
    },
  );
});

describe('headers', () => {
  const value = fc.oneof(
    fc.stringMatching(/^[ -~\u00a0-\u00ff]{0,300}$/),
    fc.constantFrom('Bearer', 'Bearer ', 'Basic Og==', `Bearer ${'x'.repeat(5000)}`),
  );

  holds('any credentials are refused', [value, value], 80, async (authorization, key) => {
    const answer = await stage.send({ method: 'GET', path: '/v1/me', headers: { authorization, 'x-api-key': key } });
    expect(answer.status).toBe(401);
  });

  holds('an idempotency key that is taken publishes once', [value], 40, async (key) => {
    const request = { ...toRaw(stage, world, 'publishEvent'), headers: { 'idempotency-key': key } };
    const [first, second] = [await stage.send(request), await stage.send(request)];
    expect([202, 422]).toContain(first.status);
    expect(second.status).toBe(first.status);
    if (first.status === 202) expect(second.text).toBe(first.text);
  });
});
