import { builtInProviders, createClient, defineProvider, z } from '@bellhop/shared';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Tenant } from '../harness/bellhop.ts';
import { eventually } from '../harness/eventually.ts';
import type { Receiver } from '../harness/receiver.ts';
import { Desk } from './support/desk.ts';
import { opened } from './support/places.ts';
import { logRows, openLogRow, textOf } from './support/walk.ts';

/** Leaves a mark in a page that takes any of it for markup. */
const payload = [
  `"'><script>window.__ran=1</script>`,
  '<img src=x onerror="window.__ran=1">',
  '<svg onload="window.__ran=1"></svg>',
  '<a href="javascript:window.__ran=1">go</a>',
].join('');

const hostile = (what: string) => `${what} ${payload}`;

/** The payload where it stands in JSON. */
const inJson = JSON.stringify(payload).slice(1, -1);

const type = 'thing.happened';

/** A provider of an operator who copies texts of others into it. */
const rowdy = defineProvider({
  id: 'rowdy',
  name: hostile('Rowdy'),
  description: hostile('A product.'),
  envelope: ({ data }) => ({ data }),
  signature: null,
  settings: {
    schema: z.strictObject({
      marks: z
        .array(z.string())
        .default([])
        .meta({ title: hostile('Marks'), description: hostile('What is marked.') }),
    }),
    defaults: { marks: [] },
  },
  events: {
    [type]: {
      label: hostile('Thing'),
      description: `Triggers when ${payload}`,
      schema: z.looseObject({
        note: z.string().meta({ title: hostile('Note'), description: hostile('What is noted.') }),
        [payload]: z.string().optional(),
      }),
      sample: { note: payload, [payload]: payload },
    },
    'thing.stopped': {
      label: hostile('Stop'),
      description: `Triggers when it stops ${payload}`,
      schema: z.looseObject({}),
      sample: { note: payload },
    },
  },
});

const desk = new Desk({ providers: [rowdy, ...builtInProviders] });

let tenant: Tenant;
let receiver: Receiver;
let webhookId: string;
let url: string;
let eventId: string;
const name = hostile('Hook').slice(0, 200);

async function furnish(): Promise<void> {
  const organization = await desk.server.root.createOrganization({ body: { name: hostile('Organization') } });
  const key = await desk.server.root.createApiKey({
    params: { id: organization.id },
    body: { name: hostile('Key'), scopes: ['admin', 'events:write', 'webhooks:read', 'webhooks:write'] },
  });
  const client = createClient({ baseUrl: desk.server.url, apiKey: key.key });
  tenant = { organizationId: organization.id, apiKey: key.key, client };
  receiver = await desk.receiver({
    status: 500,
    body: payload,
    headers: { 'content-type': 'text/html', 'x-note': payload },
  });
  const filter = `note == "${payload.replaceAll('"', "'")}" or note exists`;
  const target = receiver.url(`/javascript:window.__ran=1//?q=${payload}`).replace('#', '');
  const body = { provider: rowdy.id, events: [type], url: target, name, description: hostile('Described'), filter };
  const webhook = await client.createWebhook({ body });
  webhookId = webhook.id;
  url = webhook.url;
  await client.createWebhook({ body: { ...body, name: hostile('Picky'), filter: filter.replace(' or ', ' and ') } });
  const event = { provider: rowdy.id, event: type, platform: 'zapier' as const };
  await client.subscribeHook({ body: { ...event, target_url: receiver.url('/hook'), external_id: hostile('zap') } });
  await client.putProviderSettings({ params: { provider: rowdy.id }, body: { marks: [hostile('mark')] } });
  const data = { note: payload, [payload]: payload };
  eventId = (await client.publishEvent({ body: { provider: rowdy.id, type, data } })).id;
  await eventually(
    () => client.listAttempts({ params: { id: webhookId } }),
    ({ data: attempts }) => attempts.length > 0,
  );
}

beforeAll(furnish);

/** A page that is signed in, without the net of the content security policy: what got in as markup would run. */
async function looker(): Promise<Page> {
  const page = await desk.signedIn(tenant.apiKey, { bypassCSP: true });
  page.on('dialog', (dialog) => {
    asked.push(dialog.message());
    void dialog.dismiss();
  });
  return page;
}

/** What pages said in dialogs of the browser. */
const asked: string[] = [];

/** What came of the payload where it was taken for more than text. */
const traces = `JSON.stringify({
  ran: window.__ran ?? null,
  elements: [...document.querySelectorAll(
    'script:not([src]), img[src=x], iframe, object, embed, [onerror], [onload], [onclick]',
  )].map(({ outerHTML }) => outerHTML),
  links: [...document.querySelectorAll('[href], [action], [src]')]
    .flatMap((element) => ['href', 'action', 'src'].map((name) => element.getAttribute(name) ?? ''))
    .filter((address) => /^\\s*javascript:/i.test(address)),
})`;

async function found(page: Page): Promise<unknown> {
  return JSON.parse(await page.evaluate<string>(traces));
}

