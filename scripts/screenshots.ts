import { mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { builtInProviders } from '@bellhop/shared';
import { startBrowser } from '@bellhop/test/browser/support/chromium';
import { firstType, furnished } from '@bellhop/test/browser/support/furnished';
import { opened, places } from '@bellhop/test/browser/support/places';
import { TestBellhop } from '@bellhop/test/harness/bellhop';
import { Receiver } from '@bellhop/test/harness/receiver';
import type { Browser, Page } from 'playwright-core';

/*
 * `npm run screenshots` writes pictures of every page of the dashboard, light and dark, on a desktop and on a phone, into
 * `screenshots/`, for people to look at. `-- --only webhook` makes those alone whose name contains it.
 */

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const directory = fileURLToPath(new URL('../screenshots/', import.meta.url));

const theme = { name: 'Frontdesk', color: '#0f766e' };
const schemes = ['light', 'dark'] as const;
const screens = { desktop: { width: 1280, height: 860 }, phone: { width: 360, height: 740 } } as const;

const server = await TestBellhop.start();
const receivers: Receiver[] = [];
const browser = await startBrowser();
try {
  if (values.only === '') await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const addresses = await allAddresses();
  for (const scheme of schemes) {
    for (const screen of Object.keys(screens) as (keyof typeof screens)[])
      await pictures(browser, addresses, scheme, screen);
  }
} finally {
  await browser.close();
  await Promise.all(receivers.map((receiver) => receiver.stop()));
  await server.stop();
}

interface Addresses {
  readonly apiKey: string;
  readonly inside: Readonly<Record<string, string>>;
  readonly outside: Readonly<Record<string, string>>;
}

async function allAddresses(): Promise<Addresses> {
  const receiver = async (...given: Parameters<typeof Receiver.start>) => {
    const started = await Receiver.start(...given);
    receivers.push(started);
    return started;
  };
  const there = await furnished({ server, receiver });
  const provider = builtInProviders[0]?.id ?? '';
  const type = builtInProviders[0] ? firstType(builtInProviders[0]) : '';
  const empty = await server.tenant();
  const link = async (organizationId: string) =>
    (await server.root.createPortalLink({ params: { id: organizationId }, body: { theme } })).url;
  return {
    apiKey: there.tenant.apiKey,
    inside: places(there, { provider, type }),
    outside: {
      'sign-in': '/sign-in',
      'portal-expired': `/portal#${'x'.repeat(43)}`,
      'portal-empty': await link(empty.organizationId),
    },
  };
}

async function pictures(
  browser: Browser,
  { apiKey, inside, outside }: Addresses,
  scheme: (typeof schemes)[number],
  screen: keyof typeof screens,
): Promise<void> {
  const options = {
    baseURL: server.url,
    viewport: screens[screen],
    colorScheme: scheme,
    locale: 'en-GB',
    reducedMotion: 'reduce',
  } as const;
  for (const [names, key] of [
    [outside, undefined],
    [inside, apiKey],
  ] as const) {
    const wanted = Object.entries(names).filter(([name]) => name.includes(values.only));
    if (wanted.length === 0) continue;
    const context = await browser.newContext(options);
    const page = await context.newPage();
    if (key) {
      await page.request.post('/v1/session', { headers: { 'Bellhop-Request': 'dashboard' }, data: { api_key: key } });
    }
    for (const [name, address] of wanted) await picture(page, address, `${directory}${name}.${screen}.${scheme}.png`);
    await context.close();
  }
}

async function picture(page: Page, address: string, path: string): Promise<void> {
  await opened(page, address);
  await page.screenshot({ path, fullPage: true });
  console.log(path);
}
