import { verify } from '@bellhop/shared';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Tenant } from '../harness/bellhop.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import type { Answer, Answering, Receiver } from '../harness/receiver.ts';
import { Desk } from './support/desk.ts';
import {
  copied,
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

/* Boltcall's documentation, "Webhooks", step by step; what is quoted is from there. */

const clock = new ManualClock();
const desk = new Desk({ clock });
const boltcall = providerOf('boltcall');
const types = Object.keys(boltcall.events);
const [type = ''] = types;
const label = boltcall.events[type]?.label ?? '';
const name = 'Zapier Lead Notification';

interface Customer {
  readonly tenant: Tenant;
  readonly receiver: Receiver;
  readonly page: Page;
  /** Publishes a sample; resolves with its data, told apart by the number. */
  readonly publish: (number: number) => Promise<string>;
  /** Resolves once the events published so far have arrived elsewhere. */
  readonly elsewhere: () => Promise<unknown>;
}

/** Somebody with the webhook of the document's example, on its page; another webhook gets the same events. */
async function customer(answering: Answering | Answer = {}): Promise<Customer> {
  const tenant = await desk.server.tenant();
  const receiver = await desk.receiver(answering);
  const witness = await desk.receiver();
  const other = { provider: boltcall.id, events: [type], url: witness.url('/witness'), name: 'Witness' };
  await tenant.client.createWebhook({ body: other });
  const page = await desk.signedIn(tenant.apiKey);
  await createWebhook(page, boltcall, { events: [type], url: receiver.url('/hook'), name });
  let published = 0;
  return {
    tenant,
    receiver,
    page,
    publish: (number) => {
      published += 1;
      return publishSample(tenant, boltcall, type, { id: `lead_${number}` });
    },
    elsewhere: () => witness.atLeast(published),
  };
}

/** What tells published samples apart. */
function leads({ received }: Receiver): unknown[] {
  return received.map(({ json }) => (json.data as { readonly id: unknown }).id);
}

describe('"Create a webhook"', () => {
  test('"click Create Webhook", "Enter an optional name", "Choose a trigger event", "Enter your endpoint URL"', async () => {
    const tenant = await desk.server.tenant();
    const receiver = await desk.receiver();
    const page = await desk.signedIn(tenant.apiKey);
    await openForm(page, boltcall);
    const dropdown = page.getByRole('combobox', { name: 'Event', exact: true });
    const offered = await dropdown.getByRole('option').allTextContents();
    expect(offered.slice(1)).toEqual(types.map((each) => `${boltcall.events[each]?.label} (${each})`));
    // "Each webhook is tied to one event."
    expect(await dropdown.getAttribute('multiple')).toBeNull();

    await page.getByLabel('Name (optional)').fill(name);
    await dropdown.selectOption({ label: `${label} (${type})` });
    await page.getByLabel('Endpoint URL').fill(receiver.url('/hook'));
    await page.getByRole('button', { name: 'Create webhook' }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    // "The webhook is active immediately."
    await page.getByText('Active', { exact: true }).first().waitFor();
    await publishSample(tenant, boltcall, type);
    await receiver.request(0);
  });

  test('the name is optional: without one it is called by its URL; without an event or a URL it is not made', async () => {
    const { apiKey } = await desk.server.tenant();
    const receiver = await desk.receiver();
    const page = await desk.signedIn(apiKey);
    await openForm(page, boltcall);
    await page.getByRole('button', { name: 'Create webhook' }).click();
    const invalid = page.locator('[aria-invalid="true"]');
    await invalid.nth(1).waitFor();
    expect(await invalid.count()).toBe(2);
    await fillForm(page, boltcall, { events: [type], url: receiver.url('/hook') });
    expect(await invalid.count()).toBe(0);
    await save(page);
    await page.getByRole('heading', { level: 1, name: receiver.url('/hook') }).waitFor();
  });

  test('"click Preview payload to see the exact JSON your endpoint will receive for the selected trigger event"', async () => {
    const tenant = await desk.server.tenant();
    const receiver = await desk.receiver();
    const page = await desk.signedIn(tenant.apiKey);
    await openForm(page, boltcall);
    for (const each of types) {
      await fillForm(page, boltcall, { events: [each] });
      const preview = await previewed(page);
      const url = receiver.url(`/${each}`);
      await tenant.client.createWebhook({ body: { provider: boltcall.id, events: [each], url } });
      await publishSample(tenant, boltcall, each);
      const { body, json, headers } = await receiver.request(types.indexOf(each));
      const { timestamp } = JSON.parse(preview.body) as { readonly timestamp: string };
      expect(body).toBe(preview.body.replace(timestamp, String(json.timestamp)));
      expect(preview.headers).toContain(`Content-Type: ${headers['content-type']}\n`);
    }
  });
});

test('"click the copy icon next to Signing Secret": every request is signed with it', async () => {
  const { page, receiver, publish } = await customer();
  const section = page.getByRole('region', { name: 'Signing secret' });
  const secret = await copied(section.getByRole('button', { name: 'Copy signing secret' }));
  await publish(1);
  const request = await receiver.request(0);
  if (!boltcall.signature) throw new Error('It is signed.');
  expect(verify(boltcall.signature, request, { secret })).toEqual({ ok: true });
  // "Treat your signing secret like a password": it is not shown before somebody asks for it.
  expect(await page.getByText(secret).count()).toBe(0);
  await section.getByRole('button', { name: 'Show' }).click();
  await section.getByText(secret, { exact: true }).waitFor();
});

describe('"Testing a webhook"', () => {
  test('"Each webhook has a play button in its row", and the log has the result', async () => {
    const { page, receiver, publish } = await customer({ status: 202, body: '{"queued":true}' });
    const row = await listRow(page, name);
    await row.getByRole('button', { name: `Send a test to ${name}` }).click();
    await row.getByText(/^status 202 in \d+ ms$/).waitFor();
    const [sent] = receiver.received;
    expect(sent?.json).toMatchObject({ event: type, data: boltcall.events[type]?.sample });

    await row.getByRole('link', { name: 'View log' }).click();
    await loggedAttempts(page, 1);
    await publish(1);
    await loggedAttempts(page, 2);
    const [live, first] = await logRows(page).all();
    // "including the HTTP status code, response body, and response time in milliseconds"
    for (const line of [live, first]) {
      await line?.getByText('202 Accepted', { exact: true }).waitFor();
      await line?.getByText(/^\d+ ms$/).waitFor();
    }
    const details = await openLogRow(page, 1);
    expect(JSON.parse(await textOf(details, 'Response body'))).toEqual({ queued: true });
    expect(JSON.parse(await textOf(details, 'Request body'))).toEqual(sent?.json);
    // "including both test events and live events"
    expect(await live?.getByText('Test', { exact: true }).count()).toBe(0);
    expect(await first?.getByText('Test', { exact: true }).count()).toBe(1);
    await page.getByLabel('Kind').selectOption('Live');
    await page.getByText('1 of 2 attempts').waitFor();
  });

  test('"The event log shows the last 100 delivery attempts per webhook"', async () => {
    const { tenant, page, receiver } = await customer();
    const data = boltcall.events[type]?.sample ?? {};
    const events = Array.from({ length: 104 }, () => ({ provider: boltcall.id, type, data }));
    await tenant.client.publishBatch({ body: { events } });
    await receiver.atLeast(104);
    await loggedAttempts(page, 100);
    await page.reload();
    await loggedAttempts(page, 100);
    expect(await logRows(page).count()).toBe(100);
  });
});

describe('"Pausing and deleting"', () => {
  test('"click the toggle icon in its row to pause it. Click again to reactivate"', async () => {
    const { page, receiver, publish, elsewhere } = await customer();
    let row = await listRow(page, name);
    await switched(row.getByRole('switch'), false);
    await row.getByText('Paused', { exact: true }).waitFor();
    await publish(1);
    await elsewhere();
    expect(receiver.received).toEqual([]);

    await switched(row.getByRole('switch'), true);
    await row.getByText('Active', { exact: true }).waitFor();
    await receiver.request(0);
    await switched(row.getByRole('switch'), false);
    await publish(2);
    await publish(3);
    await elsewhere();

    await row.getByRole('link', { name, exact: true }).click();
    const alert = page.getByRole('alert', { name: 'Paused' });
    await alert.getByText(/2 deliveries are held since/).waitFor();
    expect(leads(receiver)).toEqual(['lead_1']);
    await alert.getByRole('button', { name: 'Resume and send 2 held' }).click();
    await alert.waitFor({ state: 'detached' });
    await receiver.atLeast(3);
    expect(leads(receiver).sort()).toEqual(['lead_1', 'lead_2', 'lead_3']);
    await loggedAttempts(page, 3);
    row = await listRow(page, name);
    await row.getByText('Active', { exact: true }).waitFor();
  });

  test('"click the trash icon in its row": it asks, "Deletion is immediate and cannot be undone"', async () => {
    const { page, receiver, publish, elsewhere } = await customer();
    const row = await listRow(page, name);
    const trash = row.getByRole('button', { name: `Delete ${name}` });
    const dialog = page.getByRole('dialog', { name: 'Delete this webhook?' });
    await trash.click();
    await dialog.getByText('This cannot be undone.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    await publish(1);
    await receiver.request(0);

    await trash.click();
    await dialog.getByRole('button', { name: 'Delete webhook' }).click();
    await page.getByText(`${name} was deleted.`).waitFor();
    await row.waitFor({ state: 'detached' });
    await publish(2);
    await publish(3);
    await elsewhere();
    expect(leads(receiver)).toEqual(['lead_1']);
  });
});

describe('"Retries"', () => {
  test('"the delivery is logged as failed", not retried, and replayed "after resolving the issue"', async () => {
    const { tenant, page, receiver, publish, elsewhere } = await customer({ status: 500, body: 'out of order' });
    await publish(1);
    await loggedAttempts(page, 1);
    const [failed] = await logRows(page).all();
    await failed?.getByText('Failed', { exact: true }).waitFor();
    await failed?.getByText('500 Internal Server Error', { exact: true }).waitFor();
    await page.getByRole('alert').getByText('Failed deliveries are not retried automatically').waitFor();
    await page.locator('.facts > div', { hasText: 'Retries' }).getByText('None', { exact: true }).waitFor();

    const address = page.url();
    await page.close();
    clock.advance(3 * 24 * 60 * 60 * 1000);
    await publish(2);
    await receiver.request(1);
    await elsewhere();
    expect(leads(receiver)).toEqual(['lead_1', 'lead_2']);

    receiver.answer({});
    const later = await desk.signedIn(tenant.apiKey);
    await later.goto(address);
    await loggedAttempts(later, 2);
    const details = await openLogRow(later, 1);
    expect(await textOf(details, 'Response body')).toBe('out of order');
    await details.getByRole('button', { name: 'Replay' }).click();
    await loggedAttempts(later, 3);
    const [replayed] = await logRows(later).all();
    await replayed?.getByText('Delivered', { exact: true }).waitFor();
    await later.getByRole('alert').waitFor({ state: 'detached' });
    expect(receiver.received[2]?.body).toBe(receiver.received[0]?.body);
  });
});
