import type { Provider } from '@bellhop/shared';
import { builtInProviders, verify } from '@bellhop/shared';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { TestBellhop } from '../harness/bellhop.ts';
import { eventually } from '../harness/eventually.ts';
import type { Received } from '../harness/receiver.ts';
import { Desk } from './support/desk.ts';
import { opened } from './support/places.ts';
import { copied, createWebhook, fillForm, openForm, publishSample, save, textOf } from './support/walk.ts';

/* InboundFlow's documentation, "Webhooks": what it says a customer does and sees, done and seen here. */

const desk = new Desk();

const inboundflow = builtInProviders.find(({ id }) => id === 'inboundflow') as Provider;
const { signature } = inboundflow;

/** "Event Types". */
const completed = 'call.completed';
const booked = 'appointment.booked';

const label = (type: string) => inboundflow.events[type]?.label ?? '';

function verified(request: Received, secret: string): boolean {
  if (!signature) throw new Error('InboundFlow signs.');
  return verify(signature, request, { secret }).ok;
}

/** "Delivery Format". */
function expectAsDocumented({ headers, json }: Received, type: string): void {
  expect(headers['content-type']).toBe('application/json');
  expect(headers['x-inboundflow-event']).toBe(type);
  expect(headers['x-inboundflow-delivery-id']).toBe(json.delivery_id);
  expect(headers['x-inboundflow-timestamp']).toMatch(/^\d{10}$/);
  expect(headers['user-agent']).toBe('InboundFlow-Webhook/1.0');
  expect(Object.keys(json)).toEqual(['event', 'timestamp', 'organization_id', 'delivery_id', 'data']);
  expect(json.event).toBe(type);
}

describe('Setup', () => {
  test('on the Connect page: "Paste your webhook URL", "Select which events to receive", "Test Webhook", "Save"', async () => {
    const tenant = await desk.server.tenant();
    const receiver = await desk.receiver({ body: 'thank you' });
    const page = await desk.signedIn(tenant.apiKey);
    await opened(page, '/connect');
    const card = page.getByRole('region', { name: 'Custom webhook' });
    await card.getByLabel('Webhook URL').fill(receiver.url('/inbound'));
    await card.getByLabel('Provider').selectOption({ label: inboundflow.name });
    for (const type of [completed, booked])
      await card.getByRole('checkbox', { name: label(type), exact: true }).check();
    await card.getByRole('button', { name: 'Send a test first' }).click();
    await card.getByText('The test got 200 OK').waitFor();
    expect(await textOf(card, 'Response body')).toBe('thank you');
    expectAsDocumented(await receiver.request(0), completed);
    await card.getByRole('button', { name: 'Connect', exact: true }).click();
    await card.getByRole('heading', { name: 'URL connected' }).waitFor();
    // A secret is made only for whoever wants one.
    expect(await card.getByLabel('Signing secret', { exact: true }).count()).toBe(0);

    await publishSample(tenant, inboundflow, booked);
    const request = await receiver.request(1);
    expectAsDocumented(request, booked);
    expect(request.json.data).toEqual(inboundflow.events[booked]?.sample);
    expect(request.headers).not.toHaveProperty('x-inboundflow-signature');
    await card.getByRole('link', { name: 'Open the webhook' }).click();
    await page.getByRole('table').getByText(label(booked)).waitFor();
  });

  test('in the form, with everything else that a webhook can have', async () => {
    const tenant = await desk.server.tenant();
    const receiver = await desk.receiver();
    const page = await desk.signedIn(tenant.apiKey);
    await createWebhook(page, inboundflow, { url: receiver.url(), events: [completed], name: 'Sheets' });
    await page.getByText('Requests are not signed, because there is no secret.').waitFor();
    await publishSample(tenant, inboundflow, completed);
    expectAsDocumented(await receiver.request(0), completed);
  });
});

describe('Verifying Webhook Signatures', () => {
  test('"If you set a signing secret when configuring your webhook, every delivery includes" a signature', async () => {
    desk.expectInConsole(/status of 422/);
    const tenant = await desk.server.tenant();
    const receiver = await desk.receiver();
    const page = await desk.signedIn(tenant.apiKey);
    await openForm(page, inboundflow);
    await fillForm(page, inboundflow, { url: receiver.url(), events: [completed] });
    const field = page.getByLabel('Signing secret (optional)', { exact: true });
    await field.fill('short');
    await page.getByRole('button', { name: 'Create webhook' }).click();
    await page.getByText('Must be 8 to 256 printable characters.').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    const secret = 'your_signing_secret_0815';
    await field.fill(secret);
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('Test result').waitFor();
    await save(page);
    await publishSample(tenant, inboundflow, completed);
    for (const request of await receiver.atLeast(2)) {
      expect(request.headers['x-inboundflow-signature']).toMatch(/^sha256=[0-9a-f]{64}$/);
      expect(verified(request, secret)).toBe(true);
    }
  });

  test('a secret can be set later: from then on requests are signed', async () => {
    const tenant = await desk.server.tenant();
    const receiver = await desk.receiver();
    const page = await desk.signedIn(tenant.apiKey);
    await createWebhook(page, inboundflow, { url: receiver.url(), events: [completed] });
    await publishSample(tenant, inboundflow, completed);
    expect((await receiver.request(0)).headers).not.toHaveProperty('x-inboundflow-signature');

    await page.getByRole('button', { name: 'Set a secret' }).click();
    const dialog = page.getByRole('dialog', { name: 'Set a signing secret' });
    await dialog.getByRole('button', { name: 'Set secret' }).click();
    const secret = await dialog.getByLabel('Signing secret', { exact: true }).inputValue();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await publishSample(tenant, inboundflow, completed);
    expect(verified(await receiver.request(1), secret)).toBe(true);
    expect(await copied(page.getByRole('button', { name: 'Copy signing secret' }))).toBe(secret);
  });
});

