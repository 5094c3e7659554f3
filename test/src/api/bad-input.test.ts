import { gzipSync } from 'node:zlib';
import type { Operation, Problem } from '@bellhop/shared';
import { bodyLimitOf } from '@bellhop/shared/api';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RawRequest } from './support.ts';
import { ApiStage, fieldsOf, operations, routeOf } from './support.ts';
import type { World } from './world.ts';
import { leavesUnchanged, makeWorld, toRaw } from './world.ts';

const limits = { bodyBytes: 8 * 1024, batchBytes: 16 * 1024 };
const stage = new ApiStage({ config: { limits } });
const withBody = operations.filter((operation) => routeOf(operation).body);

let world: World;
beforeAll(async () => {
  world = await makeWorld(stage);
});

type Body = NonNullable<RawRequest['body']>;
type JsonBody = Record<string, unknown>;

function example(operation: Operation, of = world): RawRequest & { readonly json: JsonBody } {
  const request = toRaw(stage, of, operation);
  return { ...request, json: JSON.parse(String(request.body)) };
}

/** Sends a body to every route that takes one, and answers how each refused it. Nothing is stored or changed by it. */
async function refusals(
  bodyFor: (operation: Operation) => Body | undefined,
  headers: Record<string, string> = {},
  asked: readonly Operation[] = withBody,
) {
  return leavesUnchanged([world], async () => {
    const problems = new Map<Operation, Problem>();
    for (const operation of asked) {
      const { json: _, ...request } = example(operation);
      const sent = { ...request, body: bodyFor(operation), headers: { ...request.headers, ...headers } };
      problems.set(operation, await stage.refusal(sent));
    }
    return problems;
  });
}

/** How every route that takes a body refuses one: `400 malformed_json`. */
async function refused(...given: Parameters<typeof refusals>): Promise<Set<string>> {
  const problems = await refusals(...given);
  return new Set([...problems.values()].map(({ status, code }) => `${status} ${code}`));
}

const json = (operation: Operation) => JSON.stringify(example(operation).json);
const withField = (operation: Operation, field: string, text: string) =>
  json(operation).replace(/\}$/, `,${JSON.stringify(field)}:${text}}`);

describe('a body that is not JSON, at every route that takes one', () => {
  test.each([
    ['text', 'hello'],
    ['half of an object', '{"name": '],
    ['a comma too many', '{"name": "x",}'],
    ['single quotes', "{'name': 'x'}"],
    ['NaN', '{"name": NaN}'],
    ['a comment', '{"name": "x"} // y'],
    ['two objects', '{}{}'],
    ['a line break inside a string', '{"name": "a\nb"}'],
    ['spaces alone', '  '],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['UTF-16', Buffer.from('{"name": "x"}', 'utf16le')],
  ])('%s: 400', async (_, body) => {
    expect(await refused(() => body)).toEqual(new Set(['400 malformed_json']));
  });

  test('the error says where it is, and repeats nothing of the body', async () => {
    const { method, path, key } = example('createWebhook');
    const body = '{"authentication": {"type": "bearer", "token": "s3cret-token"}, "url": s3cret}';
    const { detail } = await stage.refusal({ method, path, key, body });
    expect(detail).toMatch(/^The body is not valid JSON: Unexpected token 's'/);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    '',
  ])('the content type "%s": 415', async (type) => {
    expect(await refused(json, { 'content-type': type })).toEqual(new Set(['415 unsupported_media_type']));
  });

  test('an encoding that nobody knows: 415', async () => {
    expect(await refused(json, { 'content-encoding': 'rot13' })).toEqual(new Set(['415 unsupported_media_type']));
  });

  test('said to be compressed, but it is not: 400', async () => {
    expect(await refused(json, { 'content-encoding': 'gzip' })).toEqual(new Set(['400 malformed_json']));
  });
});

