import type { OperationOutput } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { Browser, tokenOf } from './browser.ts';
import type { RawRequest } from './support.ts';
import { ApiStage, guarded, problemOf } from './support.ts';
import type { World } from './world.ts';
import { leavesUnchanged, makeWorld, ofDashboard, toRaw } from './world.ts';

const stage = new ApiStage();

const scopes = ['admin' as const];
const unauthorized = { status: 401, code: 'unauthorized' };
const me = { method: 'GET', path: '/v1/me' };

type Key = OperationOutput<'createApiKey'>;

/** A way to call the API: what a request carries, and what can be made with it. */
interface Credential {
  readonly headers: Readonly<Record<string, string>>;
  makeKey(): Promise<Key>;
  makeLink(): Promise<OperationOutput<'createPortalLink'>>;
}

function ofKey(organizationId: string, key: string): Credential {
  const client = stage.client(key);
  const params = { id: organizationId };
  return {
    headers: { authorization: `Bearer ${key}` },
    makeKey: () => client.createApiKey({ params, body: { name: 'made', scopes } }),
    makeLink: () => client.createPortalLink({ params, body: { scopes } }),
  };
}

function ofSession(organizationId: string, browser: Browser): Credential {
  const post = async (path: string, body: object) => {
    const request = { method: 'POST', path: `/v1/organizations/${organizationId}/${path}`, body: JSON.stringify(body) };
    const { status, text } = await browser.send(request);
    expect(status).toBe(201);
    return JSON.parse(text);
  };
  return {
    headers: { ...ofDashboard, ...browser.credentials },
    makeKey: () => post('api-keys', { name: 'made', scopes }),
    makeLink: () => post('portal-links', { scopes }),
  };
}

/** One step down the tree: a key, a session signed in with a key, or a session of a portal link. */
type Step = 'key' | 'link';

async function below(world: World, maker: Credential, step: Step): Promise<Credential> {
  if (step === 'key') return ofKey(world.organizationId, (await maker.makeKey()).key);
  const browser = new Browser(stage);
  await browser.signIn({ portal_token: tokenOf((await maker.makeLink()).url) });
  return ofSession(world.organizationId, browser);
}

async function signedIn(world: World, { key }: Key): Promise<Credential> {
  const browser = new Browser(stage);
  await browser.signIn({ api_key: key });
  return ofSession(world.organizationId, browser);
}

function request(world: World, operation: (typeof guarded)[number], { headers }: Credential): RawRequest {
  return { ...toRaw(stage, world, operation), key: undefined, headers };
}

async function status({ headers }: Credential): Promise<number> {
  return (await stage.send({ ...me, headers })).status;
}

describe('after an API key or a portal link is revoked', () => {
  const keyCases: [string, (world: World, key: Key) => Promise<Credential>][] = [
    ['the key itself', async (world, { key }) => ofKey(world.organizationId, key)],
    ['a session signed in with it', signedIn],
    ...(
      [['key'], ['link'], ['key', 'key', 'key'], ['key', 'link', 'key'], ['link', 'link', 'key', 'link']] as Step[][]
    ).flatMap((steps): typeof keyCases => [
      [
        `below the key: ${steps.join(' > ')}`,
        async (world, { key }) => descend(world, ofKey(world.organizationId, key), steps),
      ],
      [
        `below a session signed in with it: ${steps.join(' > ')}`,
        async (world, key) => descend(world, await signedIn(world, key), steps),
      ],
    ]),
  ];

  async function descend(world: World, top: Credential, steps: readonly Step[]): Promise<Credential> {
    let credential = top;
    for (const step of steps) credential = await below(world, credential, step);
    return credential;
  }

  async function expectClosed(world: World, credential: Credential): Promise<void> {
    await leavesUnchanged([world], async () => {
      for (const operation of guarded) {
        const refused = await stage.refusal(request(world, operation, credential));
        expect({ operation, ...refused }).toMatchObject({ operation, ...unauthorized });
      }
    });
  }

  test.each(keyCases)('%s: every route answers 401', async (_, make) => {
    const world = await makeWorld(stage);
    const params = { id: world.organizationId };
    const key = await stage.root.createApiKey({ params, body: { name: 'top', scopes } });
    const credential = await make(world, key);
    expect(await status(credential)).toBe(200);
    await stage.root.revokeApiKey({ params: { ...params, key_id: key.id } });
    await expectClosed(world, credential);
  });

  test.each<[Step[]]>([[[]], [['key']], [['link']], [['key', 'link', 'key']], [['link', 'link', 'key', 'key']]])(
    'below a session of a link: %j: every route answers 401',
    async (steps) => {
      const world = await makeWorld(stage);
      const params = { id: world.organizationId };
      const link = await stage.root.createPortalLink({ params, body: { scopes } });
      const browser = new Browser(stage);
      await browser.signIn({ portal_token: tokenOf(link.url) });
      const credential = await descend(world, ofSession(world.organizationId, browser), steps);
      expect(await status(credential)).toBe(200);
      await stage.root.revokePortalLink({ params: { ...params, link_id: link.id } });
      await expectClosed(world, credential);
    },
  );

  test('a link that was made with it opens nothing', async () => {
    const { organizationId, apiKey, client } = await stage.tenant();
    const params = { id: organizationId };
    const { url } = await client.createPortalLink({ params });
    const { data } = await stage.root.listApiKeys({ params });
    expect(await status(ofKey(organizationId, apiKey))).toBe(200);
    await stage.root.revokeApiKey({ params: { ...params, key_id: data[0]?.id ?? '' } });
    const body = JSON.stringify({ portal_token: tokenOf(url) });
    const refused = await stage.refusal({ method: 'POST', path: '/v1/session', headers: ofDashboard, body });
    expect(refused).toMatchObject(unauthorized);
  });

  test('what was made above it or beside it goes on', async () => {
    const { organizationId, apiKey } = await stage.tenant();
    const top = ofKey(organizationId, apiKey);
    const [ended, beside] = [await top.makeKey(), await top.makeKey()];
    const world = { organizationId } as World;
    const [under, sibling] = [
      await below(world, ofKey(organizationId, ended.key), 'link'),
      await below(world, ofKey(organizationId, beside.key), 'link'),
    ];
    await stage.root.revokeApiKey({ params: { id: organizationId, key_id: ended.id } });
    expect(await Promise.all([top, ofKey(organizationId, beside.key), sibling, under].map(status))).toEqual([
      200, 200, 200, 401,
    ]);
  });

  test('signing out, or the end of a session, leaves what it made', async () => {
    const { organizationId, apiKey } = await stage.tenant();
    const browser = new Browser(stage);
    await browser.signIn({ api_key: apiKey });
    const { key } = await ofSession(organizationId, browser).makeKey();
    await browser.send({ method: 'DELETE', path: '/v1/session' });
    expect(await status(ofKey(organizationId, key))).toBe(200);
  });
});

