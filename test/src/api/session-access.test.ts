import { scopes } from '@bellhop/shared/api/accounts';
import { beforeAll, describe, expect, test } from 'vitest';
import { Browser } from './browser.ts';
import type { RawRequest } from './support.ts';
import { ApiStage, byScope, guarded, operations, routeOf } from './support.ts';
import type { World } from './world.ts';
import { leavesUnchanged, makeWorld, ofDashboard, toRaw } from './world.ts';

const stage = new ApiStage();

let world: World;
let browser: Browser;
beforeAll(async () => {
  world = await makeWorld(stage);
  browser = new Browser(stage);
  await browser.visit(world.organizationId, { scopes: ['admin'] });
});

/** A request as another page than the dashboard's would have the browser make it. */
async function forged(request: RawRequest, headers: Record<string, string>) {
  return stage.refusal({ ...request, key: undefined, headers: { cookie: browser.cookie, ...headers } });
}

const forbidden = { status: 403, code: 'forbidden' };

describe('with a session', () => {
  test.each(scopes)('without %s its routes answer 403, which names it', async (scope) => {
    const weaker = new Browser(stage);
    await weaker.visit(world.organizationId, { scopes: scopes.filter((each) => each !== scope && each !== 'admin') });
    const closed = byScope.filter((each) => each.scope === scope).map(({ operation }) => operation);
    await leavesUnchanged([world], async () => {
      for (const operation of closed) {
        const { status, text } = await weaker.send(toRaw(stage, world, operation));
        expect({ operation, status, ...JSON.parse(text) }).toMatchObject({ operation, ...forbidden });
        expect(JSON.parse(text).detail).toContain(`"${scope}"`);
      }
    });
  });

  test.each(byScope)('$operation: opened by $scope', async ({ operation, scope }) => {
    const fresh = await makeWorld(stage);
    const visitor = new Browser(stage);
    await visitor.visit(fresh.organizationId, { scopes: [scope, 'webhooks:read'] });
    const { status } = await visitor.send(toRaw(stage, fresh, operation));
    expect(status).toBe(routeOf(operation).status);
  });

  test("what is the operator's alone is closed, whatever its scopes", async () => {
    for (const operation of operations.filter((each) => routeOf(each).access === 'root')) {
      const { status, text } = await browser.send(toRaw(stage, world, operation));
      expect(status).toBe(403);
      expect(JSON.parse(text).detail).toContain('root key');
    }
  });

  test("another organization's ids are 404s", async () => {
    const foreign = await makeWorld(stage);
    const withIds = guarded.filter((operation) => /\{(?:\w+_)?id\}/.test(routeOf(operation).path));
    await leavesUnchanged([world, foreign], async () => {
      for (const operation of withIds) {
        const { status, text } = await browser.send(toRaw(stage, foreign, operation));
        expect({ operation, status, code: JSON.parse(text).code }).toEqual({
          operation,
          status: 404,
          code: 'not_found',
        });
      }
    });
  });
});

describe('a request that another site has a browser make', () => {
  const changing = operations.filter((operation) => routeOf(operation).method !== 'GET');
  const says = expect.stringContaining('"Bellhop-Request: dashboard"');

  test.each<[string, Record<string, string>]>([
    ['without the header of the dashboard', {}],
    ['with another value of it', { 'bellhop-request': 'yes' }],
    ['from another site', { ...ofDashboard, 'sec-fetch-site': 'cross-site' }],
    ['from another host of the same site', { ...ofDashboard, 'sec-fetch-site': 'same-site' }],
    ['from no page', { ...ofDashboard, 'sec-fetch-site': 'none' }],
  ])('%s: every route that may change something answers 403, signing in as well', async (_, headers) => {
    await leavesUnchanged([world], async () => {
      for (const operation of changing) {
        const { headers: __, ...request } = toRaw(stage, world, operation);
        expect({ operation, ...(await forged(request, headers)) }).toMatchObject({
          operation,
          ...forbidden,
          detail: says,
        });
      }
    });
  });

  test('signing in without a cookie is refused likewise, and sets none', async () => {
    const request = { ...toRaw(stage, world, 'createSession'), headers: {} };
    const answer = await stage.send(request);
    expect(JSON.parse(answer.text)).toMatchObject(forbidden);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test('from the dashboard itself it is taken', async () => {
    const { webhookId: id } = world;
    const pause = { method: 'POST', path: `/v1/webhooks/${id}/pause`, headers: { 'sec-fetch-site': 'same-origin' } };
    expect((await browser.send(pause)).status).toBe(200);
    expect((await browser.send({ ...pause, path: `/v1/webhooks/${id}/resume` })).status).toBe(200);
  });

  test('no page of another origin may read an answer, or ask whether it may send the header', async () => {
    const origin = { origin: 'https://evil.example', cookie: browser.cookie };
    const preflight = {
      ...origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'bellhop-request',
    };
    const answers = [
      await stage.send({ method: 'GET', path: '/v1/me', headers: origin }),
      await stage.send({ method: 'OPTIONS', path: '/v1/session', headers: preflight }),
      await stage.send({ method: 'OPTIONS', path: '/v1/webhooks', headers: preflight }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 405, 405]);
    for (const { headers } of answers) {
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    }
  });
});

describe('an API key beside the cookie', () => {
  test('decides: one that is not known is refused, and one that is needs no header', async () => {
    const me = { method: 'GET', path: '/v1/me', headers: { cookie: browser.cookie } };
    expect(await stage.refusal({ ...me, key: 'sk_live_nobody_has_this_key' })).toMatchObject({ status: 401 });
    const other = await stage.tenant();
    const { text } = await stage.send({ ...me, key: other.apiKey });
    expect(JSON.parse(text).organization.id).toBe(other.organizationId);
    const { webhookId: id } = world;
    const resume = { method: 'POST', path: `/v1/webhooks/${id}/resume`, headers: { cookie: browser.cookie } };
    expect((await stage.send({ ...resume, key: world.tenant.apiKey })).status).toBe(200);
  });

  test('a header of another kind is none: what a proxy asks for may stand beside the cookie', async () => {
    const headers = { cookie: browser.cookie, authorization: `Basic ${btoa('user:password')}` };
    expect((await stage.send({ method: 'GET', path: '/v1/me', headers })).status).toBe(200);
  });
});

describe('a cookie', () => {
  test.each(['', 'x', 'x'.repeat(43), '"quoted"', '%', 'a=b'])(
    'bellhop_session=%s is none of a session: 401',
    async (value) => {
      const headers = { cookie: `theme=dark; bellhop_session=${value}; more` };
      expect(await stage.refusal({ method: 'GET', path: '/v1/me', headers })).toMatchObject({ status: 401 });
    },
  );

  test('is found among others', async () => {
    const headers = { cookie: `theme=dark;${browser.cookie} ; last=1` };
    expect((await stage.send({ method: 'GET', path: '/v1/me', headers })).status).toBe(200);
  });
});

test('no answer of the API is kept by a cache', async () => {
  for (const request of [
    { method: 'GET', path: '/v1/me', key: world.tenant.apiKey },
    { method: 'GET', path: '/v1/me' },
    { method: 'GET', path: '/v1/webhooks/%' },
    { method: 'PUT', path: '/v1/me' },
    { method: 'GET', path: '/v1/nothing' },
  ]) {
    const { headers } = await stage.send(request);
    expect(headers.get('cache-control')).toBe('no-store');
  }
});
