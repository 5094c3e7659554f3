import { expect, test } from 'vitest';
import { Desk } from './support/desk.ts';
import { opened } from './support/places.ts';

const desk = new Desk();
const url = 'https://hooks.example.com/in';

test('a webhook whose filter is misspelt, on an event type that needs a setting, says both on its page', async () => {
  const { apiKey, client } = await desk.server.tenant();
  const body = { provider: 'bolten', events: ['opportunity.won'], url, filter: 'opportunity.titel == "x"' };
  const { id } = await client.createWebhook({ body });
  const page = await desk.signedIn(apiKey);
  await opened(page, `/webhooks/${id}`);
  const notice = page.getByRole('alert').filter({ hasText: 'Some events may not arrive' });
  await notice.getByText('Did you mean opportunity.title?').waitFor();
  await notice.getByText('set won_stages in the settings').waitFor();

  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  await page.getByLabel('Filter (optional)').fill('opportunity.title == "x"');
  await client.putProviderSettings({ params: { provider: 'bolten' }, body: { won_stages: ['Won'] } });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Webhook saved.').waitFor();
  await notice.waitFor({ state: 'detached' });
});

test('the form says what becomes of what waits when an event type is removed', async () => {
  const { apiKey, client } = await desk.server.tenant();
  const body = { provider: 'boltly', events: ['message.received', 'message.read'], url };
  const { id } = await client.createWebhook({ body });
  const page = await desk.signedIn(apiKey);
  await opened(page, `/webhooks/${id}/edit`);
  const says = page.getByText('What waits of the removed event types is not sent.');
  expect(await says.count()).toBe(0);
  const read = page.getByRole('checkbox', { name: 'Message Read' });
  await read.uncheck();
  await says.waitFor();
  await read.check();
  await says.waitFor({ state: 'detached' });
});

test('the form asks for saved credentials again when the URL moves to another host', async () => {
  desk.expectInConsole(/status of 422/);
  const { apiKey, client } = await desk.server.tenant();
  const authentication = { type: 'bearer', token: 't0ken-of-the-receiver' } as const;
  const headers = { 'X-Secret': 'value' };
  const body = { provider: 'bolten', events: ['opportunity.created'], url, authentication, headers };
  const { id } = await client.createWebhook({ body });
  const page = await desk.signedIn(apiKey);
  await opened(page, `/webhooks/${id}/edit`);
  await page.getByLabel('Endpoint URL').fill('https://other.example.com/in');
  await page.getByRole('button', { name: 'Save' }).click();
  const asked = page.getByText('Must be given again with a URL of another origin');
  await asked.nth(1).waitFor();
  await page.getByRole('button', { name: 'Replace authentication' }).click();
  await page.getByLabel('Token', { exact: true }).fill('another-token');
  await page.getByRole('button', { name: 'Replace headers' }).click();
  await page.getByLabel('Header 1: value').fill('another');
  await asked.first().waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Webhook saved.').waitFor();
  expect((await client.getWebhook({ params: { id } })).url).toBe('https://other.example.com/in');
});

test('a secret of one’s own that is weak is said to be', async () => {
  const { apiKey, client } = await desk.server.tenant();
  const body = { provider: 'boltcall', events: ['new_lead'], url, signing_secret: 'short and weak' };
  const { id } = await client.createWebhook({ body });
  const page = await desk.signedIn(apiKey);
  await opened(page, `/webhooks/${id}`);
  await page.getByRole('alert').filter({ hasText: 'The signing secret is weak' }).getByText('14 characters').waitFor();
});