describe('the lists say where a credential comes from', () => {
  test('keys', async () => {
    const { organizationId, apiKey, client } = await stage.tenant();
    const params = { id: organizationId };
    const own = (await client.listApiKeys({ params })).data[0];
    const byKey = await client.createApiKey({ params, body: { name: 'by key', scopes } });
    const browser = new Browser(stage);
    await browser.signIn({ api_key: apiKey });
    const bySession = await ofSession(organizationId, browser).makeKey();
    const link = await client.createPortalLink({ params, body: { scopes } });
    const customer = new Browser(stage);
    await customer.signIn({ portal_token: tokenOf(link.url) });
    const byCustomer = await ofSession(organizationId, customer).makeKey();
    const ofOwn = { kind: 'api_key', id: own?.id };
    const session = { kind: 'session', id: expect.stringMatching(/^ses_/) };
    const { data } = await client.listApiKeys({ params });
    expect(data.map(({ id, created_by, ends_with }) => ({ id, created_by, ends_with }))).toEqual([
      { id: byCustomer.id, created_by: session, ends_with: { kind: 'portal_link', id: link.id } },
      { id: bySession.id, created_by: session, ends_with: ofOwn },
      { id: byKey.id, created_by: ofOwn, ends_with: ofOwn },
      { id: own?.id, created_by: { kind: 'root', id: null }, ends_with: null },
    ]);
    expect(byCustomer.ends_with).toEqual({ kind: 'portal_link', id: link.id });
  });

  test('portal links, for the operator and for admins of the organization', async () => {
    const { organizationId, client } = await stage.tenant();
    const params = { id: organizationId };
    const first = await stage.root.createPortalLink({ params, body: { single_use: true, session_seconds: 60 } });
    const second = await client.createPortalLink({ params });
    const { url: _, ...shown } = first;
    expect(shown).toMatchObject({
      single_use: true,
      session_seconds: 60,
      used_at: null,
      created_by: { kind: 'root', id: null },
      ends_with: null,
    });
    const { url: __, ...other } = second;
    for (const each of [stage.root, client]) {
      expect((await each.listPortalLinks({ params })).data).toEqual([other, shown]);
      const page = await each.listPortalLinks({ params, query: { limit: 1 } });
      expect(page).toEqual({ data: [other], next_cursor: second.id });
    }
    const reader = stage.client(
      (await client.createApiKey({ params, body: { name: 'r', scopes: ['webhooks:read'] } })).key,
    );
    expect(await problemOf(reader.listPortalLinks({ params }))).toMatchObject({ status: 403 });
    expect(await problemOf(reader.revokePortalLink({ params: { ...params, link_id: first.id } }))).toMatchObject({
      status: 403,
    });
  });

  test('a link is revoked once', async () => {
    const { organizationId, client } = await stage.tenant();
    const params = { id: organizationId };
    const { id, url } = await stage.root.createPortalLink({ params });
    await client.revokePortalLink({ params: { ...params, link_id: id } });
    const again = client.revokePortalLink({ params: { ...params, link_id: id } });
    expect(await problemOf(again)).toMatchObject({ status: 404, code: 'not_found' });
    const body = JSON.stringify({ portal_token: tokenOf(url) });
    const refused = await stage.refusal({ method: 'POST', path: '/v1/session', headers: ofDashboard, body });
    expect(refused).toMatchObject(unauthorized);
  });
});

test('a link for a single use signs in once, and says when', async () => {
  const { organizationId, client } = await stage.tenant();
  const params = { id: organizationId };
  const { url } = await client.createPortalLink({ params, body: { single_use: true } });
  const portal_token = tokenOf(url);
  const browser = new Browser(stage);
  await browser.signIn({ portal_token });
  const refused = await stage.refusal({
    method: 'POST',
    path: '/v1/session',
    headers: ofDashboard,
    body: JSON.stringify({ portal_token }),
  });
  expect(refused).toMatchObject({ ...unauthorized, detail: expect.stringContaining('or was used') });
  expect((await browser.send(me)).status).toBe(200);
  expect((await client.listPortalLinks({ params })).data[0]?.used_at).not.toBeNull();
});
