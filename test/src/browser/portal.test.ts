import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { TestBellhop } from '../harness/bellhop.ts';
import { eventually } from '../harness/eventually.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import { Desk } from './support/desk.ts';

const clock = new ManualClock();
const desk = new Desk({ clock });

/** What a browser says of an answer that is no success, which these tests provoke. */
const refusal = /Failed to load resource: the server responded with a status of 4\d\d/;

const logo =
  'data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHdpZHRoPSI4IiBoZWlnaHQ9IjgiLz4=';

async function link(body: object = {}): Promise<string> {
  const { organizationId } = await desk.server.tenant();
  return (await desk.server.root.createPortalLink({ params: { id: organizationId }, body })).url;
}

describe('a portal link', () => {
  test("lets a customer in, in the operator's looks, and leaves no token in the address", async () => {
    desk.expectInConsole(refusal);
    const page = await desk.visitor();
    await page.goto(await link({ theme: { name: 'Frontdesk', logo, color: '#0f766e' } }));
    await page.getByRole('heading', { level: 1, name: 'Connect' }).waitFor();
    expect(page.url()).toBe(`${desk.server.url}/connect`);
    expect(await page.title()).toBe('Connect · Frontdesk');
    expect(await page.locator('header img').getAttribute('src')).toBe(logo);
    await page.goBack();
    expect(page.url()).not.toContain('#');
  });

  test('that has expired says so, and what to do', async () => {
    desk.expectInConsole(refusal);
    const url = await link({ expires_in_seconds: 60 });
    clock.advance(61_000);
    const page = await desk.visitor();
    await page.goto(url);
    await page.getByRole('heading', { level: 1, name: 'This link does not work' }).waitFor();
    await page
      .getByRole('alert')
      .getByText(/expired/)
      .waitFor();
  });

  test('that lost its end on the way says so', async () => {
    desk.expectInConsole(refusal);
    const page = await desk.visitor();
    await page.goto('/portal');
    await page.getByText('The link is incomplete.').waitFor();
  });

  test('gives a session that ends in its time', async () => {
    desk.expectInConsole(refusal);
    const page = await desk.visitor();
    await page.goto(await link({ session_seconds: 60 }));
    await page.getByRole('heading', { level: 1, name: 'Connect' }).waitFor();
    await page.waitForLoadState('networkidle');
    clock.advance(61_000);
    await page.getByRole('link', { name: 'Events' }).click();
    await page.getByText(/Your session has ended/).waitFor();
  });

  test('gives no more than it says', async () => {
    desk.expectInConsole(refusal);
    const page = await desk.visitor();
    await page.goto(await link({ scopes: ['webhooks:read'] }));
    await page.getByRole('heading', { level: 1, name: 'Connect' }).waitFor();
    const headers = { 'Bellhop-Request': 'dashboard' };
    expect((await page.request.post('/v1/webhooks', { headers, data: {} })).status()).toBe(403);
  });
});

describe('in a frame', () => {
  const products: Server[] = [];

  afterAll(() => Promise.all(products.map((server) => new Promise((resolve) => server.close(resolve)))));

  /** A page of the operator's product, on an origin of its own, that shows an address in a frame. */
  async function product(): Promise<{ readonly origin: string; show(address: string): void }> {
    let shown = '';
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.setHeader('connection', 'close');
      response.end(`<!doctype html><title>Product</title><iframe src="${shown}" width="900" height="700"></iframe>`);
    });
    products.push(server);
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    return {
      origin,
      show(address) {
        shown = address;
      },
    };
  }

  test('it is shown where the operator allows that', async () => {
    const { origin, show } = await product();
    const server = await TestBellhop.start({ config: { dashboard: { frameAncestors: [origin] } } });
    try {
      show(`${server.url}/sign-in`);
      desk.expectInConsole(refusal);
      const page = await desk.visitor({}, [origin, server.url]);
      await page.goto(origin);
      await page.frameLocator('iframe').getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    } finally {
      await server.stop();
    }
  });

  test('it is not shown elsewhere', async () => {
    const { origin, show } = await product();
    show(await link());
    desk.expectInConsole(/frame-ancestors/, /X-Frame-Options/);
    const page = await desk.visitor({}, [origin]);
    await page.goto(origin);
    await eventually(
      async () => page.frames().map((frame) => frame.url()),
      (urls) => urls.includes('chrome-error://chromewebdata/'),
    );
    expect(await page.frameLocator('iframe').getByRole('heading', { level: 1, name: 'Connect' }).count()).toBe(0);
  });
});
