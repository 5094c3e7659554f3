import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { verify } from '@bellhop/shared';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import type { Received, Receiver } from '../harness/receiver.ts';
import { Desk } from './support/desk.ts';
import { opened } from './support/places.ts';
import {
  chooseEvents,
  copied,
  createWebhook,
  fillForm,
  loggedAttempts,
  logRows,
  openForm,
  openLogRow,
  providerOf,
  publishSample,
  save,
  textOf,
} from './support/walk.ts';

/* Boltly's documentation, "Webhooks", step by step; what is quoted is from there. */

const clock = new ManualClock();
const desk = new Desk({ clock });
const boltly = providerOf('boltly');
const types = Object.keys(boltly.events);
const [first = '', second = '', third = ''] = types;
const hasCurl = spawnSync('curl', ['--version']).status === 0;

function signedBy(secret: string, request: Received): boolean {
  return boltly.signature !== null && verify(boltly.signature, request, { secret }).ok;
}

function typesAt({ received }: Receiver): unknown[] {
  return received.map(({ json }) => json.type).sort();
}

/** Somebody who is signed in, with a receiver of his own. */
async function customer() {
  const tenant = await desk.server.tenant();
  const receiver = await desk.receiver();
  const page = await desk.signedIn(tenant.apiKey);
  return { tenant, receiver, page, url: receiver.url('/webhooks/boltly') };
}

/** One who has a webhook already, and is on its page. */
async function subscriber(answer: object = {}) {
  const { tenant, receiver, page, url } = await customer();
  receiver.answer(answer);
  const { id } = await tenant.client.createWebhook({ body: { provider: boltly.id, events: [first], url } });
  return { tenant, receiver, page, id, publish: (type = first) => publishSample(tenant, boltly, type) };
}

describe('"Creating a webhook" via the dashboard', () => {
  test('"Subscribe to any combination of these events": the chosen ones arrive, signed, and no others', async () => {
    const { tenant, receiver, page, url } = await customer();
    const witness = await desk.receiver();
    await tenant.client.createWebhook({ body: { provider: boltly.id, events: types, url: witness.url() } });
    await openForm(page, boltly);
    const choice = page.getByRole('group', { name: 'Events' });
    await choice.getByRole('button', { name: 'All events' }).click();
    await choice.getByText(`${types.length} of ${types.length} selected`).waitFor();
    await choice.getByRole('button', { name: 'None of the events' }).click();
    await fillForm(page, boltly, { events: [first, third], url, description: 'Production webhook' });
    await choice.getByText(`2 of ${types.length} selected`).waitFor();
    await save(page);
    await page.getByText('Production webhook').waitFor();

    const secret = await copied(page.getByRole('button', { name: 'Copy signing secret' }));
    expect(secret).toMatch(/^whsec_/);
    for (const type of types) await publishSample(tenant, boltly, type);
    await witness.atLeast(types.length);
    await receiver.atLeast(2);
    expect(typesAt(receiver)).toEqual([first, third].sort());
    for (const request of receiver.received) expect(signedBy(secret, request)).toBe(true);
  });

  test('it is edited to get other events', async () => {
    const { tenant, receiver, page, url } = await customer();
    const id = await createWebhook(page, boltly, { events: [first], url, name: 'Inbox' });
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByRole('heading', { level: 1, name: 'Edit webhook' }).waitFor();
    expect(await page.getByLabel('Endpoint URL').inputValue()).toBe(url);
    await chooseEvents(page, boltly, [second, third]);
    await page.getByLabel('Name (optional)').fill('Inbox 2');
    expect(await save(page)).toBe(id);
    await page.getByRole('heading', { level: 1, name: 'Inbox 2' }).waitFor();
    for (const type of [first, second, third]) await publishSample(tenant, boltly, type);
    await receiver.atLeast(2);
    expect(typesAt(receiver)).toEqual([second, third].sort());
    expect(await tenant.client.getWebhook({ params: { id } })).toMatchObject({ events: [second, third] });
  });

  test('it is made by keyboard alone, tested, and found in the list', async () => {
    const { receiver, page, url } = await customer();
    await opened(page, '/webhooks');
    await press(page, page.getByRole('link', { name: 'Create webhook' }).first(), 'Enter');
    await page.getByRole('heading', { level: 1, name: 'Create a webhook' }).waitFor();
    const provider = page.getByLabel('Provider');
    await focus(page, provider);
    await page.keyboard.type(boltly.name);
    expect(await provider.inputValue()).toBe(boltly.id);
    await press(page, page.getByRole('checkbox', { name: boltly.events[first]?.label ?? '' }), 'Space');
    await focus(page, page.getByLabel('Endpoint URL'));
    await page.keyboard.type(url);
    await focus(page, page.getByLabel('Name (optional)'));
    await page.keyboard.type('By hand');
    await press(page, page.getByRole('button', { name: 'Create webhook' }), 'Enter');
    await page.getByRole('heading', { level: 1, name: 'By hand' }).waitFor();
    await press(page, page.getByRole('button', { name: 'Send test' }).first(), 'Enter');
    await receiver.request(0);
    await page.getByRole('region', { name: 'Test result' }).getByText('200 OK').waitFor();
    await press(page, logRows(page).getByRole('button', { name: 'Details of the attempt' }), 'Enter');
    await page.getByRole('button', { name: 'Replay' }).waitFor();
    await press(page, page.getByRole('main').getByRole('link', { name: 'Webhooks' }), 'Enter', 'Shift+Tab');
    await page.getByRole('table', { name: 'Webhooks' }).getByRole('link', { name: 'By hand', exact: true }).waitFor();
  });
});

