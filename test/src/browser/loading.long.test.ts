import { builtInProviders } from '@bellhop/shared';
import { beforeAll, expect, test } from 'vitest';
import { Desk } from './support/desk.ts';
import type { Furnished } from './support/furnished.ts';
import { firstType, furnished } from './support/furnished.ts';
import { opened, places } from './support/places.ts';

const desk = new Desk();
let there: Furnished;

beforeAll(async () => {
  there = await furnished(desk);
});

const mostScriptBytes = 200_000;

test('every page loads in less than 200 kB of compressed script', async () => {
  const [provider] = builtInProviders;
  const addresses = places(there, { provider: provider?.id ?? '', type: provider ? firstType(provider) : '' });
  for (const [name, address] of Object.entries(addresses)) {
    const page = await desk.signedIn(there.tenant.apiKey);
    let bytes = 0;
    page.on('response', (response) => {
      if (response.request().resourceType() !== 'script') return;
      expect(response.headers()['content-encoding']).toMatch(/^(?:br|gzip)$/);
      bytes += Number(response.headers()['content-length']);
    });
    await opened(page, address);
    expect({ name, loads: bytes > 50_000, fits: bytes < mostScriptBytes }).toEqual({ name, loads: true, fits: true });
    await page.context().close();
  }
}, 60_000);

test('while an answer is slow the page shows its outline, and after five seconds says so', async () => {
  const page = await desk.signedIn(there.tenant.apiKey);
  const release = Promise.withResolvers<void>();
  await page.route('**/v1/events?*', async (route) => {
    await release.promise;
    await route.continue();
  });
  await page.goto('/events');
  await page.getByRole('status', { name: 'Loading' }).waitFor();
  await page.getByText('This is taking longer than usual.').waitFor();
  release.resolve();
  await page.getByRole('table').waitFor();
});

test('when the server cannot be reached the page says so, and goes on when it can', async () => {
  desk.expectInConsole(/Failed to load resource: net::ERR_FAILED/);
  const page = await desk.signedIn(there.tenant.apiKey);
  let reachable = false;
  await page.route('**/v1/events?*', (route) => (reachable ? route.continue() : route.abort()));
  await page.goto('/events');
  await page.getByText('The server cannot be reached. Check your connection and try again.').waitFor();
  reachable = true;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('table').waitFor();
});

test('when the server fails the page shows its words, and nothing of its insides', async () => {
  desk.expectInConsole(/Failed to load resource/);
  const page = await desk.signedIn(there.tenant.apiKey);
  await page.route('**/v1/events?*', (route) =>
    route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>bad</h1>' }),
  );
  await page.goto('/events');
  await page.getByText('The server sent an unexpected response (status 502).').waitFor();
});

test('long lists come in pages', async () => {
  const { client, apiKey } = await desk.server.tenant();
  const [provider] = builtInProviders;
  if (!provider) throw new Error('There is no provider.');
  const type = firstType(provider);
  const event = { provider: provider.id, type, data: provider.events[type]?.sample ?? {} };
  await client.publishBatch({ body: { events: Array.from({ length: 60 }, () => event) } });
  const page = await desk.signedIn(apiKey);
  await opened(page, '/events');
  const rows = page.getByRole('table').getByRole('link');
  expect(await rows.count()).toBe(25);
  for (const count of [50, 60]) {
    await page.getByRole('button', { name: 'Show more' }).click();
    await rows.nth(count - 1).waitFor();
    expect(await rows.count()).toBe(count);
  }
  expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
});

test("dates are in the reader's zone, with the exact time on hover", async () => {
  const page = await desk.signedIn(there.tenant.apiKey, { timezoneId: 'Asia/Tokyo' });
  await opened(page, `/events/${there.eventId}`);
  const time = page.locator('time').first();
  const at = String(await time.getAttribute('datetime'));
  const inTokyo = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'medium',
    timeZone: 'Asia/Tokyo',
  });
  expect(await time.textContent()).toBe(inTokyo.format(new Date(at)));
  expect(await time.getAttribute('title')).toContain(at);
});
