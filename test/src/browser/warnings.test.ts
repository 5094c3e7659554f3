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
