import { describe, expect, test } from 'vitest';
import type { AnswerPattern, PlatformId } from '../src/index.ts';
import { maskUrl, matchesAnswer, platformIds, platformProfile, platforms, recognisePlatform } from '../src/index.ts';
import type { PlatformAnswer } from './platform-answers.ts';
import { platformAnswers } from './platform-answers.ts';

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

/** What an answer means, in the order of `attempt/decide.ts`. */
function meaningOf(id: PlatformId, { status, type, body }: Pick<PlatformAnswer, 'status' | 'type' | 'body'>) {
  const { gone, busy, meanings } = platformProfile(id);
  const isIt = (pattern: AnswerPattern) => matchesAnswer(pattern, status, body, type);
  const rule = gone.find(isIt);
  if (rule) return { means: rule.action, reason: rule.reason };
  const pattern = busy.find(isIt);
  if (status === 429 || pattern) return { means: 'busy', reason: pattern?.reason };
  if (status >= 200 && status < 300) return { means: 'success' };
  const meaning = meanings.find(isIt);
  return meaning ? { means: 'explained', reason: meaning.reason } : { means: 'failure' };
}

describe('responses', () => {
  test.each(platformAnswers.map((answer) => [`${answer.platform}, ${answer.when}: ${answer.means}`, answer] as const))(
    '%s',
    (_, answer) => {
      expect(meaningOf(answer.platform, answer).means).toBe(answer.means);
    },
  );

  test.each(platformAnswers)('a custom receiver that answers like $platform, $when, is not stopped', (answer) => {
    const { means } = meaningOf('custom', answer);
    const isOfN8nAlone = answer.body === 'n8n is starting up. Please wait';
    if (answer.status === 429 || isOfN8nAlone) expect(means).toBe('busy');
    else expect(means).toBe(answer.status < 300 ? 'success' : 'failure');
  });

  test('no platform is stopped by what another one says of itself', () => {
    const own = platformAnswers.filter(({ means, status }) => /^(?:remove|pause)$/.test(means) && status !== 410);
    const others = own.flatMap((answer) =>
      platformIds.filter((id) => id !== answer.platform && id !== 'power_automate').map((id) => meaningOf(id, answer)),
    );
    expect(others.length).toBeGreaterThan(10);
    for (const { means } of others) expect(means).toBe('failure');
  });

  test('n8n: an application that says that something is not registered is not paused', () => {
    const body = '{"error":"caller +15550999 is not registered"}';
    expect(meaningOf('n8n', { status: 404, type: 'application/json', body }).means).toBe('failure');
  });

  test('Make: 410 pauses once it persists, Zapier: at once', () => {
    expect(platformProfile('make').gone[0]?.afterAnswers).toBeGreaterThan(1);
    for (const { afterAnswers } of platformProfile('zapier').gone) expect(afterAnswers).toBe(1);
  });

  test('every reason says what to do', () => {
    const reasons = platforms.flatMap(({ gone, busy, meanings }) => [...gone, ...busy, ...meanings]);
    for (const { reason } of reasons) expect(reason).toMatch(/[.;:] ?[A-Z].*\.$/);
  });

  test('whoever is paused learns that it goes on by itself', () => {
    const reasons = platforms.flatMap(({ gone }) => gone.filter(({ action }) => action === 'pause'));
    for (const { reason } of reasons) expect(reason).toMatch(/Bellhop (?:then )?continues by itself/);
  });

  test('no answer takes long to compare, however it is made', () => {
    const pieces = [
      '<!doctype html>',
      '<input ',
      'type ',
      "'Deleted'",
      '"message":"The requested webhook ',
      '<!-- -->',
    ];
    const bodies = pieces.map((piece) => `<!doctype html>${piece.repeat(16_384 / piece.length)}`);
    for (const profile of platforms) {
      for (const pattern of [...profile.gone, ...profile.busy, ...profile.meanings]) {
        for (const body of bodies) matchesAnswer(pattern, pattern.status, body, 'text/html');
      }
    }
  }, 60_000);
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
