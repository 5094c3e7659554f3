import { builtInProviders, Catalogue } from '@bellhop/shared';
import { verificationCode } from '@bellhop/shared/verification-code';
import { expect, test } from 'vitest';
import { Desk } from './support/desk.ts';
import { firstType } from './support/furnished.ts';
import { opened } from './support/places.ts';

const desk = new Desk();

const eventTypes = new Catalogue().providers.flatMap(({ events }) => Object.keys(events)).length;
const signed = builtInProviders.filter(({ signature }) => signature !== null);
const unsigned = builtInProviders.filter(({ signature }) => signature === null);

test('lists every event type, the searched ones alone, and leads to each', async () => {
  const { apiKey } = await desk.server.tenant();
  const page = await desk.signedIn(apiKey);
  await opened(page, '/catalogue');
  await page.getByText(`${eventTypes} event types`).waitFor();
  const [provider] = builtInProviders;
  const [type = '', event] = Object.entries(provider?.events ?? {})[0] ?? [];
  const search = page.getByLabel('Search event types');
  await search.fill(`${provider?.name} ${event?.label}`.toUpperCase());
  await page.getByText('1 event type', { exact: true }).waitFor();
  await page.getByRole('link', { name: event?.label ?? '' }).click();
  await page.waitForURL(`**/catalogue/${provider?.id}/${type}`);
  await page.getByRole('heading', { level: 1, name: event?.label ?? '' }).waitFor();
  await page.getByRole('link', { name: 'Create a webhook for this event' }).click();
  await page.waitForURL(`**/webhooks/new?provider=${provider?.id}&event=${type}`);

  await opened(page, '/catalogue');
  await page.getByLabel('Search event types').fill('no such thing');
  await page.getByRole('heading', { name: 'No matching event types' }).waitFor();
});

test.each(signed)('$id shows its fields, its request in both formats, and code that verifies it', async (provider) => {
  const { apiKey } = await desk.server.tenant();
  const page = await desk.signedIn(apiKey);
  const type = firstType(provider);
  await opened(page, `/catalogue/${provider.id}/${encodeURIComponent(type)}`);
  const rows = await page.getByRole('table').getByRole('rowheader').allTextContents();
  for (const key of Object.keys(provider.events[type]?.sample ?? {}))
    expect(rows.some((row) => row.startsWith(key))).toBe(true);

  const headers = page.getByRole('region', { name: 'Headers' });
  await headers.getByText(`${provider.signature?.header}: `).waitFor();
  await page.getByRole('tab', { name: 'Python' }).click();
  const code = page.getByRole('region', { name: 'Receiver in Python' });
  if (!provider.signature) throw new Error('It is signed.');
  expect(await code.textContent()).toBe(verificationCode(provider.signature, 'python'));

  await page.getByText('Standard', { exact: true }).click();
  await headers.getByText('webhook-signature: v1,').waitFor();
  expect(await code.textContent()).toContain('webhook-signature');
});

test.each(unsigned)('$id says that it is not signed, and what to do', async (provider) => {
  const { apiKey } = await desk.server.tenant();
  const page = await desk.signedIn(apiKey);
  await opened(page, `/catalogue/${provider.id}/${encodeURIComponent(firstType(provider))}`);
  await page.getByText(`Requests in the ${provider.name} format are not signed.`).waitFor();
  await page.getByRole('button', { name: 'Show the standard format' }).click();
  await page.getByRole('region', { name: 'Receiver in Node.js' }).waitFor();
});

test('an event type that there is not is said to be none', async () => {
  const { apiKey } = await desk.server.tenant();
  const page = await desk.signedIn(apiKey);
  await opened(page, '/catalogue/nobody/nothing');
  await page.getByRole('heading', { name: 'No such event type' }).waitFor();
});
