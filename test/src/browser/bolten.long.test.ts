import type { Provider } from '@bellhop/shared';
import { builtInProviders } from '@bellhop/shared';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Tenant } from '../harness/bellhop.ts';
import { eventually } from '../harness/eventually.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import type { Received } from '../harness/receiver.ts';
import { Desk } from './support/desk.ts';
import { opened } from './support/places.ts';
import {
  createWebhook,
  fillForm,
  loggedAttempts,
  logRows,
  openForm,
  openLogRow,
  previewed,
  publishSample,
  save,
  textOf,
} from './support/walk.ts';

/* Bolten's documentation, "Webhooks": what it says a customer does and sees, done and seen here. */

const clock = new ManualClock();
const desk = new Desk({ clock });

const bolten = builtInProviders.find(({ id }) => id === 'bolten') as Provider;

/** "Events and Payloads". */
const won = 'opportunity.won';
const lost = 'opportunity.lost';
const transitioned = 'opportunity.transitioned';
const created = 'opportunity.created';

const label = (type: string) => bolten.events[type]?.label ?? '';

describe('How to set up', () => {
  test('"click the + Webhook", "Endpoint URL", "Name", "Events: check the boxes", and it gets them', async () => {
    const tenant = await desk.server.tenant();
    const receiver = await desk.receiver();
    const page = await desk.signedIn(tenant.apiKey);
    await openForm(page, bolten);
    const name = 'Slack Notifications for Won Deals';
    await fillForm(page, bolten, { url: receiver.url('/slack'), name, events: [transitioned, created] });
    const preview = await previewed(page);
    await save(page);
    await page.getByRole('heading', { level: 1, name }).waitFor();

    await publishSample(tenant, bolten, transitioned);
    const { path, headers, json } = await receiver.request(0);
    expect(path).toBe('/slack');
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('x-api-key');
    expect(json).toMatchObject({ event: transitioned, data: bolten.events[transitioned]?.sample });
    expect(Object.keys(JSON.parse(preview.body) as object)).toEqual(Object.keys(json));
    await page.getByRole('table').getByText(label(transitioned)).waitFor();

    await opened(page, '/webhooks');
    const row = page.getByRole('row', { name });
    await row.getByText(`${label(transitioned)}, ${label(created)}`).waitFor();
    await row.getByText('Active', { exact: true }).waitFor();
  });

  test('without a URL, or without an event, it says so at the field', async () => {
    const { apiKey } = await desk.server.tenant();
    const page = await desk.signedIn(apiKey);
    await openForm(page, bolten);
    await page.getByRole('button', { name: 'Create webhook' }).click();
    await page.getByRole('group', { name: 'Events' }).getByText('Choose at least one event.').waitFor();
    await page.getByText('Enter the URL that receives the events.').waitFor();
    expect(await page.getByLabel('Endpoint URL').getAttribute('aria-invalid')).toBe('true');
  });
});

interface Kind {
  /** As the form calls it. */
  readonly option: string;
  /** What is filled in, by the fields' labels. */
  readonly fields: Readonly<Record<string, string>>;
  readonly secret: string;
  /** The headers as the document has them. */
  readonly expected: Readonly<Record<string, string>>;
}

/** "Authentication". */
const kinds: readonly Kind[] = [
  {
    // "Authorization: Basic <base64(user:password)>"
    option: 'Basic (username and password)',
    fields: { Username: 'user', Password: 'correct horse battery' },
    secret: 'correct horse battery',
    expected: { Authorization: `Basic ${Buffer.from('user:correct horse battery').toString('base64')}` },
  },
  {
    // "X-API-KEY: YOUR_SECRET_KEY"
    option: 'API key',
    fields: { 'API key': 'YOUR_SECRET_KEY_0815' },
    secret: 'YOUR_SECRET_KEY_0815',
    expected: { 'X-API-KEY': 'YOUR_SECRET_KEY_0815' },
  },
  {
    // "Authorization: Bearer <token>"
    option: 'Bearer token',
    fields: { Token: 'tok.en-4711' },
    secret: 'tok.en-4711',
    expected: { Authorization: 'Bearer tok.en-4711' },
  },
];

/** What of a request says who sent it, as it is on the wire. */
function proofs({ rawHeaders }: Received): Record<string, string> {
  const pairs = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : []));
  return Object.fromEntries(pairs.filter(([name]) => /auth|key|token|secret|signature/i.test(name ?? '')));
}

/** Everything in a page, with what stands in its fields. */
function allOf(page: Page): Promise<string> {
  const script = `document.documentElement.outerHTML + [...document.querySelectorAll('input, textarea')].map((field) => field.value).join()`;
  return page.evaluate<string>(script);
}

