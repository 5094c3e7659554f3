import { describe, expect, test } from 'vitest';
import type { TestOptions } from '../harness/bellhop.ts';
import { Browser, linkToken, tokenOf } from './browser.ts';
import { ApiStage } from './support.ts';

/** Which form the cookie has: it depends on how browsers reach the server. */

const token = expect.stringMatching(/^[\w-]{43}$/);
const lax = 'SameSite=Lax';
const partitioned = ['SameSite=None', 'Partitioned'];

const ways: readonly { readonly name: string; readonly options: TestOptions; readonly secure: boolean }[] = [
  { name: 'in development', options: {}, secure: false },
  { name: 'in production', options: { production: true }, secure: true },
  {
    name: 'at an https address',
    options: { config: { dashboard: { publicUrl: 'https://x.example.com/hooks' } } },
    secure: true,
  },
  {
    name: 'in production at an http address',
    options: { production: true, config: { dashboard: { publicUrl: 'http://hooks.internal' } } },
    secure: false,
  },
];

describe.each(ways)('$name', ({ options, secure }) => {
  const stage = new ApiStage(options);
  const name = secure ? '__Host-bellhop_session' : 'bellhop_session';
  const always = ['Path=/', 'Max-Age=43200', 'HttpOnly', ...(secure ? ['Secure'] : []), lax];

  test(`it is ${name}, ${secure ? '' : 'not '}Secure, and works`, async () => {
    const browser = new Browser(stage);
    await browser.signIn({ api_key: (await stage.tenant()).apiKey });
    expect(browser.set).toEqual([{ name, value: token, attributes: always }]);
    expect((await browser.send({ method: 'GET', path: '/v1/me' })).status).toBe(200);
  });
});

describe('where other sites may frame the dashboard', () => {
  const stage = new ApiStage({
    production: true,
    config: { dashboard: { publicUrl: 'https://hooks.example.com/', frameAncestors: ['https://app.example.com'] } },
  });
  const name = '__Host-bellhop_session';
  const secure = ['HttpOnly', 'Secure'];
  const cleared = [
    { name, value: '', attributes: ['Path=/', 'Max-Age=0', ...secure, lax] },
    { name, value: '', attributes: ['Path=/', 'Max-Age=0', ...secure, ...partitioned] },
  ];

  test('a portal link gives one that exists within the framing site alone, in the place of another', async () => {
    const browser = new Browser(stage);
    await browser.visit((await stage.tenant()).organizationId, { session_seconds: 60 });
    const attributes = ['Path=/', 'Max-Age=60', ...secure, ...partitioned];
    expect(browser.set).toEqual([cleared[0], { name, value: token, attributes }]);
  });

  test('an API key gives one that frames do not send', async () => {
    const browser = new Browser(stage);
    await browser.signIn({ api_key: (await stage.tenant()).apiKey });
    expect(browser.set).toEqual([
      cleared[1],
      { name, value: token, attributes: ['Path=/', 'Max-Age=43200', ...secure, lax] },
    ]);
  });

  test('signing out clears both', async () => {
    const browser = new Browser(stage);
    await browser.visit((await stage.tenant()).organizationId);
    await browser.send({ method: 'DELETE', path: '/v1/session' });
    expect(browser.set).toEqual(cleared);
  });
});

describe('where frames may be, but not by https', () => {
  const stage = new ApiStage({ config: { dashboard: { frameAncestors: ['http://localhost:3000'] } } });

  test('the cookie is as everywhere', async () => {
    const browser = new Browser(stage);
    const { organizationId } = await stage.tenant();
    await browser.signIn({ portal_token: await linkToken(stage, organizationId) });
    const attributes = ['Path=/', 'Max-Age=14400', 'HttpOnly', lax];
    expect(browser.set).toEqual([{ name: 'bellhop_session', value: token, attributes }]);
  });
});

describe('the URL of a portal link', () => {
  const production = new ApiStage({ production: true });
  const below = new ApiStage({ config: { dashboard: { publicUrl: 'https://example.com/hooks/' } } });

  async function urlFrom(stage: ApiStage, host?: string) {
    const { organizationId } = await stage.tenant();
    const path = `/v1/organizations/${organizationId}/portal-links`;
    const headers = host === undefined ? {} : { host };
    const { text } = await stage.send({ method: 'POST', path, key: stage.server.rootKey, headers });
    return new URL((JSON.parse(text) as { url: string }).url);
  }

  test('in production leads to the host of the request by https', async () => {
    const { host } = new URL(production.server.url);
    expect(await urlFrom(production)).toMatchObject({ origin: `https://${host}`, pathname: '/portal' });
  });

  test('leads to where the configuration says', async () => {
    const url = await urlFrom(below);
    expect(tokenOf(url.href)).toEqual(token);
    expect(url).toMatchObject({ origin: 'https://example.com', pathname: '/hooks/portal', search: '' });
  });
});
