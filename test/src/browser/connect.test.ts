import type { Provider } from '@bellhop/shared';
import { builtInProviders, createClient } from '@bellhop/shared';
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { Desk } from './support/desk.ts';
import { opened } from './support/places.ts';
import { copied } from './support/walk.ts';

const desk = new Desk();

function find(fits: (provider: Provider) => boolean): Provider {
  const provider = builtInProviders.find(fits);
  if (!provider) throw new Error('No built-in provider is like that any more.');
  return provider;
}

/** Several event types per webhook; a secret only on demand. */
const several = find(({ webhooks }) => webhooks.eventTypes === 'many' && webhooks.secret === 'optional');
/** One event type per webhook; always a secret. */
const single = find(({ webhooks }) => webhooks.eventTypes === 'one' && webhooks.secret === 'always');

function labels(provider: Provider): string[] {
  return Object.values(provider.events).map(({ label }) => label);
}

function card(page: Page, name: string): Locator {
  return page.getByRole('region', { name, exact: true });
}

async function chooseSingle(inside: Locator): Promise<void> {
  const [type = '', event] = Object.entries(single.events)[0] ?? [];
  await inside.getByLabel('Provider').selectOption({ label: single.name });
  await inside.getByLabel('Event').selectOption({ label: `${event?.label} (${type})` });
}

test('a URL is connected as documented: paste it, choose events, send a test, save', async () => {
  const { apiKey, client } = await desk.server.tenant();
  const receiver = await desk.receiver({ status: 503, body: '<b>busy</b>' });
  const page = await desk.signedIn(apiKey);
  await opened(page, '/connect');
  const custom = card(page, 'Custom webhook');
  const [first = '', second = ''] = labels(several);
  await custom.getByLabel('Webhook URL').fill(receiver.url('/inbound'));
  await custom.getByLabel('Provider').selectOption({ label: several.name });
  await custom.getByRole('checkbox', { name: first }).check();
  await custom.getByRole('checkbox', { name: second }).check();

  await custom.getByRole('button', { name: 'Send a test first' }).click();
  await custom.getByText(/The test got 503 Service Unavailable after \d+ ms\./).waitFor();
  await custom.getByText('<b>busy</b>').waitFor();
  expect((await client.listWebhooks({ query: {} })).data).toEqual([]);

  receiver.answer({ status: 200 });
  await custom.getByRole('button', { name: 'Send a test first' }).click();
  await custom.getByText(/The test got 200 OK/).waitFor();
  await custom.getByRole('button', { name: 'Connect', exact: true }).click();
  await custom.getByRole('heading', { name: 'URL connected' }).waitFor();
  const [webhook] = (await client.listWebhooks({ query: {} })).data;
  expect(webhook).toMatchObject({ status: 'active', provider: several.id, url: receiver.url('/inbound') });
  expect(webhook?.events).toEqual(Object.keys(several.events).slice(0, 2));

  await custom.getByRole('button', { name: `Send a sample of ${second}` }).click();
  await custom.getByText(`The sample of ${second} got 200 OK`).waitFor();
  expect(receiver.received.at(-1)?.body).toContain(`"${webhook?.events[1]}"`);
  await custom.getByRole('link', { name: 'Open the webhook' }).click();
  await page.waitForURL(`**/webhooks/${webhook?.id}`);
});

test('Make gets the sample that it learns the fields from, and the card shows what is connected', async () => {
  const { apiKey } = await desk.server.tenant();
  const receiver = await desk.receiver();
  const page = await desk.signedIn(apiKey);
  await opened(page, '/connect');
  const make = card(page, 'Make');
  await make.getByLabel('Webhook URL').fill(receiver.url());
  await make.getByText('This does not look like a Make URL').waitFor();
  await chooseSingle(make);
  await make.getByRole('button', { name: 'Connect', exact: true }).click();
  expect(await make.getByLabel('Signing secret', { exact: true }).inputValue()).toMatch(/^\S{16,}$/);
  await make.getByRole('button', { name: 'Send a sample' }).click();
  await make.getByText('got 200 OK').waitFor();
  expect(receiver.received).toHaveLength(1);
  await card(page, 'Custom webhook').getByRole('listitem').filter({ hasText: 'Active' }).waitFor();
});

test('what is missing or wrong is said at its field, which has the focus', async () => {
  const { apiKey } = await desk.server.tenant();
  desk.expectInConsole(/status of 422/);
  const page = await desk.signedIn(apiKey);
  await opened(page, '/connect');
  const custom = card(page, 'Custom webhook');
  const url = custom.getByLabel('Webhook URL');
  await custom.getByRole('button', { name: 'Connect', exact: true }).click();
  await custom.getByText('Enter the URL to send events to.').waitFor();
  await custom.getByText('Choose at least one event.').waitFor();
  expect(await url.evaluate((input) => input === input.ownerDocument.activeElement)).toBe(true);

  await chooseSingle(custom);
  await url.fill('ftp://example.com/inbound');
  await custom.getByRole('button', { name: 'Connect', exact: true }).click();
  await custom.getByText('Could not connect').waitFor();
  expect(await url.getAttribute('aria-invalid')).toBe('true');
  expect(await url.evaluate((input) => input === input.ownerDocument.activeElement)).toBe(true);
});

