import type { Provider } from '@bellhop/shared';
import { builtInProviders } from '@bellhop/shared';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { Desk } from './support/desk.ts';
import { firstType, publish } from './support/furnished.ts';
import { opened } from './support/places.ts';

const desk = new Desk();

const signed = builtInProviders.find(({ webhooks }) => webhooks.secret === 'always') as Provider;

/** What a browser says of an answer that is no success, which these tests provoke. */
const refusal = /Failed to load resource: the server responded with a status of 4\d\d/;

/** An organization with a webhook and an event that got there, and every text by which it would be known. */
async function organization(word: string) {
  const tenant = await desk.server.tenant();
  const { client, organizationId, apiKey } = tenant;
  const receiver = await desk.receiver({ body: `answer-${word}` });
  const { id, signing_secret } = await client.createWebhook({
    body: {
      provider: signed.id,
      events: [firstType(signed)],
      url: receiver.url(`/path-${word}`),
      name: `name-${word}`,
      description: `description-${word}`,
      headers: { [`x-${word}`]: `value-${word}` },
    },
  });
  const eventId = await publish(tenant, signed, { note: `note-${word}` });
  await eventually(
    () => client.listAttempts({ params: { id } }),
    ({ data }) => data.length > 0,
  );
  const me = await client.getMe({});
  const texts = [word, signing_secret ?? '', id, eventId, organizationId, me.organization?.name ?? '', apiKey];
  return { tenant, webhookId: id, eventId, texts };
}

type Organization = Awaited<ReturnType<typeof organization>>;

/** Which of an organization's texts are anywhere in the page, but for those that its address holds. */
async function shownOf({ texts }: Organization, page: Page): Promise<string[]> {
  const html = await page.content();
  return texts.filter((text) => html.includes(text) && !page.url().includes(text));
}

test("addresses of another organization's webhook and event show that there is no such thing, and nothing of it", async () => {
  const [ours, theirs] = [await organization('oursword'), await organization('theirsword')];
  desk.expectInConsole(/status of 404/);
  const page = await desk.signedIn(ours.tenant.apiKey);
  for (const address of [
    `/webhooks/${theirs.webhookId}`,
    `/webhooks/${theirs.webhookId}/edit`,
    `/events/${theirs.eventId}`,
  ]) {
    await opened(page, address);
    await page.getByText(/no such (?:webhook|event)/i).waitFor();
    expect(await shownOf(theirs, page)).toEqual([]);
    // Asking again would find nothing either.
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
  }
});

test('no page shows anything of another organization', async () => {
  const [ours, theirs] = [await organization('oursword'), await organization('theirsword')];
  const page = await desk.signedIn(ours.tenant.apiKey);
  for (const address of ['/connect', '/webhooks', '/events', '/catalogue', '/settings']) {
    await opened(page, address);
    expect(await shownOf(theirs, page)).toEqual([]);
  }
  await opened(page, `/webhooks/${ours.webhookId}`);
  await page.getByRole('heading', { name: 'name-oursword' }).waitFor();
  // What is ours is found by the same means.
  expect(await shownOf(ours, page)).toEqual(expect.arrayContaining(['oursword']));
});

test("a log that is open gets nothing of another organization's attempts", async () => {
  const [ours, theirs] = [await organization('oursword'), await organization('theirsword')];
  const page = await desk.signedIn(ours.tenant.apiKey);
  await opened(page, `/webhooks/${ours.webhookId}`);
  await page.getByRole('status').getByText('Live', { exact: true }).waitFor();
  await publish(theirs.tenant, signed);
  await publish(ours.tenant, signed);
  await page.getByText('2 attempts', { exact: true }).waitFor();
  expect(await shownOf(theirs, page)).toEqual([]);
});

test('whoever signs in after somebody else in the same tab sees nothing of the other one, not for a moment', async () => {
  const [first, second] = [await organization('firstword'), await organization('secondword')];
  desk.expectInConsole(refusal);
  const page = await desk.signedIn(first.tenant.apiKey);
  await opened(page, `/webhooks/${first.webhookId}`);
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.getByText(first.texts[1] ?? '', { exact: true }).waitFor();
  for (const place of ['Events', 'Settings', 'Connect', 'Webhooks']) {
    await page.getByRole('navigation').getByRole('link', { name: place }).click();
    await page.getByRole('heading', { level: 1, name: place }).waitFor();
  }
  await page.getByRole('link', { name: 'name-firstword', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  expect(await shownOf(first, page)).toEqual([]);

  // From here on every change of the page is looked at. Answers take longer, so that what was kept would be shown.
  await page.evaluate(`(() => {
    const texts = ${JSON.stringify(first.texts)};
    window.__seen = [];
    const look = () => {
      const html = document.documentElement.outerHTML;
      window.__seen.push(...texts.filter((text) => html.includes(text)));
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  })()`);
  await page.route('**/v1/**', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response });
  });
  await page.getByLabel('API key', { exact: true }).fill(second.tenant.apiKey);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'name-secondword', exact: true }).waitFor();
  for (const place of ['Events', 'Settings', 'Connect', 'Webhooks']) {
    await page.getByRole('navigation').getByRole('link', { name: place }).click();
    await page.getByRole('heading', { level: 1, name: place }).waitFor();
    await page.locator('[aria-label="Loading"]').first().waitFor({ state: 'detached' });
  }
  // The page was not loaded anew, or nobody would have looked.
  expect(await page.evaluate('window.__seen')).toEqual([]);
});

test('an address that somebody else has left open shows nothing of it to whoever signs in there', async () => {
  const [first, second] = [await organization('firstword'), await organization('secondword')];
  desk.expectInConsole(refusal);
  const page = await desk.signedIn(first.tenant.apiKey);
  await opened(page, `/webhooks/${first.webhookId}`);
  await page.getByRole('heading', { name: 'name-firstword' }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('API key', { exact: true }).fill(second.tenant.apiKey);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'No such webhook' }).waitFor();
  expect(await shownOf(first, page)).toEqual([]);
});
