import type { Operation, Scope } from '@bellhop/shared';
import { scopes } from '@bellhop/shared/api/accounts';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RawRequest } from './support.ts';
import { ApiStage, byScope, everything, fieldsOf, guarded, operations, problemOf, routeOf } from './support.ts';
import type { World } from './world.ts';
import { leavesUnchanged, makeWorld, toRaw } from './world.ts';

const stage = new ApiStage();

let world: World;
beforeAll(async () => {
  world = await makeWorld(stage);
});

/** How a request is refused that is in order but for its key. */
async function withKey(operation: Operation, key: string | undefined, headers: RawRequest['headers'] = {}) {
  return stage.refusal({ ...toRaw(stage, world, operation), key, headers });
}

/** Asks one thing of several operations; nothing changes by it. */
async function ofEach(asked: readonly Operation[], ask: (operation: Operation) => Promise<void>): Promise<void> {
  await leavesUnchanged([world], () => Promise.all(asked.map(ask)));
}

async function keyWith(granted: readonly Scope[], of = world): Promise<string> {
  const params = { id: of.organizationId };
  return (await stage.root.createApiKey({ params, body: { name: granted.join(), scopes: [...granted] } })).key;
}

describe('without a key that is known', () => {
  const unauthorized = { status: 401, code: 'unauthorized' };

  test.each<[string, () => RawRequest['headers']]>([
    ['no key', () => ({})],
    ['an empty one', () => ({ authorization: 'Bearer ', 'x-api-key': '' })],
    ['one that nobody has', () => ({ authorization: 'Bearer sk_live_nobody_has_this_key' })],
    ['one with a character too many', () => ({ 'x-api-key': `${world.tenant.apiKey}x` })],
    ['another scheme', () => ({ authorization: `Basic ${btoa(`${world.tenant.apiKey}:`)}` })],
  ])('%s: every route answers 401 and does nothing', async (_, headers) => {
    await ofEach(guarded, async (operation) => {
      expect(await withKey(operation, undefined, headers())).toMatchObject(unauthorized);
    });
  });

  test('the answer says how to give a key', async () => {
    const answer = await stage.send({ method: 'GET', path: '/v1/me' });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(JSON.parse(answer.text).detail).toContain('"Authorization: Bearer <key>" or "X-API-Key: <key>"');
  });

  test('a key that was revoked is refused from that moment on', async () => {
    const params = { id: world.organizationId };
    const created = await stage.root.createApiKey({ params, body: { name: 'old', scopes: ['admin'] } });
    const old = stage.client(created.key);
    expect(await old.getMe()).toMatchObject({ organization: params });
    await stage.root.revokeApiKey({ params: { ...params, key_id: created.id } });
    expect(await problemOf(old.getMe())).toMatchObject(unauthorized);
    await ofEach(guarded, async (operation) => {
      expect(await withKey(operation, created.key)).toMatchObject(unauthorized);
    });
    expect(await problemOf(stage.root.revokeApiKey({ params: { ...params, key_id: created.id } }))).toMatchObject({
      code: 'not_found',
    });
  });
});

describe('a key', () => {
  test('works as a bearer token, in any case of the word, and as X-API-Key', async () => {
    const { apiKey } = world.tenant;
    const ways = [
      { authorization: `Bearer ${apiKey}` },
      { authorization: `bearer ${apiKey}` },
      { 'X-API-KEY': apiKey },
    ];
    for (const headers of ways) {
      expect((await stage.send({ method: 'GET', path: '/v1/me', headers })).status).toBe(200);
    }
  });

  test('is nowhere to be read again: the list shows its first characters', async () => {
    const { data } = await stage.root.listApiKeys({ params: { id: world.organizationId } });
    const own = data.find(({ name }) => name === 'test');
    expect(own?.preview).toBe(`${world.tenant.apiKey.slice(0, 12)}…`);
    expect(JSON.stringify(data)).not.toContain(world.tenant.apiKey);
  });
});

describe('scopes', () => {
  test.each(scopes)('without %s its routes answer 403, which names it', async (scope) => {
    const key = await keyWith(scopes.filter((each) => each !== scope && each !== 'admin'));
    const routes = byScope.filter((each) => each.scope === scope).map(({ operation }) => operation);
    await ofEach(routes, async (operation) => {
      const problem = await withKey(operation, key);
      expect(problem).toMatchObject({ status: 403, code: 'forbidden' });
      expect(problem.detail).toContain(`"${scope}"`);
    });
  });

  test.each(byScope)('$operation: opened by $scope and by admin', async ({ operation, scope }) => {
    for (const granted of new Set([scope, 'admin'] as const)) {
      const fresh = await makeWorld(stage);
      // The keys of the examples have this scope, and only who has it too may give and take it.
      const key = await keyWith([granted, 'webhooks:read'], fresh);
      const { status } = await stage.send({ ...toRaw(stage, fresh, operation), key });
      expect(status).toBe(routeOf(operation).status);
    }
  });

  test('the catalogue and GET /v1/me ask for none in particular', async () => {
    const key = await keyWith(['events:write']);
    await ofEach(
      operations.filter((operation) => routeOf(operation).access === 'any'),
      async (operation) => {
        const { status } = await stage.send({ ...toRaw(stage, world, operation), key });
        expect(status).toBe(routeOf(operation).status);
      },
    );
  });
});