async function expectNothingRan(page: Page): Promise<void> {
  expect(await found(page)).toEqual({ ran: null, elements: [], links: [] });
  expect(asked).toEqual([]);
}

/** Waits until the page shows these texts as they are. */
async function shows(page: Page, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await page.getByText(text).filter({ visible: true }).first().waitFor();
}

test('these tests would notice', async () => {
  desk.expectInConsole(/status of 404/);
  const page = await looker();
  await opened(page, '/webhooks');
  const ran = `new Promise((resolve) => {
    document.querySelector('h1').insertAdjacentHTML('afterend', ${JSON.stringify(payload.slice(2))});
    document.querySelector('img[src=x]').addEventListener('error', () => resolve(window.__ran));
  })`;
  expect(await page.evaluate(ran)).toBe(1);
  const elements = Array.from({ length: 3 }, () => expect.any(String));
  expect(await found(page)).toEqual({ ran: 1, elements, links: ['javascript:window.__ran=1'] });
});

describe('what customers, receivers, events and operators write is text', () => {
  test('in the list of webhooks, in its dialogs and notes', async () => {
    const page = await looker();
    await opened(page, '/webhooks');
    await shows(page, name, hostile('Picky').slice(0, 60), rowdy.name, hostile('Organization'));
    await page.getByRole('button', { name: `Send a test to ${name}` }).click();
    await page.getByText(/status 500 in/).waitFor();
    await page.getByRole('button', { name: `Delete ${name}` }).click();
    await page.getByRole('dialog').getByText(name).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expectNothingRan(page);
  });

  test('on the page of a webhook, in its log and in the result of a test', async () => {
    const page = await looker();
    await opened(page, `/webhooks/${webhookId}`);
    await shows(page, name, url, hostile('Described'), rowdy.name);
    const details = await openLogRow(page, (await logRows(page).count()) - 1);
    expect(await textOf(details, 'Response body')).toBe(payload);
    expect(await textOf(details, 'Response headers')).toContain(`x-note: ${payload}`);
    expect(await textOf(details, 'Request body')).toContain(inJson);
    await page.getByRole('button', { name: 'Send test' }).click();
    const result = page.getByRole('region', { name: 'Test result' });
    await result.waitFor();
    expect(await textOf(result, 'Response body')).toBe(payload);
    await expectNothingRan(page);
  });

  test("on the page of a platform's own hook", async () => {
    const page = await looker();
    await opened(page, '/webhooks?platform=zapier');
    await page.getByRole('rowheader').getByRole('link').first().click();
    await shows(page, hostile('zap'));
    await expectNothingRan(page);
  });

  test('in the form, its preview, its test and the trial of a filter', async () => {
    const page = await looker();
    await opened(page, `/webhooks/${webhookId}/edit`);
    expect(await page.getByLabel('Name (optional)').inputValue()).toBe(name);
    await page.getByRole('button', { name: 'Test the filter' }).click();
    await shows(page, 'The sample would be sent.');
    await expectNothingRan(page);

    await opened(page, `/webhooks/new?provider=${rowdy.id}&event=${type}`);
    await shows(page, hostile('Thing'), `Triggers when ${payload}`);
    await page.getByRole('button', { name: 'Preview payload' }).click();
    const dialog = page.getByRole('dialog', { name: 'Preview payload' });
    expect(await textOf(dialog, 'Body')).toContain(inJson);
    await expectNothingRan(page);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByLabel('Endpoint URL').fill(url);
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('Test result').waitFor();
    expect(await textOf(page, 'Response body')).toBe(payload);
    await expectNothingRan(page);
  });

  test('in the list of events and in the trace of one', async () => {
    const page = await looker();
    await opened(page, '/events');
    await shows(page, hostile('Thing'), rowdy.name);
    await expectNothingRan(page);
    await opened(page, `/events/${eventId}`);
    await shows(page, name, url, hostile('Picky'));
    await page.getByRole('article').filter({ hasText: name }).getByRole('button', { name: 'Attempt 1' }).click();
    expect(await textOf(page, 'Response body')).toBe(payload);
    expect(await textOf(page, 'Event data')).toContain(inJson);
    await expectNothingRan(page);
  });

  test('in the catalogue', async () => {
    const page = await looker();
    await opened(page, '/catalogue');
    await shows(page, rowdy.name, rowdy.description, hostile('Thing'));
    await expectNothingRan(page);
    await opened(page, `/catalogue/${rowdy.id}/${type}`);
    await shows(page, hostile('Thing'), hostile('What is noted.'), payload);
    expect(await textOf(page, 'Sample data')).toContain(inJson);
    await page.getByText('Standard', { exact: true }).click();
    await shows(page, 'webhook-signature: v1,');
    await expectNothingRan(page);
  });

  test('in the settings, in dialogs about keys, and on the Connect page', async () => {
    const page = await looker();
    await opened(page, '/settings');
    await shows(page, rowdy.name, hostile('Marks'), hostile('What is marked.'), hostile('mark'), hostile('Key'));
    await page.getByRole('button', { name: `Revoke ${hostile('Key')}` }).click();
    await page.getByRole('dialog').getByText(hostile('Key')).waitFor();
    await expectNothingRan(page);

    await opened(page, '/connect');
    const custom = page.getByRole('region', { name: 'Custom webhook' });
    await shows(page, hostile('Thing'), name);
    await custom.getByRole('checkbox', { name: hostile('Thing') }).check();
    await custom.getByLabel('Webhook URL').fill(url);
    await custom.getByRole('button', { name: 'Send a test first' }).click();
    expect(await textOf(custom, 'Response body')).toBe(payload);
    await expectNothingRan(page);
  });

  test('in addresses that somebody is made to follow', async () => {
    desk.expectInConsole(/status of 4\d\d/);
    const page = await looker();
    const part = encodeURIComponent(payload);
    for (const address of [
      `/catalogue/${part}/${part}`,
      `/webhooks/${part}`,
      `/webhooks/${part}/edit`,
      `/events/${part}`,
      `/events?provider=${part}&type=${part}`,
      `/webhooks?status=${part}`,
      `/webhooks/new?provider=${part}&event=${part}`,
      `/portal#${part}`,
    ]) {
      await opened(page, address);
      await expectNothingRan(page);
    }
  });

  test('in errors, whoever wrote them', async () => {
    desk.expectInConsole(/status of 4\d\d/);
    const page = await looker();
    const problem = { type: 'about:blank', title: payload, status: 422, code: payload, detail: hostile('Refused') };
    const answer = { ...problem, errors: [{ field: payload, message: hostile('Wrong') }] };
    await page.route('**/v1/webhooks?*', (route) =>
      route.fulfill({ status: 422, contentType: 'application/problem+json', body: JSON.stringify(answer) }),
    );
    await page.route('**/v1/webhooks/*/attempts*', async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replaceAll(
        /"error":"[^"]*"/g,
        `"error":${JSON.stringify(hostile('Failed'))}`,
      );
      await route.fulfill({ response, body });
    });
    await opened(page, '/webhooks');
    await page.getByRole('alert').getByText(payload).first().waitFor();
    await expectNothingRan(page);
    await opened(page, `/webhooks/${webhookId}`);
    await shows(page, hostile('Failed'));
    await expectNothingRan(page);
  });

  test("in the operator's theme", async () => {
    desk.expectInConsole(/status of 401/);
    const image = `<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8" onload="top.__ran=1"><script>top.__ran=1</script></svg>`;
    const short = '<img src=x onerror=window.__ran=1>';
    const { url: link } = await desk.server.root.createPortalLink({
      params: { id: tenant.organizationId },
      body: { theme: { name: short, logo: `data:image/svg+xml;base64,${Buffer.from(image).toString('base64')}` } },
    });
    const page = await desk.visitor();
    await page.goto(link);
    await page.getByRole('heading', { level: 1, name: 'Connect' }).waitFor();
    await shows(page, short);
    expect(await page.title()).toBe(`Connect · ${short}`);
    await expectNothingRan(page);
  });
});