describe('a body of the wrong shape, at every route that takes one', () => {
  const mustHaveOne = withBody.filter((operation) => !routeOf(operation).bodyOptional);

  test('none: 422', async () => {
    expect(await refused(() => undefined, {}, mustHaveOne)).toEqual(new Set(['422 invalid_input']));
  });

  test.each(['null', 'true', '42', '"text"', '[]', '[{}]'])('%s for an object: 422', async (body) => {
    const problems = await refusals(() => body);
    for (const problem of problems.values()) {
      expect(problem).toMatchObject({ status: 422, code: 'invalid_input' });
      expect(problem.detail).toMatch(/^Correct the body\./);
      expect(Object.keys(fieldsOf(problem))).toEqual(['']);
    }
  });

  test.each(['colour', 'organization_id', '__proto__', 'constructor', ''])(
    'a field "%s" that is none of the request: 422 that names it',
    async (field) => {
      const problems = await refusals((operation) => withField(operation, field, '{"admin": true}'));
      for (const problem of problems.values()) {
        expect(problem).toMatchObject({ status: 422, code: 'invalid_input' });
        expect(fieldsOf(problem)).toEqual({ [field]: 'is not a field of this request' });
      }
    },
  );

  test.each(withBody)('%s: a wrong type in any field: 422 that names the field', async (operation) => {
    const { json: fields, ...request } = example(operation);
    await leavesUnchanged([world], async () => {
      for (const [field, value] of Object.entries(fields)) {
        const wrong = isObject(value) ? 'a text' : { an: 'object' };
        const problem = await stage.refusal({ ...request, body: JSON.stringify({ ...fields, [field]: wrong }) });
        expect(problem).toMatchObject({ status: 422, code: 'invalid_input' });
        expect(Object.keys(fieldsOf(problem))).toEqual([field]);
        expect(problem.detail).toContain(field);
      }
    });
  });
});

describe('an object with a length that cannot be compared, in the place of a text', () => {
  const odd = { length: { toString: 0 } };

  test.each(withBody)('%s: 422', async (operation) => {
    const { json: fields, ...request } = example(operation);
    await leavesUnchanged([world], async () => {
      for (const [field, value] of Object.entries(fields)) {
        if (isObject(value)) continue;
        const problem = await stage.refusal({ ...request, body: JSON.stringify({ ...fields, [field]: odd }) });
        expect(problem).toMatchObject({ status: 422, code: 'invalid_input' });
      }
    });
  });

  test('in the data of an event: 422', async () => {
    const { json: event, ...request } = example('publishEvent');
    const data = { ...(event.data as JsonBody), message_id: odd };
    const problem = await stage.refusal({ ...request, body: JSON.stringify({ ...event, data }) });
    expect(problem.errors?.map(({ field }) => field)).toEqual([expect.stringMatching(/^data/)]);
  });
});

describe('a body that is too much, at every route that takes one', () => {
  const padded = (operation: Operation) => {
    const limit = bodyLimitOf(routeOf(operation), limits);
    return json(operation) + ' '.repeat(limit + 1 - Buffer.byteLength(json(operation)));
  };

  test('one byte more than the limit: 413; at the limit it is taken', async () => {
    expect(await refused(padded)).toEqual(new Set(['413 body_too_large']));
    const { method, path, key } = example('publishEvent', await makeWorld(stage));
    const answer = await stage.send({ method, path, key, body: padded('publishEvent').slice(0, -1) });
    expect(answer.status).toBe(202);
  });

  test('few bytes that unpack to many: 413', async () => {
    const bomb = gzipSync(Buffer.alloc(10 * 1024 * 1024, ' '));
    expect(bomb.length).toBeLessThan(limits.batchBytes);
    expect(await refused(() => bomb, { 'content-encoding': 'gzip' })).toEqual(new Set(['413 body_too_large']));
  });

  test('compressed and in order it is taken', async () => {
    const { method, path, key, body } = example('publishEvent', await makeWorld(stage));
    const headers = { 'content-encoding': 'gzip' };
    const answer = await stage.send({ method, path, key, headers, body: gzipSync(String(body)) });
    expect(answer.status).toBe(202);
  });

  test.each([
    ['an integer that would come out as another', '12345678901234567890'],
    ['an integer that is exact in memory, but would be written as another', '1152921504606846976'],
    ['a negative one', '-9007199254740993'],
    ['a number beyond all', '1e400'],
    ['a number so small that it would come out as 0', '1e-400'],
    ['an integer of 2,000 digits', '9'.repeat(2000)],
  ])('%s: 422 that says to send a string', async (_, number) => {
    const problems = await refusals((operation) => withField(operation, 'number', `[${number}]`));
    for (const { status, code, detail } of problems.values()) {
      expect({ status, code }).toEqual({ status: 422, code: 'invalid_input' });
      expect(detail).toContain('Send it as a string.');
      expect(detail.length).toBeLessThan(200);
    }
  });
});

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