describe('API keys made by who is no admin', () => {
  const own = ['webhooks:read', 'webhooks:write', 'api_keys:write'] as const;

  test('have no scopes that their maker does not have: 422 that names each', async () => {
    const client = stage.client(await keyWith(own));
    const params = { id: world.organizationId };
    const asked = ['webhooks:read', 'admin', 'api_keys:write', 'events:write'] as const;
    const problem = await problemOf(client.createApiKey({ params, body: { name: 'more', scopes: [...asked] } }));
    const message = 'must be a scope of your own key: webhooks:read, webhooks:write, api_keys:write';
    expect(problem).toMatchObject({ status: 422, code: 'invalid_input' });
    expect(fieldsOf(problem)).toEqual({ 'scopes.1': message, 'scopes.3': message });
    const { scopes: granted } = await client.createApiKey({
      params,
      body: { name: 'less', scopes: ['webhooks:read'] },
    });
    expect(granted).toEqual(['webhooks:read']);
  });

  test('it sees and revokes those that may do no more than itself, and no others', async () => {
    const fresh = await makeWorld(stage);
    const params = { id: fresh.organizationId };
    const make = async (...granted: Scope[]) =>
      (await stage.root.createApiKey({ params, body: { name: granted.join(), scopes: granted } })).id;
    const less = await make('webhooks:read', 'webhooks:write');
    const same = await make(...own);
    const more = [await make('webhooks:read', 'events:write'), await make('admin')];
    const client = stage.client(await keyWith(['webhooks:read', 'webhooks:write', 'api_keys:write'], fresh));
    const listed = async () =>
      (await everything((query) => client.listApiKeys({ params, query }), 1)).map(({ id }) => id);
    expect(await listed()).toEqual([expect.any(String), same, less, fresh.keyId]);
    for (const id of more) {
      const refused = await problemOf(client.revokeApiKey({ params: { ...params, key_id: id } }));
      expect(refused).toMatchObject({ status: 404, code: 'not_found' });
    }
    await client.revokeApiKey({ params: { ...params, key_id: less } });
    expect(await listed()).not.toContain(less);
    const left = (await stage.root.listApiKeys({ params })).data.map(({ id }) => id);
    expect(left).toEqual(expect.arrayContaining([...more, same]));
  });
});

describe("the operator's root key and the organizations' keys", () => {
  const forbidden = { status: 403, code: 'forbidden' };

  test('what belongs to an organization is closed to the root key, which belongs to none', async () => {
    await ofEach(
      operations.filter((operation) => isScope(routeOf(operation).access)),
      async (operation) => {
        const problem = await withKey(operation, stage.server.rootKey);
        expect(problem).toMatchObject(forbidden);
        expect(problem.detail).toContain('Use an API key of the organization.');
      },
    );
  });

  test("what is the operator's is closed to an organization's key, whatever its scopes", async () => {
    await ofEach(
      operations.filter((operation) => routeOf(operation).access === 'root'),
      async (operation) => {
        const problem = await withKey(operation, world.tenant.apiKey);
        expect(problem).toMatchObject(forbidden);
        expect(problem.detail).toContain('root key');
      },
    );
  });

  test('an admin makes and revokes keys of the own organization', async () => {
    const { client, organizationId } = world.tenant;
    const params = { id: organizationId };
    const { id, key } = await client.createApiKey({ params, body: { name: 'mine', scopes: ['events:write'] } });
    expect((await stage.client(key).getMe()).scopes).toEqual(['events:write']);
    await client.revokeApiKey({ params: { ...params, key_id: id } });
    expect((await client.listApiKeys({ params })).data.map((each) => each.id)).not.toContain(id);
  });

  test('GET /v1/me says whose key it is, what it may do, and what server answers', async () => {
    const server = { name: 'bellhop', version: expect.stringMatching(/^\d+\.\d+\.\d+/) };
    expect(await stage.root.getMe()).toEqual({ organization: null, scopes: ['root'], server });
    const me = await stage.client(await keyWith(['webhooks:read', 'events:write'])).getMe();
    const organization = { id: world.organizationId, name: expect.stringMatching(/^Tenant /) };
    expect(me).toEqual({ organization, scopes: ['webhooks:read', 'events:write'], server });
  });
});

function isScope(access: string): access is Scope {
  return (scopes as readonly string[]).includes(access);
}
