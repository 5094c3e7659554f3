import { builtInProviders } from '@bellhop/shared';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { Desk } from './support/desk.ts';
import { opened } from './support/places.ts';

const desk = new Desk();

const configurable = builtInProviders.find(({ settings }) => settings !== undefined);
const given = { params: { provider: configurable?.id ?? '' } };

async function add(page: Page, field: string, ...entries: readonly string[]): Promise<void> {
  const input = page.getByRole('combobox', { name: field });
  for (const entry of entries) {
    await input.fill(entry);
    await page.keyboard.press('Enter');
  }
  await page.keyboard.press('Escape');
}

test('fields and stages are set, taken back, and refused at their field', async () => {
  const { apiKey, client } = await desk.server.tenant();
  desk.expectInConsole(/status of 422/);
  const page = await desk.signedIn(apiKey);
  await opened(page, '/settings');
  const save = page.getByRole('button', { name: 'Save' });
  expect(await save.isDisabled()).toBe(true);

  await add(page, 'Opportunity Fields', 'title', 'owner.name');
  await add(page, 'Won Stages', 'Signed, sealed', 'Won');
  await add(page, 'Lost Stages', 'Lost', 'Won');
  await save.click();
  await page.getByText('a stage can mean won or lost, not both').waitFor();
  expect(await page.getByRole('combobox', { name: 'Lost Stages' }).getAttribute('aria-invalid')).toBe('true');

  await page.getByRole('combobox', { name: 'Lost Stages' }).focus();
  await page.keyboard.press('Backspace');
  await save.click();
  await page.getByText('were saved').waitFor();
  expect(await client.getProviderSettings(given)).toEqual({
    opportunity_fields: ['title', 'owner.name'],
    contact_fields: null,
    won_stages: ['Signed, sealed', 'Won'],
    lost_stages: ['Lost'],
  });

  await page.getByRole('combobox', { name: 'Opportunity Fields' }).focus();
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Backspace');
  await save.click();
  await save.and(page.locator(':disabled')).waitFor();
  expect(await client.getProviderSettings(given)).toMatchObject({ opportunity_fields: null });
});

test('what the samples tell of stages and fields is suggested', async () => {
  const { apiKey } = await desk.server.tenant();
  const page = await desk.signedIn(apiKey);
  await opened(page, '/settings');
  await page.getByRole('combobox', { name: 'Contact Fields' }).fill('segm');
  await page.getByRole('option', { name: 'custom_fields.segment' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('combobox', { name: 'Won Stages' }).click();
  await page.getByRole('option', { name: 'Won', exact: true }).waitFor();
});

test('a key is made with chosen scopes, shown once, listed, used and revoked', async () => {
  const { apiKey, client, organizationId } = await desk.server.tenant();
  const page = await desk.signedIn(apiKey);
  await opened(page, '/settings');
  await page.getByRole('button', { name: 'Create API key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Create API key' }).click();
  await dialog.getByText('Enter a name.').waitFor();
  await dialog.getByLabel('Name').fill('Warehouse');
  await dialog.getByRole('checkbox', { name: 'webhooks:write' }).uncheck();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'Create API key' }).click();
  await dialog.getByLabel('Name').fill('Warehouse');
  await dialog.getByRole('checkbox', { name: 'webhooks:write' }).uncheck();
  await dialog.getByRole('button', { name: 'Create API key' }).click();
  await dialog.getByText('it is shown only once').waitFor();
  const key = await dialog.getByLabel('API key', { exact: true }).inputValue();
  expect(key).toMatch(/^sk_live_/);
  await dialog.getByRole('button', { name: 'Done' }).click();

  const row = page.getByRole('listitem').filter({ hasText: 'Warehouse' });
  await row.getByText('never used').waitFor();
  await row.getByText('View webhooks, events and the log').waitFor();
  await row.getByRole('button', { name: 'Revoke Warehouse' }).click();
  await dialog.getByRole('button', { name: 'Revoke key' }).click();
  await row.waitFor({ state: 'detached' });
  const { data } = await client.listApiKeys({ params: { id: organizationId } });
  expect(data.map(({ name }) => name)).toEqual(['test']);
});

test('nobody gives a scope that he does not have, and who has none of keys is told so', async () => {
  const { client, organizationId } = await desk.server.tenant();
  const keyWith = async (...scopes: ('webhooks:read' | 'api_keys:write')[]) =>
    (await client.createApiKey({ params: { id: organizationId }, body: { name: 'limited', scopes } })).key;

  const page = await desk.signedIn(await keyWith('webhooks:read', 'api_keys:write'));
  await opened(page, '/settings');
  await page.getByText('Keys with scopes that you do not have are not shown.').waitFor();
  await page.getByRole('button', { name: 'Create API key' }).click();
  await page.getByRole('dialog').getByRole('checkbox').first().waitFor();
  expect(await page.getByRole('dialog').getByRole('checkbox').count()).toBe(2);

  const reader = await desk.signedIn(await keyWith('webhooks:read'));
  await opened(reader, '/settings');
  await reader.getByText('Viewing and creating API keys requires').waitFor();
  await reader.getByText('Changing these settings requires a key with the admin scope.').waitFor();
  expect(await reader.getByRole('combobox', { name: 'Won Stages' }).isDisabled()).toBe(true);
});

test('the session says whose it is, until when, and ends', async () => {
  const { apiKey, organizationId } = await desk.server.tenant();
  const page = await desk.signedIn(apiKey);
  await opened(page, '/settings');
  const session = page.getByRole('region', { name: 'This session' });
  expect(await session.getByLabel('Organization ID', { exact: true }).inputValue()).toBe(organizationId);
  expect(await session.getByRole('link', { name: 'API reference' }).getAttribute('href')).toBe(
    `${desk.server.url}/docs`,
  );
  await session.locator('time').waitFor();
  await session.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
});