/** Moves the focus key by key until it is there. */
async function focus(page: Page, control: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await control.waitFor();
  const there = control.and(page.locator(':focus-visible'));
  for (let turn = 0; turn < 80; turn += 1) {
    if ((await there.count()) > 0) return;
    await page.keyboard.press(key);
  }
  throw new Error(`The keyboard does not get to ${control}.`);
}

async function press(page: Page, control: Locator, key: 'Enter' | 'Space', by: 'Tab' | 'Shift+Tab' = 'Tab') {
  await focus(page, control, by);
  await page.keyboard.press(key);
}

test('"or use the API": what is made there is in the dashboard, with its secret', async () => {
  const { tenant, receiver, page, url } = await customer();
  await opened(page, '/webhooks');
  await page.getByRole('heading', { name: 'No webhooks yet' }).waitFor();
  const response = await fetch(`${desk.server.url}/v1/developer-access/webhooks`, {
    method: 'POST',
    headers: { 'X-API-Key': tenant.apiKey, 'Content-Type': 'application/json' },
    body: JSON.stringify({ url, events: [first, third], description: 'Production webhook' }),
  });
  const { signing_secret: secret } = (await response.json()) as { readonly signing_secret: string };
  await page.reload();
  const row = page.getByRole('table', { name: 'Webhooks' }).getByRole('row').nth(1);
  await row.getByText(`${boltly.events[first]?.label}, ${boltly.events[third]?.label}`).waitFor();
  await row.getByText(boltly.name, { exact: true }).waitFor();
  await row.getByRole('link').first().click();
  await page.getByText('Production webhook').waitFor();
  expect(await copied(page.getByRole('button', { name: 'Copy signing secret' }))).toBe(secret);
  await publishSample(tenant, boltly, first);
  expect(signedBy(secret, await receiver.request(0))).toBe(true);
  await loggedAttempts(page, 1);
});

describe('the signing secret is rotated', () => {
  test('at once: the old one verifies nothing any more', async () => {
    const { receiver, page, id, publish } = await subscriber();
    await opened(page, `/webhooks/${id}`);
    const old = await copied(page.getByRole('button', { name: 'Copy signing secret' }));
    await publish();
    await page.getByRole('button', { name: 'Rotate' }).click();
    const dialog = page.getByRole('dialog', { name: 'Rotate the signing secret' });
    await dialog.getByText('Only the new secret signs from now on.').waitFor();
    await dialog.getByRole('button', { name: 'Rotate secret' }).click();
    await dialog.getByText('Requests are signed with the new secret.').waitFor();
    const secret = await dialog.getByLabel('Signing secret', { exact: true }).inputValue();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(secret).toMatch(/^whsec_/);
    await publish();
    const [before, after] = await receiver.atLeast(2);
    if (!before || !after) throw new Error('Both have come.');
    expect([signedBy(old, before), signedBy(secret, before)]).toEqual([true, false]);
    expect([signedBy(old, after), signedBy(secret, after)]).toEqual([false, true]);
  });

  test('with an overlap: the old one signs until it is over or ended, then the new one', async () => {
    const { receiver, page, id, publish } = await subscriber();
    await opened(page, `/webhooks/${id}`);
    const old = await copied(page.getByRole('button', { name: 'Copy signing secret' }));
    await page.getByRole('button', { name: 'Rotate' }).click();
    const dialog = page.getByRole('dialog', { name: 'Rotate the signing secret' });
    await dialog.getByLabel('Keep the old secret in use').selectOption('For 24 hours');
    await dialog.getByText('Until then, the old secret signs; afterwards the new one does.').waitFor();
    await dialog.getByRole('button', { name: 'Rotate secret' }).click();
    const secret = await dialog.getByLabel('Signing secret', { exact: true }).inputValue();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await publish();
    expect(signedBy(old, await receiver.request(0))).toBe(true);

    const section = page.getByRole('region', { name: 'Signing secret' });
    await section.getByRole('button', { name: 'Show' }).click();
    for (const shown of [old, secret]) await section.getByText(shown, { exact: true }).waitFor();
    await section.getByRole('button', { name: 'Stop using the replaced secret' }).click();
    const question = page.getByRole('dialog', { name: 'Stop using the replaced secret?' });
    await question.getByRole('button', { name: 'Stop using it' }).click();
    await section.getByText(old, { exact: true }).waitFor({ state: 'detached' });
    await section.getByText(secret, { exact: true }).waitFor();
    await publish();
    const request = await receiver.request(1);
    expect([signedBy(old, request), signedBy(secret, request)]).toEqual([false, true]);
  });
});