describe('"Webhook URLs must use HTTPS"', () => {
  /** A server as operators run it, and a page of it. */
  async function inProduction(act: (page: Page, server: TestBellhop) => Promise<void>): Promise<void> {
    // Nothing that speaks https stands before it here.
    const config = { dashboard: { publicUrl: 'http://127.0.0.1' } };
    const server = await TestBellhop.start({ production: true, config });
    try {
      const { apiKey } = await server.tenant();
      const page = await desk.visitor({ baseURL: server.url }, [server.url]);
      const headers = { 'Bellhop-Request': 'dashboard' };
      await page.request.post('/v1/session', { headers, data: { api_key: apiKey } });
      await act(page, server);
      // What it still asks would find nobody.
      await page.close();
    } finally {
      await server.stop();
    }
  }

  async function expectRefused(field: Locator): Promise<void> {
    await field.page().getByText('The URL must start with https://.').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await field.evaluate((input) => input === input.ownerDocument.activeElement)).toBe(true);
  }

  test('where it is not a must, the field says what http means', async () => {
    const { apiKey } = await desk.server.tenant();
    const page = await desk.signedIn(apiKey);
    await openForm(page, inboundflow);
    await page.getByLabel('Endpoint URL').fill('http://example.com/hooks');
    await page.getByText('Requests to http:// URLs are not encrypted. Use https:// if possible.').waitFor();
  });

  test('in the form, a URL without is refused at its field, which says what to change; then it is saved', async () => {
    desk.expectInConsole(/status of 422/);
    await inProduction(async (page, server) => {
      await openForm(page, inboundflow);
      await fillForm(page, inboundflow, { url: 'http://example.com/hooks', events: [completed] });
      const field = page.getByLabel('Endpoint URL');
      await page.getByRole('button', { name: 'Send a test' }).click();
      await expectRefused(field);
      await page.getByRole('button', { name: 'Create webhook' }).click();
      await expectRefused(field);
      await field.fill('https://example.com/hooks');
      await save(page);
      await page.getByText('https://example.com/hooks').first().waitFor();
      expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
    });
  });

  test('on the Connect page as well', async () => {
    desk.expectInConsole(/status of 422/);
    await inProduction(async (page) => {
      await opened(page, '/connect');
      const card = page.getByRole('region', { name: 'Custom webhook' });
      const field = card.getByLabel('Webhook URL');
      await field.fill('http://example.com/hooks');
      await card.getByLabel('Provider').selectOption({ label: inboundflow.name });
      await card.getByRole('checkbox', { name: label(completed), exact: true }).check();
      await card.getByRole('button', { name: 'Connect', exact: true }).click();
      await expectRefused(field);
      await field.fill('https://example.com/hooks');
      await card.getByRole('button', { name: 'Connect', exact: true }).click();
      await card.getByRole('heading', { name: 'URL connected' }).waitFor();
    });
  });
});

describe('Retry & Reliability', () => {
  test('"After 10 consecutive failures, the webhook is automatically disabled", and one click reconnects it', async () => {
    const tenant = await desk.server.tenant();
    const receiver = await desk.receiver({ status: 500, body: 'out of order' });
    const page = await desk.signedIn(tenant.apiKey);
    await openForm(page, inboundflow);
    await fillForm(page, inboundflow, { url: receiver.url(), events: [completed], name: 'Sheets' });
    await page.getByText('More settings').click();
    await page.getByRole('radio', { name: 'Do not retry' }).check();
    const id = await save(page);
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor();
    // One after another: what fails together is one failure in a row.
    for (let turn = 0; turn < 9; turn += 1) {
      await publishSample(tenant, inboundflow, completed);
      await eventually(
        () => tenant.client.getWebhook({ params: { id } }),
        ({ consecutive_failures }) => consecutive_failures > turn,
      );
    }
    // "Monitor failures: Check your integration status in the dashboard for delivery issues"
    await page.getByText('The last 9 attempts failed').waitFor();
    await page.getByText('After 10 failures in a row, the webhook is disabled and events are held.').waitFor();
    await publishSample(tenant, inboundflow, completed);
    const { host } = new URL(receiver.url());
    await page.getByText(`Disabled after 10 failures: 500 Internal Server Error from ${host}`).waitFor();
    await publishSample(tenant, inboundflow, completed);

    // "Re-enable: If your webhook is auto-disabled, go to Settings → Integrations to reconnect."
    receiver.answer({ status: 200 });
    await opened(page, '/webhooks');
    await page.getByRole('row', { name: 'Sheets' }).getByText('Disabled', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Sheets', exact: true }).click();
    await page.getByText('1 delivery is held since').waitFor();
    await page.getByRole('button', { name: 'Resume and send 1 held' }).click();
    await page.getByText('Resumed. Held deliveries are being sent, oldest first.').waitFor();
    expectAsDocumented(await receiver.request(10), completed);
    await page.getByText(/^Disabled after/).waitFor({ state: 'detached' });
    await publishSample(tenant, inboundflow, completed);
    const requests = await receiver.atLeast(12);
    // "Use the delivery_id field to deduplicate events if your handler is called twice."
    expect(new Set(requests.map(({ json }) => json.delivery_id)).size).toBe(12);
    const state = await tenant.client.getWebhook({ params: { id } });
    expect(state).toMatchObject({ status: 'active', consecutive_failures: 0 });
  });
});
