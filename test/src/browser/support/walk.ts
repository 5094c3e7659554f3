import type { Provider } from '@bellhop/shared';
import { builtInProviders } from '@bellhop/shared';
import type { Locator, Page } from 'playwright-core';
import type { Tenant } from '../../harness/bellhop.ts';
import { eventually } from '../../harness/eventually.ts';
import { opened } from './places.ts';

/** Steps that customers of every provider take in the dashboard. */

/** What goes into the form of a webhook; what is not given is left as it is. */
export interface Wanted {
  /** Types of the catalogue. */
  readonly events?: readonly string[];
  readonly url?: string;
  readonly name?: string;
  readonly description?: string;
  readonly enabled?: boolean;
  /** Additional headers, for a provider that offers them at once. */
  readonly headers?: Readonly<Record<string, string>>;
}

export function providerOf(id: string): Provider {
  const provider = builtInProviders.find((each) => each.id === id);
  if (!provider) throw new Error(`There is no built-in provider "${id}".`);
  return provider;
}

/** From the list of webhooks to the empty form of a provider. */
export async function openForm(page: Page, provider: Provider): Promise<void> {
  await opened(page, '/webhooks');
  await page.getByRole('link', { name: 'Create webhook' }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Create a webhook' }).waitFor();
  await page.getByLabel('Provider').selectOption({ label: provider.name });
}

export async function fillForm(page: Page, provider: Provider, wanted: Wanted): Promise<void> {
  const { events, url, name, description, enabled, headers = {} } = wanted;
  if (enabled !== undefined) await switched(page.getByRole('switch', { name: 'Enabled' }), enabled);
  if (events) await chooseEvents(page, provider, events);
  if (url !== undefined) await page.getByLabel('Endpoint URL').fill(url);
  if (name !== undefined) await page.getByLabel('Name (optional)').fill(name);
  if (description !== undefined) await page.getByLabel('Description (optional)').fill(description);
  for (const [index, [header, value]] of Object.entries(headers).entries()) {
    await page.getByRole('button', { name: 'Add header' }).click();
    await page.getByLabel(`Header ${index + 1}: name`).fill(header);
    await page.getByLabel(`Header ${index + 1}: value`).fill(value);
  }
}

/** One from the dropdown, or these and no others of the checkboxes, as the provider has it. */
export async function chooseEvents(page: Page, provider: Provider, types: readonly string[]): Promise<void> {
  if (provider.webhooks.eventTypes === 'one') {
    await page.getByRole('combobox', { name: 'Event', exact: true }).selectOption(types[0] ?? '');
    return;
  }
  const choice = page.getByRole('group', { name: 'Events' });
  for (const [type, { label }] of Object.entries(provider.events)) {
    await choice.getByRole('checkbox', { name: label, exact: true }).setChecked(types.includes(type));
  }
}

/** Creates the webhook or saves its changes; resolves on its page with its id. */
export async function save(page: Page): Promise<string> {
  await page.getByRole('button', { name: /^(?:Create webhook|Save changes)$/ }).click();
  await page.waitForURL(/\/webhooks\/(?!new$)[^/]+$/);
  await page.getByRole('heading', { level: 2, name: 'Log' }).waitFor();
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}

/** All of it: opens the form, fills it, saves; resolves on the webhook's page with its id. */
export async function createWebhook(
  page: Page,
  provider: Provider,
  wanted: Wanted & Required<Pick<Wanted, 'events' | 'url'>>,
): Promise<string> {
  await openForm(page, provider);
  await fillForm(page, provider, wanted);
  return save(page);
}

/** What "Preview payload" shows, closed again. */
export async function previewed(page: Page): Promise<{ readonly headers: string; readonly body: string }> {
  await page.getByRole('button', { name: 'Preview payload' }).click();
  const dialog = page.getByRole('dialog', { name: 'Preview payload' });
  const headers = await textOf(dialog, 'Headers');
  // With its lines broken it is easier to read; as it comes, it is sent.
  await dialog.getByRole('button', { name: /^Raw: body/ }).click();
  const body = await textOf(dialog, 'Body');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await dialog.waitFor({ state: 'detached' });
  return { headers, body };
}

/** The text of a block such as "Response body" or "Request headers". */
export async function textOf(within: Page | Locator, label: string): Promise<string> {
  return (await within.getByRole('region', { name: label, exact: true }).textContent()) ?? '';
}

/** The rows of the log on a webhook's page, newest first. */
export function logRows(page: Page): Locator {
  return page
    .getByRole('table', { name: 'Attempts, newest first' })
    .getByRole('row')
    .filter({ has: page.getByRole('button', { name: 'Details of the attempt' }) });
}

/** Unfolds a row of the log (0: the newest); resolves with what it shows. */
export async function openLogRow(page: Page, index = 0): Promise<Locator> {
  const opener = logRows(page).nth(index).getByRole('button', { name: 'Details of the attempt' });
  if ((await opener.getAttribute('aria-expanded')) !== 'true') await opener.click();
  const details = page.locator(`[id="${await opener.getAttribute('aria-controls')}"]`);
  await details.getByRole('button', { name: 'Replay' }).waitFor();
  return details;
}

/** Waits for the log to have so many rows. */
export async function loggedAttempts(page: Page, count: number): Promise<void> {
  await page.getByText(`${count} attempt${count === 1 ? '' : 's'}`, { exact: true }).waitFor();
}

/** The row of a webhook in the list of webhooks, which is opened if it is not shown. */
export async function listRow(page: Page, name: string): Promise<Locator> {
  if (new URL(page.url()).pathname !== '/webhooks') await opened(page, '/webhooks');
  return page
    .getByRole('table', { name: 'Webhooks' })
    .getByRole('row')
    .filter({ has: page.getByRole('link', { name, exact: true }) });
}

/** Clicks a switch, which is drawn beside its input, unless it is like that already; resolves when it is. */
export async function switched(control: Locator, on: boolean): Promise<void> {
  if ((await control.isChecked()) !== on) {
    const id = await control.getAttribute('id');
    await control.page().locator(`label[for="${id}"]`).first().click();
  }
  await control.and(control.page().locator(on ? ':checked' : ':not(:checked)')).waitFor({ state: 'attached' });
}

/** Reads what a click on a copy button put into the clipboard. */
export async function copied(button: Locator): Promise<string> {
  const page = button.page();
  // "Copied" may still stand at another button.
  await page.evaluate("navigator.clipboard.writeText('')");
  await button.click();
  await page.getByRole('button', { name: 'Copied' }).first().waitFor();
  return eventually(
    () => page.evaluate<string>('navigator.clipboard.readText()'),
    (text) => text !== '',
  );
}

/** Publishes the sample of an event type as the product would; resolves with the event's id. */
export async function publishSample(
  { client }: Tenant,
  provider: Provider,
  type: string,
  changes: object = {},
): Promise<string> {
  const data = { ...provider.events[type]?.sample, ...changes };
  const { id } = await client.publishEvent({ body: { provider: provider.id, type, data } });
  return id;
}