test('"Failed deliveries are retried automatically": the page says when, and shows both attempts', async () => {
  // When the next try is, is told by the browser's clock.
  clock.advance(Date.now() - clock.now());
  const { receiver, page, id, publish } = await subscriber({ status: 503 });
  await opened(page, `/webhooks/${id}`);
  await page.getByText('Live', { exact: true }).first().waitFor();
  await publish();
  const alert = page.getByRole('alert', { name: 'The last attempt failed' });
  await alert.getByText('The receiver answered 503 Service Unavailable.').waitFor();
  await alert.getByText(/^Next retry/).waitFor();
  receiver.answer({});
  clock.advance(60_000);
  await loggedAttempts(page, 2);
  expect(await logRows(page).first().getByRole('cell').allTextContents()).toEqual(
    expect.arrayContaining(['Delivered', '200 OK', '2']),
  );
  expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body);
  await alert.waitFor({ state: 'detached' });
});

describe('the log', () => {
  test('is live: attempts appear while it is looked at, unless it is kept still', async () => {
    const { page, id, publish } = await subscriber();
    await opened(page, `/webhooks/${id}`);
    await page.evaluate('window.sameDocument = true');
    const state = page.getByRole('region', { name: 'Log' }).getByRole('status').first();
    await state.getByText('Live', { exact: true }).waitFor();
    await page.getByText('No attempts yet').waitFor();
    await publish();
    await loggedAttempts(page, 1);
    await publish();
    await loggedAttempts(page, 2);
    await page.getByRole('button', { name: 'Pause updates' }).click();
    await state.getByText('Paused', { exact: true }).waitFor();
    await publish();
    await page.getByRole('button', { name: 'Resume updates' }).click();
    await loggedAttempts(page, 3);
    expect(await page.evaluate('window.sameDocument')).toBe(true);
  });

  test('catches up with what happened before it was connected, and so does the state above it', async () => {
    const { tenant, page, id, publish } = await subscriber({ status: 500 });
    const connect = Promise.withResolvers<void>();
    await page.route('**/attempts/stream', async (route) => {
      await connect.promise;
      await route.continue();
    });
    await opened(page, `/webhooks/${id}`);
    await page.getByText('No attempts yet', { exact: true }).waitFor();
    await publish();
    await eventually(
      () => tenant.client.getWebhook({ params: { id } }),
      ({ consecutive_failures }) => consecutive_failures === 1,
    );
    connect.resolve();
    await loggedAttempts(page, 1);
    await page.getByRole('alert', { name: 'The last attempt failed' }).waitFor();
  });

  (hasCurl ? test : test.skip)('copies an attempt as cURL: the command makes the same request again', async () => {
    const { receiver, page, id, publish } = await subscriber();
    await opened(page, `/webhooks/${id}`);
    const secret = await copied(page.getByRole('button', { name: 'Copy signing secret' }));
    await publish();
    await loggedAttempts(page, 1);
    const details = await openLogRow(page);
    const command = await copied(details.getByRole('button', { name: 'Copy as cURL' }));
    await promisify(execFile)('bash', ['-c', command]);
    const [sent, again] = await receiver.atLeast(2);
    if (!sent || !again) throw new Error('Both have come.');
    expect(again.body).toBe(sent.body);
    expect(again.path).toBe(sent.path);
    expect(signedBy(secret, again)).toBe(true);
    expect(JSON.parse(await textOf(details, 'Request body'))).toEqual(sent.json);
  });
});