describe('the content security policy', () => {
  test('lets no script run that is not a file of ours, should one get in all the same', async () => {
    desk.expectInConsole(/Content Security Policy/);
    const page = await desk.signedIn(tenant.apiKey);
    const response = await page.goto('/webhooks');
    expect(response?.headers()['content-security-policy']).toMatch(/(?:^|;)script-src 'self'(?:;|$)/);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.evaluate(`(() => {
      window.__refused = 0;
      document.addEventListener('securitypolicyviolation', ({ violatedDirective }) => {
        if (violatedDirective.startsWith('script-src')) window.__refused += 1;
      });
      const script = document.createElement('script');
      script.textContent = 'window.__ran = "script"';
      const holder = document.createElement('div');
      holder.innerHTML = '<img src="data:," onerror="window.__ran = \\'attribute\\'">'
        + '<a href="javascript:window.__ran = \\'link\\'">Hostile link</a>';
      document.querySelector('h1').after(script, holder);
    })()`);
    await page.getByRole('link', { name: 'Hostile link' }).click();
    const refused = () => page.evaluate<number>('window.__refused');
    await eventually(refused, (count) => count === 3);
    expect(await page.evaluate('window.__ran ?? null')).toBeNull();
  });

  test('lets no script of another host run', async () => {
    desk.expectInConsole(/Content Security Policy/);
    const elsewhere = await desk.receiver({ body: 'window.__ran = 1', headers: { 'content-type': 'text/javascript' } });
    const page = await desk.signedIn(tenant.apiKey);
    await opened(page, '/webhooks');
    const refused = await page.evaluate(`new Promise((resolve) => {
      const script = document.createElement('script');
      script.src = ${JSON.stringify(elsewhere.url('/script.js'))};
      script.onerror = () => resolve(true);
      script.onload = () => resolve(false);
      document.body.append(script);
    })`);
    expect(refused).toBe(true);
    expect(elsewhere.received).toEqual([]);
  });
});
