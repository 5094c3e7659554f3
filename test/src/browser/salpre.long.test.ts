import { describe, expect, test } from 'vitest';
import type { Answer, Answering, Receiver } from '../harness/receiver.ts';
import { Desk } from './support/desk.ts';
import { opened } from './support/places.ts';
import type { Wanted } from './support/walk.ts';
import {
  createWebhook,
  fillForm,
  listRow,
  loggedAttempts,
  logRows,
  openForm,
  openLogRow,
  previewed,
  providerOf,
  publishSample,
  save,
  switched,
  textOf,
} from './support/walk.ts';

/* Salpre's documentation of its webhook integration, step by step; what is quoted is from there. */

const desk = new Desk();
const salpre = providerOf('salpre');
const types = Object.keys(salpre.events);
const [first = '', second = '', third = ''] = types;
const labelOf = (type: string) => salpre.events[type]?.label ?? '';
const name = 'Calls to the CRM';
const because = 'The receiver answered 201 Created. Only 200 counts as success here.';

async function customer(answering: Answering | Answer = {}) {
  const tenant = await desk.server.tenant();
  const receiver = await desk.receiver(answering);
  // Gets every event of the organization: once it has them, others could have had them.
  const witness = await desk.receiver();
  await tenant.client.createWebhook({
    body: { provider: salpre.id, events: types, url: witness.url(), name: 'Witness' },
  });
  const page = await desk.signedIn(tenant.apiKey);
  const url = receiver.url('/salpre');
  return {
    tenant,
    receiver,
    witness,
    page,
    create: (wanted: Wanted) => createWebhook(page, salpre, { events: [first], url, name, ...wanted }),
    publish: (type = first) => publishSample(tenant, salpre, type),
    url,
  };
}

function typesAt({ received }: Receiver): unknown[] {
  return received.map(({ json }) => json.event_type).sort();
}

