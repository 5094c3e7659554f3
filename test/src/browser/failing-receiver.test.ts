import type { Provider } from '@bellhop/shared';
import { builtInProviders } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { Desk } from './support/desk.ts';
import { firstType, publish } from './support/furnished.ts';
import { opened } from './support/places.ts';
import { logRows, openLogRow, textOf } from './support/walk.ts';

const desk = new Desk();

/** One that switches off what fails too often, and is signed with a customer's secret or not at all. */
const strict = find(({ delivery }) => delivery.disableAfterFailures !== null);
const limit = strict.delivery.disableAfterFailures ?? 0;

const badGateway = {
  status: 502,
  body: '<html><head><title>502</title></head><body><h1>Bad Gateway of the proxy</h1><hr>nginx</body></html>',
  headers: { 'content-type': 'text/html', 'x-served-by': 'edge-7' },
};

function find(fits: (provider: Provider) => boolean): Provider {
  const provider = builtInProviders.find(fits);
  if (!provider) throw new Error('No built-in provider is like that any more.');
  return provider;
}

describe('a receiver that answers 502 with a page of HTML', () => {
  async function disabled() {
    const tenant = await desk.server.tenant();
    const receiver = await desk.receiver(badGateway);
    const webhook = await tenant.client.createWebhook({
      body: {
        provider: strict.id,
        events: [firstType(strict)],
        url: receiver.url('/hooks'),
        name: 'Call summaries',
        retry: { schedule: [] },
      },
    });
    const published: string[] = [];
    // One after another: those that fail together count once.
    for (let turn = 1; turn <= limit; turn += 1) {
      published.push(await publish(tenant, strict));
      await eventually(
        () => tenant.client.getWebhook({ params: { id: webhook.id } }),
        ({ consecutive_failures }) => consecutive_failures === turn,
      );
    }
    return { tenant, receiver, webhook, published };
  }

  test('is seen in the list, explained, mended, and gets what was held by one button', async () => {
    const { tenant, receiver, webhook } = await disabled();
    for (let turn = 0; turn < 3; turn += 1) await publish(tenant, strict);
    const page = await desk.signedIn(tenant.apiKey);

    await opened(page, '/webhooks');
    const row = page.getByRole('table', { name: 'Webhooks' }).getByRole('row', { name: 'Call summaries' });
    await row.getByText('Disabled', { exact: true }).waitFor();
    await row.getByText(`Disabled after ${limit} failed attempts in a row.`).waitFor();
    await row.getByRole('link', { name: 'Call summaries', exact: true }).click();

    const host = new URL(receiver.url()).host;
    const alert = page.getByRole('alert').filter({ hasText: `Disabled after ${limit} failures` });
    await alert.getByText(`Disabled after ${limit} failures: 502 Bad Gateway from ${host}`).waitFor();
    await alert.getByText('3 deliveries are held since').waitFor();

    const details = await openLogRow(page);
    expect(await textOf(details, 'Response body')).toBe(badGateway.body);
    expect(await textOf(details, 'Response headers')).toContain('x-served-by: edge-7');
    expect(await page.getByRole('heading', { name: 'Bad Gateway of the proxy' }).count()).toBe(0);

    receiver.answer({ status: 200, body: 'mended' });
    await page.getByRole('button', { name: 'Send test' }).click();
    const result = page.getByRole('region', { name: 'Test result' });
    await result.getByText('200 OK').waitFor();
    expect(await textOf(result, 'Response body')).toBe('mended');

    await alert.getByRole('button', { name: 'Resume and send 3 held' }).click();
    await page.getByText('Active', { exact: true }).first().waitFor();
    await alert.waitFor({ state: 'detached' });
    const held = (await receiver.atLeast(limit + 1 + 3)).slice(limit + 1);
    expect(new Set(held.map(({ json }) => json.delivery_id)).size).toBe(3);

    expect((await tenant.client.getWebhook({ params: { id: webhook.id } })).status).toBe('active');
  });

  test('once mended, gets again one delivery by a replay, and with "Recover" all the others that had failed', async () => {
    const { tenant, receiver, webhook } = await disabled();
    receiver.answer({ status: 200 });
    await tenant.client.resumeWebhook({ params: { id: webhook.id } });
    const page = await desk.signedIn(tenant.apiKey);
    await opened(page, `/webhooks/${webhook.id}`);

    const oldest = await openLogRow(page, (await logRows(page).count()) - 1);
    const body = await textOf(oldest, 'Request body');
    await oldest.getByRole('button', { name: 'Replay' }).click();
    await page.getByText('Replaying the delivery.').waitFor();
    expect((await receiver.request(limit)).json).toEqual(JSON.parse(body));
    const newest = logRows(page).first();
    await newest.getByRole('cell', { name: '2', exact: true }).waitFor();
    await newest.getByText('Delivered').waitFor();

    await page.getByRole('button', { name: 'Recover' }).click();
    await page.getByText(`${limit - 1} deliveries replayed`).waitFor();
    const all = (await receiver.atLeast(2 * limit)).map((request) => request.body);
    // Each of those that had failed, once, with the very body that it had.
    expect(all.slice(limit).sort()).toEqual(all.slice(0, limit).sort());
  });

  test('is what the trace of its event tells, with every attempt', async () => {
    const { tenant, published } = await disabled();
    const page = await desk.signedIn(tenant.apiKey);
    await opened(page, `/events/${published[0]}`);
    await page.getByText('Sent to 1 of 1 webhook: 1 exhausted after the last attempt failed.').waitFor();
    const traced = page.getByRole('article');
    await traced.getByText('Exhausted').waitFor();
    await traced.getByRole('button', { name: 'Attempt 1' }).click();
    expect(await textOf(traced, 'Response body')).toBe(badGateway.body);
  });
});

