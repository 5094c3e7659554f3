import { randomUUID } from 'node:crypto';
import type { Operation } from '@bellhop/shared';
import { beforeAll, describe, expect, test } from 'vitest';
import { templateOf } from './strict-fetch.ts';
import { ApiStage, operations, routeOf } from './support.ts';
import type { World } from './world.ts';
import { examples, leavesUnchanged, makeWorld, toRaw } from './world.ts';

const stage = new ApiStage();

let world: World;
let foreign: World;
beforeAll(async () => {
  world = await makeWorld(stage);
  foreign = await makeWorld(stage);
});

type Params = Record<string, string>;

/** The ids in the path of an operation's request: everything there that is not the name of something in the catalogue. */
function idsOf(of: World, operation: Operation): Params {
  const { params = {} } = examples(of)[operation] as { params?: Params };
  return Object.fromEntries(Object.entries(params).filter(([, value]) => /_[0-9a-f-]{36}$/.test(value)));
}

const withIds = operations.filter((operation) => /\{(?:\w+_)?id\}/.test(routeOf(operation).path));

/** How a request of the world is refused when it names something else. */
async function refusedWith(operation: Operation, params: Params, key = world.tenant.apiKey) {
  return stage.refusal({ ...toRaw(stage, world, operation, params), key });
}

const notFound = { status: 404, code: 'not_found' };

describe('an id', () => {
  test.each(withIds)("%s: another organization's is a 404, like one that nobody has", async (operation) => {
    const own = idsOf(world, operation);
    await leavesUnchanged([world, foreign], async () => {
      for (const [name, id] of Object.entries(idsOf(foreign, operation))) {
        const theirs = await refusedWith(operation, { ...own, [name]: id });
        expect(theirs).toMatchObject(notFound);
        const nobodys = await refusedWith(operation, { ...own, [name]: id.replace(/_.*/, `_${randomUUID()}`) });
        expect(theirs).toEqual(nobodys);
      }
      expect(await refusedWith(operation, idsOf(foreign, operation))).toMatchObject(notFound);
    });
  });

  test.each(withIds)('%s: one that cannot be is a 404', async (operation) => {
    const own = idsOf(world, operation);
    await leavesUnchanged([world], async () => {
      for (const [name, id] of Object.entries(own)) {
        const cut = [id.slice(0, -1), `${id}0`, id.toUpperCase(), id.replace(/^[a-z]+/, 'xyz')];
        for (const impossible of [...cut, '1', 'null', '%00', '..%2F..', "'", '💥']) {
          expect(await refusedWith(operation, { ...own, [name]: impossible })).toMatchObject(notFound);
        }
      }
    });
  });

  test('of an organization that nobody has is a 404 for the operator too', async () => {
    const params = { id: `org_${randomUUID()}` };
    for (const operation of ['createApiKey', 'listApiKeys'] as const) {
      expect(await refusedWith(operation, params, stage.server.rootKey)).toMatchObject(notFound);
    }
  });

  test('of an endpoint of another provider is none of the developer-access API', async () => {
    const { client } = world.tenant;
    const body = { provider: 'salpre', events: ['call_started'], url: world.url };
    const [type] = (await client.getProvider({ params: { provider: 'salpre' } })).events.map((event) => event.type);
    const { id } = await client.createWebhook({ body: { ...body, events: [type ?? ''] } });
    expect(await refusedWith('deleteDeveloperAccessWebhook', { id })).toMatchObject(notFound);
  });
});

describe('the name of something that the catalogue does not have: 404', () => {
  const names = ['acme', '__proto__', 'constructor', 'Boltly', ' ', '%E2%98%83', 'a'.repeat(300)];
  const byProvider = operations.filter((operation) => routeOf(operation).path.includes('{provider}'));

  test.each(byProvider)('%s: a provider', async (operation) => {
    for (const provider of names) {
      expect(await refusedWith(operation, { provider, type: 'message.received' })).toMatchObject(notFound);
    }
  });

  test('an event type, or one of another provider', async () => {
    for (const type of [...names, 'new_lead']) {
      const problem = await refusedWith('getEventType', { provider: 'boltly', type });
      expect(problem).toMatchObject(notFound);
    }
  });

  test('settings of a provider that has none', async () => {
    expect(await refusedWith('getProviderSettings', { provider: 'boltly' })).toMatchObject(notFound);
  });
});

