import { expect, test } from 'vitest';
import { ManualClock } from '../harness/manual-clock.ts';
import { Browser, linkToken } from './browser.ts';
import type { RawRequest } from './support.ts';
import { ApiStage } from './support.ts';
import { ofDashboard } from './world.ts';

const clock = new ManualClock();
const stage = new ApiStage({ clock, config: { limits: { failedAttemptsPerMinute: 3 } } });

const me = { method: 'GET', path: '/v1/me' };
let addresses = 0;

/** The headers of requests from an address that no other test has, as a proxy passes them on. */
function fresh(): Record<string, string> {
  addresses += 1;
  return { 'x-forwarded-for': `198.51.100.${addresses}` };
}

let keys = 0;

function unknownKey(): string {
  keys += 1;
  return `${String(keys).padStart(12, 'k')}-unknown`;
}

async function statusOf(request: RawRequest): Promise<number> {
  return (await stage.send(request)).status;
}

async function failThrice(headers: Record<string, string>): Promise<void> {
  for (let count = 0; count < 3; count += 1) {
    expect(await statusOf({ ...me, key: unknownKey(), headers })).toBe(401);
  }
}

test('whoever fails too often has to wait; others, and keys that are known, have not', async () => {
  const headers = fresh();
  const [known, unused] = [await stage.tenant(), await stage.tenant()];
  expect(await statusOf({ ...me, key: known.apiKey, headers })).toBe(200);
  await failThrice(headers);
  const refused = await stage.send({ ...me, key: unused.apiKey, headers });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
  expect(JSON.parse(refused.text)).toMatchObject({
    code: 'too_many_attempts',
    detail: expect.stringContaining('Wait 60 seconds'),
  });
  expect(await statusOf({ ...me, key: known.apiKey, headers })).toBe(200);
  expect(await statusOf({ ...me, key: stage.server.rootKey, headers })).toBe(200);
  expect(await statusOf({ ...me, key: unused.apiKey, headers: fresh() })).toBe(200);
  clock.advance(60_000);
  expect(await statusOf({ ...me, key: unknownKey(), headers })).toBe(401);
});

test('signing in counts, and so do cookies; a session goes on', async () => {
  const headers = fresh();
  const { organizationId } = await stage.tenant();
  const token = await linkToken(stage, organizationId);
  const browser = new Browser(stage);
  await browser.visit(organizationId);
  const signIn = (body: object) =>
    statusOf({
      method: 'POST',
      path: '/v1/session',
      headers: { ...ofDashboard, ...headers },
      body: JSON.stringify(body),
    });
  expect(await statusOf({ ...me, headers: { ...headers, ...browser.credentials } })).toBe(200);
  expect(await signIn({ api_key: unknownKey() })).toBe(401);
  expect(await signIn({ portal_token: 'x'.repeat(43) })).toBe(401);
  expect(await statusOf({ ...me, headers: { ...headers, cookie: 'bellhop_session=x' } })).toBe(401);
  expect(await signIn({ portal_token: token })).toBe(429);
  expect(await signIn({ api_key: unknownKey() })).toBe(429);
  expect(await statusOf({ ...me, headers: { ...headers, cookie: 'bellhop_session=y' } })).toBe(429);
  expect(await statusOf({ ...me, headers: { ...headers, ...browser.credentials } })).toBe(200);
});

test('the addresses of one IPv6 network count as one, and what a client writes before its proxy counts for nothing', async () => {
  const network = '2001:db8:1:2:';
  for (const [end, spoofed] of [
    [':1', '203.0.113.1, '],
    ['a:b:c:d', '203.0.113.2, '],
    [':2', ''],
  ]) {
    const headers = { 'x-forwarded-for': `${spoofed}${network}${end}` };
    expect(await statusOf({ ...me, key: unknownKey(), headers })).toBe(401);
  }
  const headers = { 'x-forwarded-for': `203.0.113.3, ${network}:3` };
  expect(await statusOf({ ...me, key: unknownKey(), headers })).toBe(429);
  expect(await statusOf({ ...me, key: unknownKey(), headers: { 'x-forwarded-for': '2001:db8:1:3::1' } })).toBe(401);
});
