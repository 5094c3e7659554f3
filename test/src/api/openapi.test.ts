import type { Operation } from '@bellhop/shared';
import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, describe, expect, test } from 'vitest';
import { answered } from './strict-fetch.ts';
import { ApiStage, operations, routeOf } from './support.ts';
import { makeWorld, toRaw } from './world.ts';

const stage = new ApiStage();

interface Answer {
  readonly description: string;
  readonly content?: Record<string, { readonly schema: object }>;
}

interface Described {
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Record<string, { readonly schema: object }> };
  readonly responses: Record<string, Answer>;
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Record<string, Record<string, Described>>;
}

let document: Document;

beforeAll(async () => {
  const response = await fetch(`${stage.server.url}/openapi.json`);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  document = (await response.json()) as Document;
});

function described(operation: Operation): Described {
  const { method, path } = routeOf(operation);
  const found = document.paths[path]?.[method.toLowerCase()];
  if (!found) throw new Error(`/openapi.json does not have ${method} ${path}.`);
  return found;
}

describe('GET /openapi.json', () => {
  test('is valid OpenAPI 3.1, by the schema of the specification', async () => {
    const validator = new Validator();
    expect(await validator.validate({ ...structuredClone(document) })).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  test('names the server and its version as GET /v1/me does', async () => {
    const { server } = await stage.root.getMe();
    expect(document.info).toMatchObject({ title: 'Bellhop', version: server.version });
  });

  test('has every route of the table, and no other', () => {
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map((each) => each.operationId),
    );
    expect(ids.toSorted()).toEqual(operations.toSorted());
  });

  test.each(operations)('%s: parameters, body and answers are those of the table', (operation) => {
    const route = routeOf(operation);
    const { parameters, requestBody, responses } = described(operation);
    const inPath = parameters.filter((parameter) => parameter.in === 'path');
    expect(inPath.map(({ name }) => `{${name}}`)).toEqual(route.path.match(/\{\w+\}/g) ?? []);
    expect(inPath.every(({ required }) => required)).toBe(true);
    expect(requestBody?.required).toBe(route.body ? !route.bodyOptional : undefined);
    const success = responses[route.status];
    const type = route.stream ? 'text/event-stream' : 'application/json';
    expect(Object.keys(success?.content ?? {})).toEqual(route.response ? [type] : []);
    const problems = Object.entries(responses).filter(([status]) => status !== String(route.status));
    for (const [status, answer] of problems) {
      expect(status).toMatch(/^[45]\d\d$/);
      expect(answer.content).toEqual({
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      });
    }
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403', '422', '503']));
  });

  test('optional parameters are not required, and the others are', () => {
    const required = (operation: Operation) =>
      Object.fromEntries(described(operation).parameters.map(({ name, required: must }) => [name, must]));
    expect(required('listEvents')).toEqual({ limit: false, cursor: false, provider: false, type: false });
    expect(required('getHookSample')).toEqual({ provider: true, event: true, filter: false });
    expect(required('publishEvent')).toEqual({ 'idempotency-key': false });
  });
});

describe('what the live server answers', () => {
  // A world for each, as many of them change or delete what they name.
  test.each(operations)('%s: its documented status and every documented field, and no other', async (operation) => {
    const world = await makeWorld(stage);
    const { status } = await stage.send(toRaw(stage, world, operation));
    expect(status).toBe(routeOf(operation).status);
    expect(answered.has(operation)).toBe(true);
  });
});