describe('Authentication', () => {
  test('offers the four kinds of the document', async () => {
    const { apiKey } = await desk.server.tenant();
    const page = await desk.signedIn(apiKey);
    await openForm(page, bolten);
    const choice = page.getByRole('combobox', { name: 'Authentication' });
    expect(await choice.getByRole('option').allTextContents()).toEqual(['None', ...kinds.map(({ option }) => option)]);
  });

  test.each(kinds)(
    '$option: requests carry what the document says, what is secret is not shown again and stays through other changes',
    async ({ option, fields, secret, expected }) => {
      const { apiKey, client } = await desk.server.tenant();
      const receiver = await desk.receiver();
      const page = await desk.signedIn(apiKey);
      await openForm(page, bolten);
      await fillForm(page, bolten, { url: receiver.url(), name: 'Deals', events: [created] });
      await page.getByLabel('Authentication').selectOption({ label: option });
      for (const [field, value] of Object.entries(fields)) await page.getByLabel(field, { exact: true }).fill(value);
      await page.getByRole('button', { name: 'Send a test' }).click();
      await page.getByText('Test result').waitFor();
      expect(proofs(await receiver.request(0))).toEqual(expected);
      const id = await save(page);

      await page.getByRole('button', { name: 'Send test' }).first().click();
      expect(proofs(await receiver.request(1))).toEqual(expected);
      const details = await openLogRow(page);
      expect(await textOf(details, 'Request headers')).toContain(`${Object.keys(expected)[0]}: ********`);

      await page.getByRole('link', { name: 'Edit', exact: true }).click();
      await page.getByText('Saved credentials are not shown.').waitFor();
      expect(await allOf(page)).not.toContain(secret);
      await fillForm(page, bolten, { name: 'Deals, renamed' });
      await save(page);
      await page.getByRole('heading', { level: 1, name: 'Deals, renamed' }).waitFor();
      expect(await allOf(page)).not.toContain(secret);
      await client.testWebhook({ params: { id } });
      expect(proofs(await receiver.request(2))).toEqual(expected);
    },
  );

  test('what is incomplete is said at its field, and what was saved is replaced by another kind or none', async () => {
    const { apiKey } = await desk.server.tenant();
    const receiver = await desk.receiver();
    const page = await desk.signedIn(apiKey);
    await openForm(page, bolten);
    await fillForm(page, bolten, { url: receiver.url(), events: [created] });
    const choice = page.getByLabel('Authentication');
    await choice.selectOption({ label: 'Bearer token' });
    await page.getByRole('button', { name: 'Create webhook' }).click();
    await page.getByText('Enter the token.').waitFor();
    await page.getByLabel('Token', { exact: true }).fill('first-token');
    await save(page);

    await page.getByRole('link', { name: 'Edit', exact: true }).click();
    await page.getByRole('button', { name: 'Replace authentication' }).click();
    await page.getByRole('button', { name: 'Keep the saved authentication' }).click();
    await page.getByRole('button', { name: 'Replace authentication' }).click();
    await choice.selectOption({ label: 'None' });
    await save(page);
    await page.getByRole('button', { name: 'Send test' }).first().click();
    expect(proofs(await receiver.request(0))).toEqual({});
  });
});