describe('"Configuration"', () => {
  test('"toggle the Enabled switch": created without it, it holds what comes; switched on in the form, it gets it', async () => {
    const { page, receiver, witness, create, publish } = await customer();
    await openForm(page, salpre);
    const enabled = page.getByRole('switch', { name: 'Enabled' });
    await page.getByText('Events are sent as they happen.').waitFor();
    await switched(enabled, false);
    await page.getByText('Events are held until you enable the webhook.').waitFor();
    await create({ enabled: false });
    await page.getByRole('alert', { name: 'Paused' }).getByText('No deliveries are held yet').waitFor();
    await publish(first);
    await publish(first);
    await witness.atLeast(2);
    expect(receiver.received).toEqual([]);
    await page.reload();
    await page.getByRole('alert', { name: 'Paused' }).getByText('2 deliveries are held').waitFor();

    await page.getByRole('link', { name: 'Edit', exact: true }).click();
    await page.getByText('Events are held until you enable the webhook.').waitFor();
    await switched(enabled, true);
    await page.getByText('After saving, held deliveries are sent first, then events as they happen.').waitFor();
    await save(page);
    await receiver.atLeast(2);
    await publish(first);
    await receiver.atLeast(3);
    await loggedAttempts(page, 3);
    expect(await page.getByRole('alert', { name: 'Paused' }).count()).toBe(0);
    for (const { json } of receiver.received) expect(json).toMatchObject({ event_type: first, is_test: false });
  });

  test('it is paused by switching off, and sends what was held from the button that says so', async () => {
    const { page, receiver, witness, create, publish } = await customer();
    await create({});
    const active = page.getByRole('switch', { name: 'Active' });
    await switched(active, false);
    await page.getByRole('alert', { name: 'Paused' }).waitFor();
    await publish();
    await witness.atLeast(1);
    expect(receiver.received).toEqual([]);
    // The page follows what is held while it is looked at.
    await page.getByRole('button', { name: 'Resume and send 1 held' }).click();
    await receiver.request(0);
    await loggedAttempts(page, 1);
    expect(await active.isChecked()).toBe(true);
  });

  test('"Additional Headers (Optional)": they arrive, and are not shown again', async () => {
    const secret = 'token-of-the-endpoint-81f2';
    const headers = { 'X-Api-Token': secret, 'X-Tenant': 'north-4711' };
    const { tenant, page, receiver, url, publish } = await customer();
    await openForm(page, salpre);
    await fillForm(page, salpre, { events: [first], url, name, headers });
    const { headers: shown } = await previewed(page);
    expect(shown).toContain(`X-Api-Token: ${secret}`);
    const id = await save(page);
    await publish();
    const request = await receiver.request(0);
    expect(request.headers).toMatchObject({ 'x-api-token': secret, 'x-tenant': 'north-4711' });

    await page.getByText('X-Api-Token, X-Tenant (values hidden)').waitFor();
    await loggedAttempts(page, 1);
    const details = await openLogRow(page);
    expect(await textOf(details, 'Request headers')).toContain('X-Api-Token: ********\nX-Tenant: ********');
    expect(await page.content()).not.toContain(secret);
    await page.getByRole('link', { name: 'Edit', exact: true }).click();
    const group = page.getByRole('group', { name: 'Additional headers (optional)' });
    await group.getByText('X-Api-Token: ********').waitFor();
    await group.getByText('X-Tenant: ********').waitFor();
    expect(await page.content()).not.toContain(secret);
    expect(JSON.stringify(await tenant.client.getWebhook({ params: { id } }))).not.toContain(secret);

    // Saved as it is, it keeps them; entered anew, it has others.
    await page.getByLabel('Name (optional)').fill('Renamed');
    await save(page);
    await publish();
    expect((await receiver.request(1)).headers).toMatchObject({ 'x-api-token': secret });
    await page.getByRole('link', { name: 'Edit', exact: true }).click();
    await group.getByRole('button', { name: 'Replace headers' }).click();
    await group.getByRole('button', { name: 'Remove header X-Tenant' }).click();
    await group.getByLabel('Header 1: value').fill('the-next-token');
    await save(page);
    await publish();
    const { 'x-api-token': token, 'x-tenant': missing } = (await receiver.request(2)).headers;
    expect([token, missing]).toEqual(['the-next-token', undefined]);
  });

  test('"Select the specific events you want to receive", and "click the Save button"', async () => {
    const { page, receiver, witness, create, publish } = await customer();
    await create({ events: [first, third] });
    for (const type of [first, third]) await page.getByRole('listitem').getByText(labelOf(type)).first().waitFor();
    for (const type of types) await publish(type);
    await witness.atLeast(types.length);
    await receiver.atLeast(2);
    expect(typesAt(receiver)).toEqual([first, third].sort());
  });

  test('what is missing is said at its field', async () => {
    const { page, receiver } = await customer();
    desk.expectInConsole(/status of 422/);
    await openForm(page, salpre);
    await page.getByRole('button', { name: 'Create webhook' }).click();
    const url = page.getByLabel('Endpoint URL');
    await url.and(page.locator('[aria-invalid="true"]')).waitFor();
    await page.getByRole('group', { name: 'Events' }).and(page.locator('[data-invalid]')).waitFor();
    await fillForm(page, salpre, { events: [second], url: 'example.com/hook' });
    await page.getByRole('button', { name: 'Create webhook' }).click();
    await url.and(page.locator('[aria-invalid="true"]:focus')).waitFor();
    await fillForm(page, salpre, { url: receiver.url('/salpre') });
    await save(page);
  });
});