describe('an address', () => {
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
  const paths = [...new Set(operations.map((operation) => routeOf(operation).path))];

  test.each(paths)('%s: a method that it does not have is a 405 that lists those it has', async (path) => {
    const concrete = path.replace(/\{\w+\}/g, 'x');
    const possible = operations.map(routeOf).filter((route) => templateOf(route).test(concrete));
    const own = possible.filter((route) => route.path === path).map(({ method }) => method as string);
    for (const method of methods.filter((each) => possible.every((route) => route.method !== each))) {
      const answer = await stage.send({ method, path: concrete, key: world.tenant.apiKey });
      expect(answer.status).toBe(405);
      expect(answer.headers.get('allow')?.split(', ').toSorted()).toEqual(own.toSorted());
      expect(JSON.parse(answer.text)).toMatchObject({ code: 'method_not_allowed' });
    }
  });

  test.each([
    '/v1',
    '/v1/',
    '/v1/nothing',
    '/index.html',
    '/webhook',
    '/assets/',
    '/assets/..%2findex.html',
    '/v1/webhooks/',
    '/v1/Webhooks',
    '//v1/me',
    '/v2/me',
    '/v1/me/more',
    '/v1/webhooks%2Fpreview',
    '/.env',
    '/v1/..%2f..%2fetc%2fpasswd',
  ])('%s is none: 404', async (path) => {
    const problem = await stage.refusal({ method: 'GET', path, key: world.tenant.apiKey });
    expect(problem).toMatchObject(notFound);
  });

  test.each(['/v1/webhooks/%', '/v1/webhooks/%E0%A4%A', '/v1/providers/%ff/events/x', '/%'])(
    '%s, which cannot be decoded, is a 404',
    async (path) => {
      expect(await stage.refusal({ method: 'GET', path, key: world.tenant.apiKey })).toMatchObject(notFound);
    },
  );

  test('HEAD answers as GET does, without a body', async () => {
    const answer = await stage.send({ method: 'HEAD', path: '/v1/providers', key: world.tenant.apiKey });
    expect(answer).toMatchObject({ status: 200, text: '' });
  });
});

describe('a query', () => {
  const paged = operations.filter((operation) => routeOf(operation).query?.shape.limit);

  test.each(paged)('%s: limit, cursor and unknown names are checked: 422 that names them', async (operation) => {
    const wrong: [string, string][] = [
      ['limit', '0'],
      ['limit', '101'],
      ['limit', '-1'],
      ['limit', '1.5'],
      ['limit', 'many'],
      ['limit', ''],
      ['cursor', 'abc'],
      ['cursor', "wh_' OR 1=1 --"],
      ['colour', 'red'],
      ['limit[]', '1'],
    ];
    for (const [name, value] of wrong) {
      const { path, ...request } = toRaw(stage, world, operation);
      const problem = await stage.refusal({
        ...request,
        path: `${path}?${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
      });
      expect(problem).toMatchObject({ status: 422, code: 'invalid_input', errors: [{ field: name }] });
    }
  });

  test('a name that is given twice is refused', async () => {
    const request = { method: 'GET', key: world.tenant.apiKey };
    for (const path of ['/v1/webhooks?limit=1&limit=2', '/v1/webhooks?provider=boltly&provider=salpre']) {
      expect(await stage.refusal({ ...request, path })).toMatchObject({ status: 422, code: 'invalid_input' });
    }
  });

  test('the sample of a hook needs a provider and one of its event types', async () => {
    const ask = (search: string) =>
      stage.refusal({ method: 'GET', path: `/v1/hooks/sample${search}`, key: world.tenant.apiKey });
    expect((await ask('')).errors?.map(({ field }) => field)).toEqual(['provider', 'event']);
    expect((await ask('?provider=acme&event=x')).errors?.[0]?.message).toContain('use one of boltcall, boltly');
    expect((await ask('?provider=boltly&event=new_lead')).errors).toEqual([
      { field: 'event', message: expect.stringContaining('use one of message.received') },
    ]);
  });
});
