import app from 'bellhop-zapier/index';
import { connect } from 'bellhop-zapier/server';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Bundle, ZObject } from 'zapier-platform-core';
import zapier from 'zapier-platform-core';

/* The messages when a request fails. The real core makes the requests; nock answers them. */

const host = 'bellhop.example.com';
const server = `https://${host}`;
// Unless told not to, the core puts its own `http.request` in the place of Node's, for every test file that comes later in
// the process: one that only knows two arguments, so that what is posted with three goes out as a GET.
const run = zapier.createAppTester({ ...app, flags: { skipHttpPatch: true } });
const trigger = app.triggers.boltcall_new_lead;
const id = 'wh_0190a5d2-7c1e-7b3a-9f00-3d6b8e2a4c51';
const signing_secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

const bundle: Partial<Bundle> = {
  authData: { server_url: server, api_key: 'sk_live_abc' },
  targetUrl: 'https://hooks.zapier.com/hooks/standard/1/abc/',
  subscribeData: { id, signing_secret } as { id: string },
};

type Perform = Parameters<typeof run>[0];

/** Every call that the app makes, and what a customer is doing at that moment. */
const calls = [
  { moment: 'connecting the account', method: 'get', path: '/v1/me', perform: app.authentication?.test },
  { moment: 'turning the Zap on', method: 'post', path: '/v1/hooks', perform: operation('performSubscribe') },
  {
    moment: 'turning the Zap off',
    method: 'delete',
    path: `/v1/hooks/${id}`,
    perform: operation('performUnsubscribe'),
  },
  {
    moment: 'testing the trigger',
    method: 'get',
    path: '/v1/hooks/sample?provider=boltcall&event=new_lead',
    perform: operation('performList'),
  },
] as const;
const afterwards = calls.filter(({ path }) => path !== '/v1/me');
const [connecting] = calls;

function operation(name: 'performSubscribe' | 'performUnsubscribe' | 'performList'): unknown {
  return (trigger?.operation as unknown as Record<string, unknown> | undefined)?.[name];
}

type Call = (typeof calls)[number];

function answered({ method, path }: Call, status: number, body: string | object, headers: Record<string, string> = {}) {
  nock(server).intercept(path, method.toUpperCase()).reply(status, body, headers);
}

async function failure({ perform }: Call): Promise<{ name: string; message: string; status?: number; delay?: number }> {
  const thrown: unknown = await run(perform as Perform, bundle).catch((error: unknown) => error);
  if (!(thrown instanceof Error)) throw new Error(`It did not fail: ${JSON.stringify(thrown)}`);
  // Zapier's own errors carry their parts as JSON.
  const parts = thrown.message.startsWith('{') ? (JSON.parse(thrown.message) as object) : { message: thrown.message };
  return { name: thrown.name, message: '', ...parts };
}

function problem(status: number, code: string, detail: string, errors?: { field: string; message: string }[]) {
  return { type: `urn:bellhop:problem:${code}`, title: code, status, code, detail, ...(errors ? { errors } : {}) };
}

const html = '<!doctype html><title>Welcome</title><p>A page.';

beforeAll(() => {
  if (!nock.isActive()) nock.activate();
  nock.disableNetConnect();
});
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
});
// What nock changes belongs to the process, which goes on to other test files.
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

describe('401', () => {
  const unauthorized = problem(401, 'unauthorized', 'This API key is unknown or was revoked.');

  test('while connecting says which key to look at', async () => {
    answered(connecting, 401, unauthorized);
    expect(await failure(connecting)).toEqual({
      name: 'AppError',
      message: `${host} does not know this API key. Copy the whole key again or create a new one, and check that the server address is right.`,
      code: 'unauthorized',
      status: 401,
    });
  });

  test.each(afterwards)('while $moment asks for a new connection', async (call) => {
    answered(call, 401, unauthorized);
    expect(await failure(call)).toEqual({
      name: 'ExpiredAuthError',
      message: `${host} does not know this API key. Reconnect your Bellhop account with a new API key.`,
    });
  });

  test.each(afterwards)('while $moment, from something before the server, does too', async (call) => {
    answered(call, 401, html);
    expect((await failure(call)).name).toBe('ExpiredAuthError');
  });
});

describe('403', () => {
  test.each(calls)('while $moment says which key is needed', async (call) => {
    answered(call, 403, problem(403, 'forbidden', 'This needs an API key with the scope "webhooks:write".'));
    const { name, message } = await failure(call);
    expect(name).toBe('AppError');
    expect(message).toMatch(
      /^The API key is not allowed to do this\. This needs .* "webhooks:write"\. Create an API key with/,
    );
  });
});

describe('404', () => {
  test.each(calls.filter(({ method }) => method !== 'delete'))(
    'while $moment: another site stands there',
    async (call) => {
      answered(call, 404, html);
      expect(await failure(call)).toMatchObject({
        name: 'AppError',
        message: `${host} does not answer like a Bellhop server. It answered 404. Check the server address.`,
      });
    },
  );

  test.each([404, 410])('%d while turning the Zap off is fine', async (status) => {
    const [, , off] = calls;
    for (const body of [problem(status, 'not_found', 'There is no such REST hook.'), html]) {
      answered(off, status, body);
      expect(await run(off.perform as Perform, bundle)).toEqual({});
    }
  });

  test('turning off a Zap that was never subscribed makes no request', async () => {
    const [, , off] = calls;
    expect(await run(off.perform as Perform, { authData: bundle.authData ?? {} })).toEqual({});
  });
});