test.each(['Zapier', 'n8n'])(
  'a key for %s has the scopes that it needs, is shown once and kept nowhere',
  async (name) => {
    const { apiKey } = await desk.server.tenant(['webhooks:read', 'webhooks:write', 'api_keys:write']);
    const page = await desk.signedIn(apiKey);
    await opened(page, '/connect');
    const inside = card(page, name);
    const address = name === 'n8n' ? 'Base URL' : 'Server Address';
    expect(await inside.getByLabel(address, { exact: true }).inputValue()).toBe(desk.server.url);
    await inside.getByRole('button', { name: 'Create an API key' }).click();
    const key = await inside.getByLabel('API Key', { exact: true }).inputValue();
    const me = await createClient({ baseUrl: desk.server.url, apiKey: key }).getMe();
    expect(me.scopes).toEqual(['webhooks:read', 'webhooks:write']);
    expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])')).not.toContain(key);
    await page.reload();
    await inside.getByRole('button', { name: 'Create an API key' }).waitFor();
    expect(await inside.getByLabel('API Key', { exact: true }).count()).toBe(0);
  },
);

test.each(['Zapier', 'Make', 'n8n', 'Custom webhook'])('the card of %s says what to do, step by step', async (name) => {
  const { apiKey } = await desk.server.tenant();
  const page = await desk.signedIn(apiKey);
  await opened(page, '/connect');
  const steps = await card(page, name).getByRole('list').first().getByRole('listitem').allTextContents();
  expect(steps).toHaveLength(4);
  for (const step of steps) expect(step).toMatch(/^[A-Z].{20,}\.$/);
  await card(page, name).getByText('Nothing yet.').waitFor();
});

test('what a platform subscribed with a key from here is named in its card, and all of it is a click away', async () => {
  const { apiKey } = await desk.server.tenant();
  const page = await desk.signedIn(apiKey);
  await opened(page, '/connect');
  const zapier = card(page, 'Zapier');
  expect(await copied(zapier.getByRole('button', { name: 'Copy Server Address' }))).toBe(desk.server.url);
  await zapier.getByRole('button', { name: 'Create an API key' }).click();
  await zapier.getByLabel('API Key', { exact: true }).waitFor();
  const key = await copied(zapier.getByRole('button', { name: 'Copy API Key' }));

  // As the connector does when a Zap is published.
  const client = createClient({ baseUrl: desk.server.url, apiKey: key });
  const receiver = await desk.receiver();
  const [type = '', event] = Object.entries(single.events)[0] ?? [];
  const hooks = [];
  for (const zap of ['1', '2', '3', '4']) {
    const hook = { provider: single.id, event: type, target_url: receiver.url(`/${zap}`), platform: 'zapier' as const };
    hooks.push(await client.subscribeHook({ body: { ...hook, format: 'standard' } }));
  }
  await page.reload();
  const connected = zapier.getByRole('list', { name: 'Connected' });
  await connected.getByText('Active').first().waitFor();
  expect(await connected.getByRole('link', { name: event?.label ?? '' }).count()).toBe(3);
  await card(page, 'Make').getByText('Nothing yet.').waitFor();
  await zapier.getByRole('link', { name: 'See all Zapier connections' }).click();
  await page.waitForURL('**/webhooks?platform=zapier');
  const rows = page.getByRole('table', { name: 'Webhooks' }).getByRole('rowheader');
  await rows.nth(3).waitFor();
  expect(await rows.count()).toBe(hooks.length);
});

test.each([
  ['Zapier', 'Use a Catch Hook of Webhooks by Zapier instead', 'https://hooks.zapier.com/hooks/catch/1/abcdef/'],
  ['Make', undefined, 'https://hook.eu2.make.com/abcdefghijklmnop'],
  ['n8n', 'Use n8n’s own Webhook node instead', 'https://acme.app.n8n.cloud/webhook/3c9d'],
])('a URL of %s is recognised, and stands in its card', async (name, disclosure, url) => {
  const { apiKey, client } = await desk.server.tenant();
  const page = await desk.signedIn(apiKey);
  await opened(page, '/connect');
  // Also where it is pasted into the card for any URL.
  const custom = card(page, 'Custom webhook');
  await custom.getByLabel('Webhook URL').fill(url);
  await custom.getByText(`This is a ${name} URL and is connected as one.`).waitFor();
  const inside = card(page, name);
  if (disclosure) await inside.getByText(disclosure).click();
  await inside.getByLabel('Webhook URL').fill(url);
  await chooseSingle(inside);
  await inside.getByRole('button', { name: 'Connect', exact: true }).click();
  await inside.getByRole('list', { name: 'Connected' }).getByText('Active').waitFor();
  expect((await client.listWebhooks({ query: {} })).data).toMatchObject([{ platform: name.toLowerCase(), url }]);
});

test("in an operator's looks the steps name the operator's product", async () => {
  desk.expectInConsole(/status of 401/);
  const { organizationId } = await desk.server.tenant();
  const { url } = await desk.server.root.createPortalLink({
    params: { id: organizationId },
    body: { theme: { name: 'Frontdesk' } },
  });
  const page = await desk.visitor();
  await page.goto(url);
  await card(page, 'Zapier').getByText('Search for Frontdesk and choose it.').waitFor();
  await card(page, 'Zapier').getByRole('button', { name: 'Create an API key' }).click();
  const key = await card(page, 'Zapier').getByLabel('API Key', { exact: true }).inputValue();
  const me = await createClient({ baseUrl: desk.server.url, apiKey: key }).getMe();
  expect(me.organization?.id).toBe(organizationId);
});

test('who may only look is told what that excludes', async () => {
  const { apiKey } = await desk.server.tenant(['webhooks:read']);
  const page = await desk.signedIn(apiKey);
  await opened(page, '/connect');
  await card(page, 'Zapier').getByText('You cannot create API keys.').waitFor();
  const custom = card(page, 'Custom webhook');
  await custom.getByText('Creating webhooks requires the webhooks:write scope.').waitFor();
  expect(await custom.getByRole('button', { name: 'Connect', exact: true }).isDisabled()).toBe(true);
});
