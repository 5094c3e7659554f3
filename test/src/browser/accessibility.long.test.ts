import { createRequire } from 'node:module';
import { builtInProviders } from '@bellhop/shared';
import type { AxeResults } from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { Desk } from './support/desk.ts';
import type { Furnished } from './support/furnished.ts';
import { firstType, furnished } from './support/furnished.ts';
import { opened, places } from './support/places.ts';

const desk = new Desk();
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const phone = { width: 360, height: 740 };

let there: Furnished;
let addresses: Readonly<Record<string, string>>;

beforeAll(async () => {
  there = await furnished(desk);
  const [provider] = builtInProviders;
  addresses = places(there, { provider: provider?.id ?? '', type: provider ? firstType(provider) : '' });
});

/** Of what is in order it need not tell. */
const run = 'axe.run({ resultTypes: ["violations"], preload: false })';

/** What axe finds, as one line for each kind; those of impact serious and critical alone. */
async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axe });
  const { violations: found } = (await page.evaluate(run)) as AxeResults;
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

/** A page that lets axe in beside our own scripts, which its content security policy would not. */
async function examined(options: BrowserContextOptions): Promise<Page> {
  return desk.signedIn(there.tenant.apiKey, { bypassCSP: true, ...options });
}

test.each([
  ['a desktop in light', { colorScheme: 'light', viewport: { width: 1280, height: 900 } }],
  ['a phone in dark', { colorScheme: 'dark', viewport: phone }],
] as const)(
  'axe finds nothing serious on any page, on %s',
  async (_, options) => {
    const page = await examined(options);
    const found: Record<string, string[]> = {};
    for (const [name, address] of Object.entries(addresses)) {
      await opened(page, address);
      const here = await violations(page);
      if (here.length > 0) found[name] = here;
    }
    expect(found).toEqual({});
  },
  120_000,
);

test('axe finds nothing serious on the pages that are shown to nobody in particular', async () => {
  desk.expectInConsole(/Failed to load resource/);
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await desk.visitor({ bypassCSP: true, colorScheme });
    for (const address of ['/sign-in', '/portal']) {
      await opened(page, address);
      expect(await violations(page)).toEqual([]);
    }
  }
});

test('no page is wider than a phone', async () => {
  const page = await desk.signedIn(there.tenant.apiKey, { viewport: phone });
  const wider: string[] = [];
  for (const [name, address] of Object.entries(addresses)) {
    await opened(page, address);
    if ((await page.evaluate('document.documentElement.scrollWidth')) !== phone.width) wider.push(name);
  }
  expect(wider).toEqual([]);
}, 60_000);

test('a keyboard reaches the content at once, the places and the first action, and a page tells its name', async () => {
  const page = await desk.signedIn(there.tenant.apiKey);
  await opened(page, '/webhooks');
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.id')).toBe('content');
  await page.getByRole('navigation').getByRole('link', { name: 'Events' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Events' }).waitFor();
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Events');
});
