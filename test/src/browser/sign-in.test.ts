import { describe, expect, test } from 'vitest';
import { Desk } from './support/desk.ts';

const desk = new Desk();

/** What a browser says of an answer that is no success, which these tests provoke. */
const refusal = /Failed to load resource: the server responded with a status of 4\d\d/;

describe('signing in', () => {
  test('with an API key, which is not kept in the browser', async () => {
    const { apiKey } = await desk.server.tenant();
    desk.expectInConsole(refusal);
    const page = await desk.visitor();
    await page.goto('/');
    await page.getByLabel('API key', { exact: true }).fill(` ${apiKey} `);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Connect' }).waitFor();

    const kept = await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])');
    expect(kept).not.toContain(apiKey);
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
    expect(cookie?.value).not.toContain(apiKey);
  });

  test('opens the page that was asked for', async () => {
    const { apiKey } = await desk.server.tenant();
    desk.expectInConsole(refusal);
    const page = await desk.visitor();
    await page.goto('/settings');
    await page.getByLabel('API key', { exact: true }).fill(apiKey);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  });

  test('with a wrong key says so at the field', async () => {
    desk.expectInConsole(refusal);
    const page = await desk.visitor();
    await page.goto('/');
    await page.getByLabel('API key', { exact: true }).fill('sk_live_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This API key is unknown or was revoked.').waitFor();
    expect(await page.getByLabel('API key', { exact: true }).getAttribute('aria-invalid')).toBe('true');
  });

  test("with the operator's root key says what to do instead", async () => {
    desk.expectInConsole(refusal);
    const page = await desk.visitor();
    await page.goto('/');
    await page.getByLabel('API key', { exact: true }).fill(desk.server.rootKey);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText(/portal link/).waitFor();
  });
});

describe('signing out', () => {
  test('ends the session, not only the cookie', async () => {
    const { apiKey } = await desk.server.tenant();
    desk.expectInConsole(refusal);
    const page = await desk.signedIn(apiKey);
    await page.goto('/webhooks');
    const cookies = await page.context().cookies();
    await page.getByRole('button', { name: 'Sign out' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();

    await page.context().addCookies(cookies);
    expect((await page.request.get('/v1/session')).status()).toBe(401);
  });

  test('a key that is revoked ends the session of whoever signed in with it', async () => {
    const { organizationId, client } = await desk.server.tenant();
    const key = await client.createApiKey({
      params: { id: organizationId },
      body: { name: 'Borrowed', scopes: ['webhooks:read'] },
    });
    desk.expectInConsole(refusal);
    const page = await desk.signedIn(key.key);
    await page.goto('/events');
    await page.getByRole('heading', { level: 1, name: 'Events' }).waitFor();
    await client.revokeApiKey({ params: { id: organizationId, key_id: key.id } });
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByText('Your session has ended. Sign in again to continue.').waitFor();
  });
});