describe('Events and Payloads', () => {
  async function add(page: Page, field: string, ...entries: readonly string[]): Promise<void> {
    const input = page.getByRole('combobox', { name: field });
    for (const entry of entries) {
      await input.fill(entry);
      await page.keyboard.press('Enter');
    }
    await page.keyboard.press('Escape');
  }

  /** Moves the sample's opportunity to a stage. */
  function move({ client }: Tenant, stage: string) {
    const { opportunity, contact } = bolten.events[transitioned]?.sample ?? {};
    const data = { opportunity: { ...(opportunity as object), stage }, contact: contact ?? null };
    return client.publishEvent({ body: { provider: bolten.id, type: transitioned, data } });
  }

  test('"all (and only) the fields configured in your project\'s opportunity will be sent", and of the contact', async () => {
    const tenant = await desk.server.tenant();
    const receiver = await desk.receiver();
    const page = await desk.signedIn(tenant.apiKey);
    await createWebhook(page, bolten, { url: receiver.url(), events: [created] });
    await publishSample(tenant, bolten, created);
    expect((await receiver.request(0)).json.data).toEqual(bolten.events[created]?.sample);

    await page.getByRole('navigation').getByRole('link', { name: 'Settings' }).click();
    await add(page, 'Opportunity Fields', 'title', 'owner.name', 'custom_fields.region');
    await add(page, 'Contact Fields', 'email');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('were saved').waitFor();
    await publishSample(tenant, bolten, created);
    expect((await receiver.request(1)).json.data).toEqual({
      opportunity: {
        title: expect.any(String),
        owner: { name: expect.any(String) },
        custom_fields: { region: expect.any(String) },
      },
      contact: { email: expect.any(String) },
    });
  });

  test.each([
    { type: won, meaning: 'won', field: 'Won Stages' },
    { type: lost, meaning: 'lost', field: 'Lost Stages' },
  ])(
    '"moved to the stage configured as $meaning": that and transitioned; to any other stage: transitioned alone',
    async ({ type, field }) => {
      const tenant = await desk.server.tenant();
      const receiver = await desk.receiver();
      const page = await desk.signedIn(tenant.apiKey);
      await createWebhook(page, bolten, { url: receiver.url(), events: [won, lost, transitioned] });
      await move(tenant, 'Signed');
      expect((await receiver.request(0)).json.event).toBe(transitioned);

      await page.getByRole('navigation').getByRole('link', { name: 'Settings' }).click();
      await add(page, field, 'Signed');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('were saved').waitFor();
      await move(tenant, 'Signed');
      const moved = (await receiver.atLeast(3)).slice(1);
      expect(moved.map(({ json }) => json.event).sort()).toEqual([type, transitioned].sort());
      expect(moved.map(({ json }) => json.data)).toEqual([moved[0]?.json.data, moved[0]?.json.data]);
      expect(moved[0]?.json.data).toMatchObject({ opportunity: { stage: 'Signed' } });
      await move(tenant, 'Negotiation');
      expect((await receiver.request(3)).json.event).toBe(transitioned);

      await page.getByRole('navigation').getByRole('link', { name: 'Events' }).click();
      const links = page.getByRole('table').getByRole('link');
      await links.filter({ hasText: label(type) }).waitFor();
      expect((await links.allTextContents()).sort()).toEqual(
        [label(type), ...Array.from({ length: 3 }, () => label(transitioned))].sort(),
      );
    },
  );
});

describe('Error Handling and Retries', () => {
  test('"resend the webhook 5 more times, with exponential backoff", in the log as it happens; then it is sent again by hand', async () => {
    const tenant = await desk.server.tenant();
    const { client } = tenant;
    const receiver = await desk.receiver((_, index) => ({ status: 503, body: `busy ${index + 1}` }));
    const page = await desk.signedIn(tenant.apiKey);
    await page.clock.setFixedTime(clock.now());
    const id = await createWebhook(page, bolten, { url: receiver.url(), events: [created] });
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor();
    const eventId = await publishSample(tenant, bolten, created);
    await loggedAttempts(page, 1);
    await page.getByText('The last attempt failed').waitFor();
    await page.getByText(/^Next retry in/).waitFor();

    const waits: number[] = [];
    for (let attempt = 2; attempt <= 6; attempt += 1) {
      const { data } = await eventually(
        () => client.listDeliveries({ params: { id } }),
        ({ data: [delivery] }) => delivery?.attempts === attempt - 1 && delivery.next_attempt_at !== null,
      );
      waits.push(Date.parse(data[0]?.next_attempt_at ?? '') - clock.now());
      clock.advance(waits.at(-1) ?? 0);
      await loggedAttempts(page, attempt);
      // Each wait is longer than the one before, by far.
      expect(waits.at(-1)).toBeGreaterThan(2 * (waits.at(-2) ?? 0));
    }
    const numbers = await logRows(page).locator('td:last-child').allTextContents();
    expect(numbers).toEqual(['6', '5', '4', '3', '2', '1']);
    // "display only the most recent request and response": it is the first row.
    const details = await openLogRow(page);
    expect(await textOf(details, 'Response body')).toBe('busy 6');
    expect(JSON.parse(await textOf(details, 'Request body'))).toEqual(receiver.received[5]?.json);
    // "If all retries fail, we will stop sending that specific event."
    await page
      .getByText('Failed deliveries are not retried automatically: recover them below once the receiver works.')
      .waitFor();
    clock.advance(6 * 3600 * 1000);

    receiver.answer({ status: 200 });
    await page.getByRole('button', { name: 'Recover' }).click();
    await page.getByText('1 delivery replayed').waitFor();
    expect((await receiver.request(6)).body).toBe(receiver.received[0]?.body);
    expect(receiver.received).toHaveLength(7);
    await page.goto(`/events/${eventId}`);
    await page.getByText('Sent to 1 of 1 webhook: 1 delivered.').waitFor();
    await page.getByRole('button', { name: 'Attempt 7' }).waitFor();
  });
});
