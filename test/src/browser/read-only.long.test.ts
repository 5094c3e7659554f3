import { builtInProviders } from '@bellhop/shared';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { Desk } from './support/desk.ts';
import type { Furnished } from './support/furnished.ts';
import { firstType, furnished, publish } from './support/furnished.ts';
import { opened, places } from './support/places.ts';
import { logRows, openLogRow } from './support/walk.ts';

const desk = new Desk();

let there: Furnished;
/** A key of the organization that may look, and no more. */
let readingKey: string;

beforeAll(async () => {
  there = await furnished(desk);
  const { provider: id } = await there.tenant.client.getWebhook({ params: { id: there.webhooks.disabled } });
  const provider = builtInProviders.find((each) => each.id === id);
  // It is held.
  if (provider) await publish(there.tenant, provider);
  const { client, organizationId } = there.tenant;
  const { key } = await client.createApiKey({
    params: { id: organizationId },
    body: { name: 'Looks', scopes: ['webhooks:read'] },
  });
  readingKey = key;
});

/** What there is cannot be pressed, and there is some of it. */
async function disabled(controls: Locator): Promise<void> {
  await controls.first().waitFor({ state: 'attached' });
  for (const control of await controls.all()) expect(await control.isDisabled()).toBe(true);
}

async function reader(address: string): Promise<Page> {
  const page = await desk.signedIn(readingKey);
  await opened(page, address);
  return page;
}

test('whoever may only look sees every page, and none asks for what it may not have', async () => {
  const page = await desk.signedIn(readingKey);
  const [provider] = builtInProviders;
  const all = places(there, { provider: provider?.id ?? '', type: provider ? firstType(provider) : '' });
  const refused: string[] = [];
  page.on('response', (response) => {
    if (response.status() === 403) refused.push(response.url());
  });
  for (const address of Object.values(all)) {
    await opened(page, address);
    expect(
      await page
        .getByRole('alert')
        .filter({ hasText: /Could not load|Something went wrong/ })
        .count(),
    ).toBe(0);
  }
  expect(refused).toEqual([]);
}, 60_000);

test('in the list, what would change a webhook is disabled and says why', async () => {
  const page = await reader('/webhooks');
  await page.getByText('You have read-only access.').waitFor();
  const table = page.getByRole('table', { name: 'Webhooks' });
  for (const name of [/^Send a test to/, /^Delete/]) await disabled(table.getByRole('button', { name }));
  await disabled(table.getByRole('switch', { name: /is active$/ }));
  const reasons = await table.getByTitle('Requires the webhooks:write scope').count();
  const rows = await table.getByRole('switch').count();
  // Testing, pausing and deleting, in each row; only those that have ended give another reason for the first two.
  expect(reasons).toBe(3 * rows);
  await table.getByRole('link', { name: 'Leads to the CRM', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Leads to the CRM' }).waitFor();
});

test("on a webhook's page, what would change it, send or show its secret is disabled and says why", async () => {
  const page = await reader(`/webhooks/${there.webhooks.disabled}`);
  await page.getByText('You have read-only access. Changing, testing and replaying require').waitFor();
  for (const name of [
    'Send test',
    'Edit',
    'Delete',
    'Discard backlog',
    'Recover',
    /^Rotate$|^Set a secret$/,
    /^Resume/,
  ])
    await disabled(page.getByRole('button', { name }).filter({ hasNotText: 'updates' }));
  await disabled(page.getByRole('switch', { name: 'Active' }));
  const details = await openLogRow(page);
  await disabled(details.getByRole('button', { name: 'Replay' }));
  await details.getByText('Replay requires the webhooks:write scope.').waitFor();

  await opened(page, `/webhooks/${there.webhooks.paused}`);
  await disabled(page.getByRole('button', { name: 'Show', exact: true }));
  expect(await page.getByRole('button', { name: 'Copy signing secret' }).count()).toBe(0);
});

test('the log is live for whoever may only look', async () => {
  const page = await reader(`/webhooks/${there.webhooks.healthy}`);
  await page.getByRole('status').getByText('Live', { exact: true }).waitFor();
  const before = await logRows(page).count();
  await there.tenant.client.testWebhook({ params: { id: there.webhooks.healthy } });
  await page.getByText(`${before + 1} attempts`, { exact: true }).waitFor();
});

test('the form shows a webhook, previews and tries filters, but neither saves nor sends', async () => {
  const page = await reader(`/webhooks/${there.webhooks.paused}/edit`);
  await disabled(page.getByRole('button', { name: 'Save changes' }));
  await page.getByText('Changing webhooks requires the webhooks:write scope.').waitFor();
  await disabled(page.getByRole('button', { name: 'Send a test' }));
  await page.getByText('Sending a test requires the webhooks:write scope.').waitFor();
  await page.getByRole('button', { name: 'Preview payload' }).click();
  await page.getByRole('dialog', { name: 'Preview payload' }).waitFor();

  await opened(page, '/webhooks/new');
  await disabled(page.getByRole('button', { name: 'Create webhook' }));
  await page.getByText('Changing webhooks requires the webhooks:write scope.').waitFor();
});

test('connecting, keys and settings say what they need', async () => {
  const page = await reader('/connect');
  const custom = page.getByRole('region', { name: 'Custom webhook' });
  await disabled(custom.getByRole('button', { name: /^Connect$|^Send a test first$/ }));
  await custom.getByText('Creating webhooks requires the webhooks:write scope.').waitFor();
  await page.getByRole('region', { name: 'Zapier', exact: true }).getByText('You cannot create API keys.').waitFor();

  await opened(page, '/settings');
  await disabled(page.getByRole('button', { name: 'Create API key' }));
  await page.getByText('Viewing and creating API keys requires').waitFor();
  await page.getByText('Changing these settings requires a key with the admin scope.').waitFor();
  expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);

  await opened(page, `/events/${there.eventId}`);
  await page.getByRole('button', { name: 'Attempt 1' }).first().click();
  await disabled(page.getByRole('button', { name: 'Replay' }));
});
