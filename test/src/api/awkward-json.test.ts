import type { JsonObject } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { ApiStage, operations, routeOf } from './support.ts';
import { leavesUnchanged, makeWorld, toRaw } from './world.ts';

const stage = new ApiStage();

/** Publishes data of which one field is given as text, and answers with what is stored. */
async function publish(field: string) {
  const world = await makeWorld(stage);
  const text = JSON.stringify({ provider: 'boltly', type: 'message.received', data: world.data });
  const body = text.replace(/\}\}$/, `,"extra":${field}}}`);
  const request = { method: 'POST', path: '/v1/events', key: world.tenant.apiKey, body };
  return {
    request,
    stored: async (): Promise<JsonObject | undefined> => (await world.tenant.client.listEvents()).data[0]?.data,
  };
}

describe('JSON that nests deep', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

  const withBody = operations.filter((each) => routeOf(each).body);
  const withLargeBody = withBody.filter((each) => typeof routeOf(each).bodyLimit === 'string');

  test.each([
    [101, 'at every route', withBody],
    [1500, 'at every route', withBody],
    [100_000, 'at every route that takes as much', withLargeBody],
  ])('%i levels are refused %s, and the server lives', async (levels, _, asked) => {
    const world = await makeWorld(stage);
    await leavesUnchanged([world], async () => {
      for (const operation of asked) {
        const { body, ...request } = toRaw(stage, world, operation);
        const problem = await stage.refusal({
          ...request,
          body: String(body).replace(/\}$/, `,"x":${nested(levels)}}`),
        });
        expect(problem).toMatchObject({ status: 422, code: 'invalid_input' });
        expect(problem.detail).toContain('more than 100 levels deep');
      }
    });
  });

  test('100,000 levels of objects, or with a long number inside, are refused as well', async () => {
    for (const deep of [
      `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
      nested(100_000).replace('[]', '[1e400]'),
    ]) {
      const { request } = await publish(deep);
      expect((await stage.refusal(request)).detail).toContain('levels deep');
    }
  });

  test('what nests less is passed on whole', async () => {
    const { request, stored } = await publish(nested(90));
    expect((await stage.send(request)).status).toBe(202);
    expect(JSON.stringify((await stored())?.extra)).toBe(nested(90));
  });
});

describe('event data that no receiver would read as it was sent', () => {
  test.each([
    ['an amount with 18 decimals', '1.234567890123456789', 'data.extra'],
    ['a decimal beyond 2^53', '{"price":[1,9007199254740993.5]}', 'data.extra.price.1'],
    ['an id that an ORM writes as a float', '1234567890123456789.0', 'data.extra'],
    ['half of an emoji', '{"text":"a\\ud83d"}', 'data.extra.text'],
    ['half of an emoji in a name', '{"\\ude00":1}', 'data.extra.\ufffd'],
  ])('%s is refused, and the field is named', async (_, field, named) => {
    const { request, stored } = await publish(field);
    const problem = await stage.refusal(request);
    expect(problem).toMatchObject({ status: 422, code: 'invalid_input' });
    expect(problem.errors).toEqual([{ field: named, message: expect.stringMatching(/; send (it as a string|whole)/) }]);
    expect((await stored())?.extra).toBeUndefined();
  });

  test('in two fields is told of both', async () => {
    const { request } = await publish('[1e400,{"b":9007199254740993}]');
    const { errors = [] } = await stage.refusal(request);
    expect(errors.map(({ field }) => field)).toEqual(['data.extra.0', 'data.extra.1.b']);
  });
});

describe('JSON that readers disagree about', () => {
  test('of a key that is there twice the last one counts, as in JSON.parse', async () => {
    const body = '{"name": "first", "name": "second"}';
    const answer = await stage.send({ method: 'POST', path: '/v1/organizations', key: stage.server.rootKey, body });
    expect(JSON.parse(answer.text)).toMatchObject({ name: 'second' });
  });

  test.each([
    '9007199254740991',
    '-9007199254740991',
    '12345678901234567000',
    '1152921504606847000',
    '0.1',
    '1e-7',
    '5e-324',
    '123e5',
  ])('the number %s keeps its value', async (number) => {
    const { request, stored } = await publish(number);
    expect((await stage.send(request)).status).toBe(202);
    expect((await stored())?.extra).toBe(Number(number));
  });

  test.each([
    '"\\ud83d\\ude00"',
    '"\\u0000"',
    '"\\u2028"',
    '{"__proto__":{"a":1}}',
    '{"":1,"constructor":null}',
    '[null]',
  ])('data with %s is passed on as it is', async (field) => {
    const { request, stored } = await publish(field);
    expect((await stage.send(request)).status).toBe(202);
    expect(JSON.stringify((await stored())?.extra)).toBe(JSON.stringify(JSON.parse(field)));
  });

  test('a byte order mark is not part of the text', async () => {
    const body = '\ufeff{"name": "marked"}';
    const answer = await stage.send({ method: 'POST', path: '/v1/organizations', key: stage.server.rootKey, body });
    expect(JSON.parse(answer.text)).toMatchObject({ name: 'marked' });
  });

  test.each([
    ['a NUL', 'a\u0000b'],
    ['a line break', 'a\nb'],
    ['half of an emoji', 'a\ud83db'],
  ])('a name with %s is refused: what is shown should be what was given', async (_, name) => {
    const body = JSON.stringify({ name });
    const request = { method: 'POST', path: '/v1/organizations', key: stage.server.rootKey, body };
    expect((await stage.refusal(request)).errors).toEqual([
      { field: 'name', message: 'must not contain control characters' },
    ]);
  });
});
