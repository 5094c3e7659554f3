import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { dashboardPaths } from '@bellhop/server/dashboard/serve';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestOptions } from '../harness/bellhop.ts';
import { TestBellhop } from '../harness/bellhop.ts';
import { problemOf } from './support.ts';
import { ofDashboard } from './world.ts';

const script = `console.log(${JSON.stringify('what the build wrote '.repeat(100))})`;
const html = '<!doctype html><base href="%BASE%"><meta name="csp-nonce" content="%NONCE%"><p>$& 100%</p>';

let directory: string;
let unbuilt: string;
const servers: TestBellhop[] = [];

beforeAll(async () => {
  unbuilt = await mkdtemp(join(tmpdir(), 'bellhop-unbuilt-'));
  directory = await mkdtemp(join(tmpdir(), 'bellhop-dashboard-'));
  await writeFile(join(directory, 'index.html'), html);
  await writeFile(join(directory, 'sources.txt'), 'of the build alone');
  const assets = join(directory, 'assets');
  await mkdir(assets);
  await writeFile(join(assets, 'index-1a2b3c.js'), script);
  await writeFile(join(assets, 'index-1a2b3c.js.br'), brotliCompressSync(script));
  await writeFile(join(assets, 'index-1a2b3c.js.gz'), gzipSync(script));
  await writeFile(join(assets, 'index-4d5e6f.css'), 'p { color: red }');
  await writeFile(join(assets, 'font-7a8b9c.woff2'), 'no text');
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await Promise.all([directory, unbuilt].map((path) => rm(path, { recursive: true, force: true })));
});

async function serving(dashboard: object = {}, options: TestOptions = {}): Promise<string> {
  const server = await TestBellhop.start({ dashboardDirectory: directory, config: { dashboard }, ...options });
  servers.push(server);
  return server.url;
}

let url: string;
beforeAll(async () => {
  url = await serving();
});

/** A policy's directives by name. */
function policyOf({ headers }: Response): Record<string, string> {
  const directives = (headers.get('content-security-policy') ?? '').split(';').map((each) => each.trim());
  return Object.fromEntries(directives.map((each) => [each.split(' ')[0], each.split(' ').slice(1).join(' ')]));
}