test('the trace of an event says of every webhook why it got it or did not, and follows what becomes of it', async () => {
  const tenant = await desk.server.tenant();
  const { client } = tenant;
  const other = find(({ id }) => id !== strict.id);
  const receiver = await desk.receiver();
  const [first = '', second = ''] = Object.keys(strict.events);
  const [field = '', value] =
    Object.entries(strict.events[first]?.sample ?? {}).find(([, each]) => typeof each === 'string') ?? [];
  const create = (name: string, more: object) =>
    client.createWebhook({
      body: { provider: strict.id, events: [first], url: receiver.url(`/${name.length}`), name, ...more },
    });
  await create('Takes it', {});
  await create('Stopped', { status: 'paused' });
  await create('Choosy', { filter: `${field} == "something else"` });
  await create('Other matters', { events: [second] });
  await create('Other product', { provider: other.id, events: [firstType(other)] });
  const id = await publish(tenant, strict);
  await receiver.request(0);
  await create('Came later', {});

  const page = await desk.signedIn(tenant.apiKey);
  await opened(page, '/events');
  await page
    .getByRole('link', { name: strict.events[first]?.label ?? '' })
    .first()
    .click();
  await page.waitForURL(`**/events/${id}`);
  const said = (name: string, ...texts: readonly string[]) =>
    Promise.all(
      texts.map((text) =>
        page
          .getByRole('article')
          .filter({ has: page.getByRole('heading', { name, exact: true }) })
          .getByText(text, { exact: true })
          .first()
          .waitFor(),
      ),
    );
  await page.getByText('Sent to 2 of 6 webhooks: 1 delivered, 1 held by a paused or disabled webhook.').waitFor();
  await said('Takes it', `It subscribes to ${first}.`, 'Matched', 'Delivered', 'Attempt 1');
  await said('Stopped', `It subscribes to ${first}.`, 'Matched', 'Held');
  await said(
    'Choosy',
    'Not matched',
    `Its filter does not match: \`${field} == "something else"\` is false: ${field} is "${value}".`,
  );
  await said('Other matters', 'Not matched', `It subscribes to ${second}, not to ${first}.`);
  await said('Other product', 'Not matched', `It receives events of ${other.id}; this is an event of ${strict.id}.`);
  await said('Came later', 'Not matched', 'It was created after the event was published.');

  await page.getByRole('link', { name: 'Stopped' }).click();
  await page.getByRole('button', { name: 'Resume and send 1 held' }).click();
  await receiver.request(1);
  await page.goBack();
  await page.getByText('Sent to 2 of 6 webhooks: 2 delivered.').waitFor();
});
