import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TestBellhop } from '../harness/bellhop.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import { Browser, linkToken, tokenOf } from './browser.ts';
import { ApiStage, problemOf } from './support.ts';
import { ofDashboard } from './world.ts';

const clock = new ManualClock();
const theme = { name: 'Acme', color: '#112233' };
const stage = new ApiStage({ clock, config: { dashboard: { theme, sessionHours: 2 } } });

const second = 1000;
const hour = 3600 * second;
const unauthorized = { status: 401, code: 'unauthorized' };
const me = { method: 'GET', path: '/v1/me' };
const session = { method: 'GET', path: '/v1/session' };
const signOut = { method: 'DELETE', path: '/v1/session' };

/** How a browser is refused that asks who it is. */
async function refusedTo(browser: Browser) {
  return stage.refusal({ ...me, headers: browser.credentials });
}

/** How signing in is refused. */
async function refusal(body: object) {
  return stage.refusal({ method: 'POST', path: '/v1/session', headers: ofDashboard, body: JSON.stringify(body) });
}

describe('signing in with an API key', () => {
  test('answers who is signed in, and the cookie does what the key would', async () => {
    const { organizationId, apiKey, client } = await stage.tenant(['webhooks:read', 'events:write']);
    const browser = new Browser(stage);
    const signedIn = await browser.signIn({ api_key: apiKey });
    const { organization, server } = await client.getMe();
    expect(organization?.id).toBe(organizationId);
    expect(signedIn).toEqual({
      organization,
      scopes: ['webhooks:read', 'events:write'],
      kind: 'api_key',
      expires_at: new Date(clock.now() + 2 * hour).toISOString(),
      theme,
      server,
    });
    expect(JSON.parse((await browser.send(session)).text)).toEqual(signedIn);
    expect(JSON.parse((await browser.send(me)).text)).toEqual(await client.getMe());
  });

  test('the cookie is none that scripts could read, or other sites could send', async () => {
    const browser = new Browser(stage);
    await browser.signIn({ api_key: (await stage.tenant()).apiKey });
    const attributes = ['Path=/', 'Max-Age=7200', 'HttpOnly', 'SameSite=Lax'];
    const value = expect.stringMatching(/^[\w-]{43}$/);
    expect(browser.set).toEqual([{ name: 'bellhop_session', value, attributes }]);
  });

  test.each(['sk_live_nobody_has_this_key', 'x'])('%s, a key that nobody has: 401', async (key) => {
    expect(await refusal({ api_key: key })).toMatchObject({
      ...unauthorized,
      detail: expect.stringContaining('unknown'),
    });
  });

  test('the root key is refused, with what to do instead', async () => {
    const problem = await refusal({ api_key: stage.server.rootKey });
    expect(problem).toMatchObject(unauthorized);
    expect(problem.detail).toContain("Sign in with an organization's API key, or create a portal link");
  });

  test('neither a key nor a token, or both: 422', async () => {
    const both = { api_key: 'x', portal_token: 'x'.repeat(43) };
    for (const body of [{}, both]) {
      expect(await refusal(body)).toMatchObject({
        status: 422,
        errors: [{ message: expect.stringContaining('either') }],
      });
    }
  });

  test('ends when its time is over, to the millisecond', async () => {
    const browser = new Browser(stage);
    await browser.signIn({ api_key: (await stage.tenant()).apiKey });
    clock.advance(2 * hour - 1);
    expect((await browser.send(me)).status).toBe(200);
    clock.advance(1);
    const problem = await refusedTo(browser);
    expect(problem).toMatchObject({ ...unauthorized, detail: expect.stringContaining('Sign in again') });
  });

  test('ends with the key, at once, and so do links that it made and their sessions', async () => {
    const { organizationId, apiKey, client } = await stage.tenant();
    const params = { id: organizationId };
    const [own, customer] = [new Browser(stage), new Browser(stage)];
    await own.signIn({ api_key: apiKey });
    const token = tokenOf((await client.createPortalLink({ params })).url);
    await customer.signIn({ portal_token: token });
    const another = new Browser(stage);
    await another.visit(organizationId);
    const { data } = await stage.root.listApiKeys({ params });
    await stage.root.revokeApiKey({ params: { ...params, key_id: data[0]?.id ?? '' } });
    expect(await refusedTo(own)).toMatchObject(unauthorized);
    expect(await refusedTo(customer)).toMatchObject(unauthorized);
    expect(await refusal({ portal_token: token })).toMatchObject(unauthorized);
    expect((await another.send(me)).status).toBe(200);
  });
});