/** The path as it is written: `fetch` would tidy it up. */
function statusOf(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    request({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

const below = dashboardPaths
  .filter((path) => path !== '/')
  .flatMap((path) => [`${path}/`, `${path}/wh_1/edit`, `${path}/%`]);

describe('the page of the dashboard', () => {
  test.each([...dashboardPaths, ...below, '/webhooks?provider=boltly'])('%s is it', async (path) => {
    const response = await fetch(url + path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toContain('<p>$& 100%</p>');
  });

  test.each([
    '/index.html',
    '/webhook',
    '/webhooksx',
    '/Webhooks',
    '/sources.txt',
    '/portal.html',
    '//',
    '/assets',
    '/v1',
  ])('%s is none: 404 as before', async (path) => {
    const response = await fetch(url + path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'not_found' });
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s to it is a 404', async (method) => {
    for (const path of ['/', '/webhooks/x']) expect((await fetch(url + path, { method })).status).toBe(404);
  });

  test('HEAD answers as GET does, without a body', async () => {
    const response = await fetch(url, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  test('loads what comes from here and nothing else, with styles by a nonce that is new every time', async () => {
    const nonces = new Set<string>();
    for (let count = 0; count < 3; count += 1) {
      const response = await fetch(url);
      const [, nonce = ''] = /csp-nonce" content="([^"]*)"/.exec(await response.text()) ?? [];
      expect(nonce).toMatch(/^[\w+/]{22}==$/);
      expect(policyOf(response)).toEqual({
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': `'self' 'nonce-${nonce}'`,
        'img-src': "'self' data:",
        'font-src': "'self'",
        'connect-src': "'self'",
        'base-uri': "'self'",
        'form-action': "'none'",
        'frame-ancestors': "'none'",
      });
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(3);
  });

  test('may not be framed, guessed at, or told of to where a link leads', async () => {
    const { headers } = await fetch(url);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.getSetCookie()).toEqual([]);
  });

  test('https is for this host alone, unless the configuration says that it is for those below as well', async () => {
    const policy = async (address: string) => (await fetch(address)).headers.get('strict-transport-security');
    expect(await policy(url)).toMatch(/^max-age=\d+$/);
    expect(await policy(await serving({ hstsSubdomains: true }))).toMatch(/^max-age=\d+; includeSubDomains$/);
  });

  test('may be framed by the origins that the configuration names', async () => {
    const frameAncestors = ['https://app.example.com', 'https://*.example.org', 'http://localhost:3000'];
    const response = await fetch(await serving({ frameAncestors }));
    expect(policyOf(response)['frame-ancestors']).toBe(frameAncestors.join(' '));
    expect(response.headers.get('x-frame-options')).toBeNull();
  });

  test.each([
    ['https://hooks.example.com', '/'],
    ['https://example.com/hooks/', '/hooks/'],
    ["https://example.com/a'b&c", "/a'b&amp;c/"],
  ])('below %s its base is %s', async (publicUrl, base) => {
    expect(await (await fetch(await serving({ publicUrl }))).text()).toContain(`<base href="${base}">`);
  });
});

describe('what the page is made of', () => {
  test.each([
    ['index-1a2b3c.js', 'text/javascript; charset=utf-8'],
    ['index-4d5e6f.css', 'text/css; charset=utf-8'],
    ['font-7a8b9c.woff2', 'font/woff2'],
  ])('%s is %s, and kept for good', async (name, type) => {
    const { status, headers } = await fetch(`${url}/assets/${name}`);
    expect([status, headers.get('content-type')]).toEqual([200, type]);
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test.each([
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['identity', null],
  ])('a browser that takes "%s" gets it as %s', async (accepted, encoding) => {
    const response = await fetch(`${url}/assets/index-1a2b3c.js`, { headers: { 'accept-encoding': accepted } });
    expect(response.headers.get('content-encoding')).toBe(encoding);
    expect(response.headers.get('vary')).toContain('Accept-Encoding');
    if (encoding) expect(Number(response.headers.get('content-length'))).toBeLessThan(script.length / 10);
    expect(await response.text()).toBe(script);
  });

  test('what the build did not compress comes as it is', async () => {
    const response = await fetch(`${url}/assets/index-4d5e6f.css`);
    expect([response.headers.get('content-encoding'), await response.text()]).toEqual([null, 'p { color: red }']);
  });

  test.each([
    '/assets/nothing.js',
    '/assets/index-1a2b3c.js.br',
    '/assets/..%2findex.html',
    '/assets/%2e%2e%2findex.html',
    '/assets/../index.html',
    '/assets/..\\index.html',
    '/assets/%00',
    '/assets/.',
    '/assets/a/b.js',
  ])('%s is nothing: 404', async (path) => {
    expect(await statusOf(path)).toBe(404);
  });
});

describe('without a build', () => {
  test('nobody is let in, nor given a link: 503, with the command that builds it', async () => {
    const server = await TestBellhop.start({ dashboardDirectory: unbuilt });
    servers.push(server);
    const { organizationId: id, apiKey } = await server.tenant();
    const refused = { status: 503, code: 'unavailable', detail: expect.stringContaining('npm run build -w server') };
    expect(await problemOf(server.root.createPortalLink({ params: { id } }))).toMatchObject(refused);
    const headers = { 'content-type': 'application/json', ...ofDashboard };
    const signIn = { method: 'POST', headers, body: JSON.stringify({ api_key: apiKey }) };
    expect(await (await fetch(`${server.url}/v1/session`, signIn)).json()).toMatchObject(refused);
  });

  test('the page says what to do, and the rest is there', async () => {
    const response = await fetch(await serving({}, { dashboardDirectory: unbuilt }));
    const page = await response.text();
    expect(response.status).toBe(503);
    expect(page).toContain('<code>npm install --include=dev &amp;&amp; npm run build -w server</code>');
    expect(page).toContain('<a href="/docs">');
    expect(policyOf(response)).toMatchObject({ 'default-src': "'none'", 'frame-ancestors': "'none'" });
  });
});

test('a node that only delivers has no dashboard', async () => {
  const server = await TestBellhop.start({ dashboardDirectory: directory, roles: ['deliver'] });
  servers.push(server);
  expect((await fetch(server.url)).status).toBe(404);
  expect((await fetch(`${server.url}/assets/index-1a2b3c.js`)).status).toBe(404);
});
