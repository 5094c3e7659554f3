import { describe, expect, test } from 'vitest';
import type { PlatformId } from '../src/index.ts';
import { maskUrl, matchesAnswer, platformIds, platformProfile, platforms, recognisePlatform } from '../src/index.ts';

describe('platforms are recognised by URL', () => {
  test.each<[PlatformId, string]>([
    ['zapier', 'https://hooks.zapier.com/hooks/catch/123/abc/'],
    ['zapier', 'https://hooks.zapier.com/hooks/standard/123/abc/'],
    ['zapier', 'https://HOOKS.Zapier.com/hooks/catch/123/abc/'],
    ['make', 'https://hook.eu1.make.com/abcdefghijklmnop'],
    ['make', 'https://hook.us2.make.com/abcdefghijklmnop'],
    ['make', 'https://hook.us1.make.celonis.com/abcdefghijklmnop'],
    ['n8n', 'https://acme.app.n8n.cloud/webhook/5f0c9b1e/orders'],
    ['n8n', 'https://automation.example/n8n/webhook/5f0c9b1e'],
    ['n8n', 'https://flows.example/webhook/5f0c9b1e-3c9d-4a6b-8f1e-2d7c9b0a1e3f/orders'],
    ['n8n', 'https://n8n.example.com/webhook-test/abc'],
    [
      'power_automate',
      'https://prod-12.westeurope.logic.azure.com:443/workflows/abc/triggers/manual/paths/invoke?sig=x',
    ],
    ['power_automate', 'https://default0a1b.2c.environment.api.powerplatform.com:443/powerautomate/x/invoke?sig=x'],
    ['custom', 'https://your-app.com/webhooks/boltly'],
    ['custom', 'https://your-app.com/webhook'],
  ])('%s: %s', (platform, url) => {
    expect(recognisePlatform(new URL(url))).toBe(platform);
  });

  test.each([
    'https://hooks.zapier.com.evil.example/hooks/catch/123/abc/',
    'https://evilhooks.zapier.com/hooks/catch/123/abc/',
    'https://hooks.zapier.com@evil.example/hooks/catch/123/abc/',
    'https://evil.example/hooks.zapier.com/',
    'https://zapier.com/hooks/catch/123/abc/',
    'https://nothook.eu1.make.com/abc',
    'https://hook.eu1.make.com.evil.example/abc',
    'https://hook.eu1.make-com.example/abc',
    'https://hook.eu1.notmake.com/abc',
    'https://hook.a.b.make.com/abc',
    'https://www.make.com/abc',
    'https://logic.azure.com.evil.example/workflows/abc',
    'https://notlogic.azure.com/workflows/abc',
    'https://environment.api.powerplatform.com.evil.example/',
    'https://example.com/mywebhook/abc',
    'https://example.com/webhook/orders',
    'https://example.com/api/webhook/boltly',
    'https://example.com/n8n-guide/hooks',
    'https://example.com/?next=/webhook/abc',
  ])('a look-alike is custom: %s', (url) => {
    expect(recognisePlatform(new URL(url))).toBe('custom');
  });
});

test('every platform has a profile', () => {
  expect(platforms.map(({ id }) => id).sort()).toEqual([...platformIds].sort());
  for (const id of platformIds) expect(platformProfile(id).id).toBe(id);
});

describe('responses', () => {
  const goneRule = (id: PlatformId, status: number, body = '') =>
    platformProfile(id).gone.find((rule) => matchesAnswer(rule, status, body));
  const isBusy = (id: PlatformId, status: number, body: string) =>
    platformProfile(id).busy.some((pattern) => matchesAnswer(pattern, status, body));

  test('Zapier: 410 removes the webhook immediately', () => {
    expect(goneRule('zapier', 410)).toMatchObject({ action: 'remove', afterAnswers: 1 });
    expect(goneRule('zapier', 404)).toBeUndefined();
  });

  test('Make: 410 pauses, once it persists', () => {
    const rule = goneRule('make', 410, 'There is no scenario listening for this webhook.');
    expect(rule?.action).toBe('pause');
    expect(rule?.afterAnswers).toBeGreaterThan(1);
  });

  test('Make: 400 is busy only when its body starts with "Queue is full"', () => {
    expect(isBusy('make', 400, 'Queue is full.')).toBe(true);
    expect(isBusy('make', 400, 'Bad request: Queue is full.')).toBe(false);
    expect(isBusy('make', 500, 'Queue is full.')).toBe(false);
  });

  test('n8n: 404 pauses only when it says that the webhook is not registered', () => {
    const answer = '{"code":404,"message":"The requested webhook \\"POST abc\\" is not registered."}';
    expect(goneRule('n8n', 404, answer)).toMatchObject({ action: 'pause', afterAnswers: 1 });
    expect(goneRule('n8n', 404, '<h1>Not Found</h1>')).toBeUndefined();
    expect(goneRule('n8n', 404, '{"error":"caller +15550999 is not registered"}')).toBeUndefined();
  });

  test('Power Automate: 404 and 410 pause', () => {
    expect(goneRule('power_automate', 404)?.action).toBe('pause');
    expect(goneRule('power_automate', 410)?.action).toBe('pause');
  });

  test('a custom receiver is never gone', () => {
    for (const status of [404, 410]) expect(goneRule('custom', status)).toBeUndefined();
  });

  test('every reason says what to do', () => {
    const reasons = platforms.flatMap(({ gone }) => gone.map(({ reason }) => reason));
    for (const reason of reasons) expect(reason).toMatch(/\. [A-Z].*\.$/);
  });
});

test('the documented rate limits of Zapier and Make', () => {
  expect(platformProfile('zapier').pace).toEqual({ requests: 30, seconds: 1 });
  expect(platformProfile('make').pace).toEqual({ requests: 300, seconds: 10 });
});

describe('a masked URL keeps the host and nothing that could serve as a credential', () => {
  test.each([
    ['https://hooks.zapier.com/hooks/catch/123/abc/', 'https://hooks.zapier.com/…'],
    ['https://prod-12.logic.azure.com:8443/workflows?sig=secret', 'https://prod-12.logic.azure.com:8443/…'],
    ['https://user:password@example.com/', 'https://example.com/'],
    ['https://example.com', 'https://example.com/'],
    ['https://example.com/?token=secret', 'https://example.com/…'],
    ['https://example.com/#secret', 'https://example.com/'],
    ['not a url, secret', '(unreadable URL)'],
  ])('%s', (url, masked) => {
    expect(maskUrl(url)).toBe(masked);
  });
});