describe('signing out', () => {
  test('ends the session for whoever has the cookie, and clears it', async () => {
    const browser = new Browser(stage);
    await browser.signIn({ api_key: (await stage.tenant()).apiKey });
    const stolen = browser.credentials;
    expect((await browser.send(signOut)).status).toBe(204);
    const attributes = ['Path=/', 'Max-Age=0', 'HttpOnly', 'SameSite=Lax'];
    expect(browser.set).toEqual([{ name: 'bellhop_session', value: '', attributes }]);
    expect(await stage.refusal({ ...me, headers: stolen })).toMatchObject(unauthorized);
  });

  test('other sessions go on', async () => {
    const { apiKey } = await stage.tenant();
    const [one, other] = [new Browser(stage), new Browser(stage)];
    await one.signIn({ api_key: apiKey });
    await other.signIn({ api_key: apiKey });
    await one.send(signOut);
    expect((await other.send(me)).status).toBe(200);
  });

  test('with an API key there is nothing to end, and nobody has to say so', async () => {
    const { apiKey } = await stage.tenant();
    for (const key of [apiKey, stage.server.rootKey]) {
      const answer = await stage.send({ ...signOut, key });
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([204, []]);
      expect((await stage.send({ ...me, key })).status).toBe(200);
    }
  });
});

describe('GET /v1/session', () => {
  test('with an API key itself: no end, and the theme of the configuration', async () => {
    const { client } = await stage.tenant(['webhooks:read']);
    const expected = { kind: 'api_key', scopes: ['webhooks:read'], expires_at: null, theme };
    expect(await client.getSession()).toMatchObject(expected);
  });

  test('with the root key: 403, as it belongs to no organization', async () => {
    expect(await problemOf(stage.root.getSession())).toMatchObject({ status: 403, code: 'forbidden' });
  });

  test('without anything: 401', async () => {
    expect(await stage.refusal(session)).toMatchObject(unauthorized);
  });
});