describe('409 and 422', () => {
  test.each(afterwards)('while $moment give the reason of the server', async (call) => {
    answered(call, 409, problem(409, 'conflict', 'The backlog of this webhook is being discarded. Try again.'));
    expect(await failure(call)).toMatchObject({
      message: 'The backlog of this webhook is being discarded. Try again.',
      status: 409,
    });
  });

  test.each([
    [
      'filter',
      'expected a value after == at character 12',
      'The filter is invalid: expected a value after == at character 12.',
    ],
    [
      'provider',
      'is not a provider of this server; use one of boltly',
      'The provider is not a provider of this server; use one of boltly.',
    ],
    [
      'events.0',
      'is not an event type of boltcall; use one of new_lead',
      'The event type is not an event type of boltcall; use one of new_lead.',
    ],
  ])('422 about %s says it in the words of the form', async (field, message, text) => {
    const [, on] = calls;
    answered(on, 422, problem(422, 'invalid_input', `Correct ${field}.`, [{ field, message }]));
    expect(await failure(on)).toEqual({ name: 'AppError', message: text, code: 'invalid_input', status: 422 });
  });
});

describe('429', () => {
  test.each(calls)('while $moment lets Zapier try again after the time that was asked for', async (call) => {
    answered(call, 429, html, { 'retry-after': '17' });
    expect(await failure(call)).toMatchObject({ name: 'ThrottledError', delay: 17 });
  });

  test('without a time leaves it to Zapier', async () => {
    answered(connecting, 429, '');
    expect(await failure(connecting)).toMatchObject({ name: 'ThrottledError', delay: null });
  });
});

describe('5xx', () => {
  test.each(calls)('while $moment says that it is worth trying again', async (call) => {
    answered(call, 503, problem(503, 'unavailable', 'The database does not answer.'));
    expect(await failure(call)).toMatchObject({
      name: 'AppError',
      message: `${host} answered 503. The database does not answer. Try again in a few minutes.`,
      status: 503,
    });
    answered(call, 502, html);
    expect((await failure(call)).message).toBe(`${host} answered 502. Try again in a few minutes.`);
  });
});

describe('a page that is no answer of a server of ours', () => {
  const message = `${host} does not answer like a Bellhop server. It answered 200. Check the server address.`;

  test.each(calls.filter(({ method }) => method !== 'delete'))('while $moment', async (call) => {
    for (const body of [html, '', '{}', '[]', 'null', '{"data":[{"id":1}]}']) {
      answered(call, 200, body);
      expect(await failure(call)).toMatchObject({ name: 'AppError', message });
    }
  });

  test('not even when it looks like one', async () => {
    answered(connecting, 200, { organization: { name: 'Acme' }, scopes: ['admin'], server: { name: 'other' } });
    expect(await failure(connecting)).toMatchObject({ message });
  });

  test.each(calls)('while $moment: a redirect is not followed, and names where to', async (call) => {
    answered(call, 301, '', { location: 'https://www.example.com/login?next=secret' });
    expect((await failure(call)).message).toBe(
      `${host} redirects to another address. Enter https://www.example.com as the server address instead.`,
    );
    answered(call, 302, '');
    expect((await failure(call)).message).toBe(`${host} redirects to another address. Check the server address.`);
  });
});

describe('no answer', () => {
  test.each([
    ['ENOTFOUND', `${host} is unknown: no server has this name. Check the server address (ENOTFOUND).`],
    [
      'ECONNREFUSED',
      `${host} cannot be reached. Check the server address, and that the server is running and can be reached from the internet (ECONNREFUSED).`,
    ],
    [
      'CERT_HAS_EXPIRED',
      `${host} has no valid TLS certificate. Ask the server's operator to renew it (CERT_HAS_EXPIRED).`,
    ],
    ['EPROTO', expect.stringMatching(/cannot be reached\. .* \(EPROTO\)\.$/)],
  ])('%s', async (code, message) => {
    for (const call of calls) {
      nock(server)
        .intercept(call.path, call.method.toUpperCase())
        .replyWithError(Object.assign(new Error(code), { code }));
      expect(await failure(call)).toMatchObject({ name: 'AppError', message });
    }
  });
});

test('an answer that does not come in time', async () => {
  const late = Object.assign(new Error('network timeout'), { name: 'FetchError', type: 'request-timeout' });
  const z = { errors: zapier.errors, request: () => Promise.reject(late) } as unknown as ZObject;
  const answer = await connect(z, bundle as Bundle).send({ method: 'GET', url: server, headers: {}, body: undefined });
  expect(answer).toEqual({ networkError: 'ETIMEDOUT' });
});

describe('a key that cannot be used', () => {
  const me = {
    organization: { name: 'Acme' },
    scopes: ['webhooks:read', 'webhooks:write'],
    server: { name: 'bellhop' },
  };

  test('connects when it has what the triggers need', async () => {
    answered(connecting, 200, me);
    expect(await run(connecting.perform as Perform, bundle)).toEqual({ organization_name: 'Acme', server: host });
    answered(connecting, 200, { ...me, scopes: ['admin', 'some:later'] });
    expect(await run(connecting.perform as Perform, bundle)).toEqual({ organization_name: 'Acme', server: host });
  });

  test.each([
    [
      ['webhooks:read'],
      'The API key lacks the scope webhooks:write. Create one that has webhooks:read and webhooks:write.',
    ],
    [
      ['events:write'],
      'The API key lacks the scope webhooks:read and webhooks:write. Create one that has webhooks:read and webhooks:write.',
    ],
  ])('with the scopes %j is refused at once', async (scopes, message) => {
    answered(connecting, 200, { ...me, scopes });
    expect(await failure(connecting)).toMatchObject({ message });
  });

  test("the operator's root key is refused at once", async () => {
    answered(connecting, 200, { ...me, organization: null, scopes: ['root'] });
    expect((await failure(connecting)).message).toMatch(/root key, which belongs to no organization/);
  });
});