describe('"use the Test Webhook Integration button"', () => {
  test('before it is saved: a pre-defined example with is_test true, which is not logged', async () => {
    const { page, receiver, url, publish } = await customer();
    await openForm(page, salpre);
    await fillForm(page, salpre, { events: [first, second], url, headers: { 'X-Api-Token': 'before-saving' } });
    await page.getByLabel('Sample of').selectOption(labelOf(second));
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('Test result').waitFor();
    await page.getByText(/^Status 200 OK in \d+ ms$/).waitFor();
    const { json, headers } = await receiver.request(0);
    expect(json).toMatchObject({ event_type: second, payload: salpre.events[second]?.sample, is_test: true });
    expect(headers['x-api-token']).toBe('before-saving');
    await save(page);
    await page.getByText('No attempts yet', { exact: true }).waitFor();
    await publish(first);
    expect((await receiver.request(1)).json).toMatchObject({ event_type: first, is_test: false });
  });

  test('once it is saved: of the chosen event, in the log as a test, also while it is switched off', async () => {
    const { page, receiver, create } = await customer({ body: 'thanks' });
    await create({ events: [first, second], enabled: false });
    await page.getByLabel('Event to test with').first().selectOption(labelOf(second));
    await page.getByRole('button', { name: 'Send test' }).first().click();
    const result = page.getByRole('region', { name: 'Test result' });
    await result.getByText('Delivered', { exact: true }).waitFor();
    await result.getByText(/^.+: 200 OK, \d+ ms$/).waitFor();
    expect(await textOf(result, 'Response body')).toBe('thanks');
    const { json } = await receiver.request(0);
    expect(json).toMatchObject({ event_type: second, payload: salpre.events[second]?.sample, is_test: true });
    await loggedAttempts(page, 1);
    await logRows(page).getByText('Test', { exact: true }).waitFor();
    const details = await openLogRow(page);
    expect(JSON.parse(await textOf(details, 'Request body'))).toEqual(json);
  });

  test('"If we do not receive a 200 OK response, we will consider the delivery a failure": so 201 is one, and it says why', async () => {
    const { page, receiver, create, publish, url } = await customer({ status: 201, body: '{"created":true}' });
    await openForm(page, salpre);
    await fillForm(page, salpre, { events: [first], url });
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText(/^Status 201 Created in/).waitFor();
    await page.getByText('Failed', { exact: true }).waitFor();
    await page.getByText(because).waitFor();

    const id = await create({});
    await publish();
    await loggedAttempts(page, 1);
    await page.getByRole('alert', { name: 'The last attempt failed' }).getByText(because).waitFor();
    await page.getByRole('button', { name: 'Send test' }).first().click();
    const result = page.getByRole('region', { name: 'Test result' });
    await result.getByText('Failed', { exact: true }).waitFor();
    await result.getByText(because).waitFor();
    await loggedAttempts(page, 2);
    for (const row of await logRows(page).all()) await row.getByText('Failed', { exact: true }).waitFor();

    receiver.answer({});
    await page.getByRole('button', { name: 'Send test' }).first().click();
    await result.getByText('Delivered', { exact: true }).waitFor();
    const row = await listRow(page, name);
    await row.getByRole('link', { name, exact: true }).click();
    await page.waitForURL(`**/webhooks/${id}`);
  });
});

test('it is deleted on its page: it asks, and nothing arrives any more', async () => {
  const { page, receiver, witness, create, publish } = await customer();
  const id = await create({});
  await publish();
  await receiver.request(0);
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete this webhook?' });
  await dialog.getByRole('button', { name: 'Delete webhook' }).click();
  await page.waitForURL('**/webhooks');
  await page.getByRole('table', { name: 'Webhooks' }).getByRole('link', { name: 'Witness', exact: true }).waitFor();
  expect(await page.getByRole('link', { name, exact: true }).count()).toBe(0);
  await publish();
  await publish();
  await witness.atLeast(3);
  expect(receiver.received).toHaveLength(1);
  desk.expectInConsole(/status of 404/);
  await opened(page, `/webhooks/${id}`);
  await page.getByRole('heading', { name: 'No such webhook' }).waitFor();
});