describe('a portal link', () => {
  test('is a URL of this server whose token no server is sent, and lets a customer in', async () => {
    const { organizationId } = await stage.tenant();
    const { url, expires_at } = await stage.root.createPortalLink({ params: { id: organizationId } });
    expect(url).toMatch(new RegExp(`^${stage.server.url}/portal#[\\w-]{43}$`));
    expect(expires_at).toBe(new Date(clock.now() + 600 * second).toISOString());
    const browser = new Browser(stage);
    expect(await browser.signIn({ portal_token: tokenOf(url) })).toMatchObject({
      organization: { id: organizationId },
      kind: 'portal',
      scopes: ['webhooks:read', 'webhooks:write', 'api_keys:write'],
      expires_at: new Date(clock.now() + 4 * hour).toISOString(),
      theme,
    });
    expect(browser.set).toMatchObject([{ attributes: expect.arrayContaining(['Max-Age=14400', 'SameSite=Lax']) }]);
    expect((await browser.send({ method: 'GET', path: '/v1/webhooks' })).status).toBe(200);
  });

  test('may be opened again until it expires; then it has, like one that never was', async () => {
    const { organizationId } = await stage.tenant();
    const portal_token = await linkToken(stage, organizationId, { expires_in_seconds: 60, session_seconds: 90 });
    await new Browser(stage).signIn({ portal_token });
    clock.advance(60 * second - 1);
    const browser = new Browser(stage);
    await browser.signIn({ portal_token });
    clock.advance(1);
    const expired = await refusal({ portal_token });
    expect(expired).toMatchObject({
      ...unauthorized,
      detail: expect.stringContaining('This link has expired, was revoked or was used.'),
    });
    expect(await refusal({ portal_token: 'x'.repeat(43) })).toEqual(expired);
    expect((await browser.send(me)).status).toBe(200);
    clock.advance(90 * second - 1);
    expect(await refusedTo(browser)).toMatchObject(unauthorized);
  });

  test('its token is none of a session, nor an API key; and the other way about', async () => {
    const { organizationId, apiKey } = await stage.tenant();
    const token = await linkToken(stage, organizationId);
    const browser = new Browser(stage);
    await browser.signIn({ portal_token: token });
    expect(await stage.refusal({ ...me, headers: { cookie: `bellhop_session=${token}` } })).toMatchObject(unauthorized);
    for (const key of [token, browser.token]) expect(await stage.refusal({ ...me, key })).toMatchObject(unauthorized);
    expect(await refusal({ portal_token: browser.token })).toMatchObject(unauthorized);
    expect(await stage.refusal({ ...me, headers: { cookie: `bellhop_session=${apiKey}` } })).toMatchObject(
      unauthorized,
    );
  });

  test('what it says of the theme counts more than the configuration, also long after it has expired', async () => {
    const { organizationId } = await stage.tenant();
    const browser = new Browser(stage);
    const wishes = { theme: { color: '#445566' }, session_seconds: 7200, expires_in_seconds: 60 };
    const merged = { name: 'Acme', color: '#445566' };
    expect((await browser.visit(organizationId, wishes)).theme).toEqual(merged);
    clock.advance(2 * hour - 1);
    expect(JSON.parse((await browser.send(session)).text).theme).toEqual(merged);
  });

  test('an admin makes them for the own organization, as a key and as a session; others do not', async () => {
    const { organizationId, client } = await stage.tenant(['admin']);
    const body = { scopes: ['admin' as const] };
    const { url } = await client.createPortalLink({ params: { id: organizationId }, body });
    const admin = new Browser(stage);
    expect((await admin.signIn({ portal_token: tokenOf(url) })).scopes).toEqual(['admin']);
    const path = `/v1/organizations/${organizationId}/portal-links`;
    expect((await admin.send({ method: 'POST', path })).status).toBe(201);
    const foreign = (await stage.tenant()).client;
    const refused = await problemOf(foreign.createPortalLink({ params: { id: organizationId } }));
    expect(refused).toMatchObject({ status: 404, code: 'not_found' });
  });

  test.each<[object, string]>([
    [{ expires_in_seconds: 59 }, 'expires_in_seconds'],
    [{ session_seconds: 86_401 }, 'session_seconds'],
    [{ scopes: [] }, 'scopes'],
    [{ theme: { color: 'red;} body {' } }, 'theme.color'],
    [{ theme: { logo: 'https://example.com/logo.png' } }, 'theme.logo'],
  ])('%j: 422', async (body, field) => {
    const path = `/v1/organizations/${(await stage.tenant()).organizationId}/portal-links`;
    const problem = await stage.refusal({
      method: 'POST',
      path,
      key: stage.server.rootKey,
      body: JSON.stringify(body),
    });
    expect(problem).toMatchObject({ status: 422, errors: [{ field }] });
  });
});

describe('what is kept', () => {
  test('sessions and links go on after a restart; neither they nor keys stand in the database or the log', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'bellhop-sessions-'));
    const first = await TestBellhop.start({ dataDir });
    const { organizationId, apiKey } = await first.tenant();
    const { url } = await first.root.createPortalLink({ params: { id: organizationId } });
    const start = async (server: TestBellhop, body: object) => {
      const headers = { ...ofDashboard, 'content-type': 'application/json' };
      const address = `${server.url}/v1/session`;
      const response = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) });
      expect(response.status).toBe(201);
      return response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    };
    const ofKey = await start(first, { api_key: apiKey });
    await first.stop();
    const again = await TestBellhop.start({ dataDir });
    const ofLink = await start(again, { portal_token: tokenOf(url) });
    for (const cookie of [ofKey, ofLink]) {
      const answer = await fetch(`${again.url}/v1/session`, { headers: { cookie } });
      expect(await answer.json()).toMatchObject({ organization: { id: organizationId } });
    }
    await again.stop();
    const secrets = [apiKey, tokenOf(url), ...[ofKey, ofLink].map((cookie) => cookie.split('=')[1] ?? '')];
    const files = await Promise.all((await readdir(dataDir)).map((name) => readFile(join(dataDir, name), 'latin1')));
    const told = [...files, JSON.stringify([first.log, again.log])].join();
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThanOrEqual(43);
      expect(told).not.toContain(secret);
    }
    await rm(dataDir, { recursive: true });
  });
});
