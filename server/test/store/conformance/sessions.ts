import { expect } from 'vitest';
import { newId } from '../../../src/ids.ts';
import type { ApiKey, PortalLink, Session } from '../../../src/model.ts';
import { Contract } from './contract.ts';
import type { World } from './world.ts';
import { now, second } from './world.ts';

export const sessions = new Contract('sessions and portal links');
const { test } = sessions;

let count = 0;

function newHash(): string {
  count += 1;
  return `hash ${count}`;
}

function newLink(world: World, differences: Partial<PortalLink> = {}): PortalLink {
  return {
    id: newId('portalLink'),
    hash: newHash(),
    organizationId: world.home,
    apiKeyId: null,
    madeBy: 'root',
    parentId: null,
    singleUse: false,
    usedAt: null,
    scopes: ['webhooks:read', 'api_keys:write'],
    theme: { name: 'Zoë & Søn 🛎', color: '#112233' },
    sessionMs: 100 * second,
    createdAt: now,
    expiresAt: now + 10 * second,
    ...differences,
  };
}

function newSession(world: World, differences: Partial<Session> = {}): Session {
  return {
    id: newId('session'),
    hash: newHash(),
    kind: 'portal',
    organizationId: world.home,
    apiKeyId: null,
    linkId: null,
    link: null,
    scopes: ['webhooks:read'],
    createdAt: now,
    expiresAt: now + 100 * second,
    ...differences,
  };
}

async function insertKey({ store, home }: World, parentId: string | null = null): Promise<ApiKey> {
  const id = newId('apiKey');
  const rest = { name: 'Back end', scopes: [], preview: '', createdAt: now, lastUsedAt: null, madeBy: 'root' };
  const key: ApiKey = { id, organizationId: home, hash: `hash of ${id}`, parentId, ...rest };
  expect(await store.insertApiKey(key)).toBe(true);
  return key;
}

test('a session is found by its hash, with its organization, until it is deleted', async (world) => {
  const { store, home } = world;
  const [session, other] = [newSession(world), newSession(world)];
  expect(await store.insertSession(session)).toBe(true);
  await store.insertSession(other);
  expect(await store.findSession(session.hash)).toEqual({ session, organization: await store.getOrganization(home) });
  await store.deleteSession(session.hash);
  await store.deleteSession(session.hash);
  expect(await store.findSession(session.hash)).toBeNull();
  expect(await store.findSession(other.hash)).not.toBeNull();
});

test('a portal link is found by its hash, with its organization', async (world) => {
  const { store, home } = world;
  const link = newLink(world);
  await store.insertPortalLink(link);
  expect(await store.findPortalLink(link.hash)).toEqual({ link, organization: await store.getOrganization(home) });
  expect(await store.findPortalLink('another hash')).toBeNull();
});

test('a link is no session and a session no link; neither goes with the other', async (world) => {
  const { store } = world;
  const link = newLink(world);
  const session = newSession(world, { link: link.hash, linkId: link.id });
  await store.insertPortalLink(link);
  await store.insertSession(session);
  expect(await store.findSession(link.hash)).toBeNull();
  expect(await store.findPortalLink(session.hash)).toBeNull();
  await store.deleteSession(link.hash);
  expect(await store.findPortalLink(link.hash)).not.toBeNull();
});

test('the theme of a link is known by its hash', async (world) => {
  const { store } = world;
  const link = newLink(world);
  const session = newSession(world, { link: link.hash, linkId: link.id });
  await store.insertPortalLink(link);
  await store.insertSession(session);
  expect(await store.getPortalTheme(link.hash)).toEqual(link.theme);
  expect(await store.getPortalTheme(session.hash)).toBeNull();
  expect(await store.getPortalTheme('another hash')).toBeNull();
});

test('what came by an API key is not found any more once the key is revoked', async (world) => {
  const { store, home } = world;
  const [revoked, kept] = [await insertKey(world), await insertKey(world)];
  const of = async (key: ApiKey) => {
    const session = newSession(world, { kind: 'api_key', apiKeyId: key.id });
    const link = newLink(world, { apiKeyId: key.id });
    await store.insertSession(session);
    await store.insertPortalLink(link);
    return async () => [await store.findSession(session.hash), await store.findPortalLink(link.hash)];
  };
  const [ofRevoked, ofKept] = [await of(revoked), await of(kept)];
  expect(await ofRevoked()).toEqual([expect.anything(), expect.anything()]);
  await store.revokeApiKey(home, revoked.id, now);
  expect(await ofRevoked()).toEqual([null, null]);
  expect(await ofKept()).toEqual([expect.anything(), expect.anything()]);
});

test('a link that has let somebody in says when; one for a single use lets nobody in again', async (world) => {
  const { store, home } = world;
  const [link, single] = [newLink(world), newLink(world, { singleUse: true })];
  await store.insertPortalLink(link);
  await store.insertPortalLink(single);
  const use = ({ hash, id }: PortalLink, createdAt = now) =>
    store.insertSession(newSession(world, { link: hash, linkId: id, createdAt }));
  expect([await use(link), await use(link, now + second)]).toEqual([true, true]);
  expect((await Promise.all([use(single), use(single), use(single)])).filter(Boolean)).toHaveLength(1);
  expect(await store.listPortalLinks(home, { limit: 10 })).toEqual([
    { ...single, usedAt: now },
    { ...link, usedAt: now + second },
  ]);
});

test('links are listed by organization, newest first, page by page', async (world) => {
  const { store, home } = world;
  const links = [newLink(world), newLink(world), newLink(world)];
  for (const link of links) await store.insertPortalLink(link);
  await store.insertPortalLink(newLink(world, { organizationId: await world.organization() }));
  await store.insertSession(newSession(world));
  const [first, second, third] = links;
  expect(await store.listPortalLinks(home, { limit: 2 })).toEqual([third, second]);
  expect(await store.listPortalLinks(home, { limit: 2, cursor: second?.id })).toEqual([first]);
});

test('a link ends with all that was made with it, and no other organization can end it', async (world) => {
  const { store, home } = world;
  const [link, other] = [newLink(world), newLink(world)];
  for (const each of [link, other]) await store.insertPortalLink(each);
  const sessionOf = async ({ hash, id }: PortalLink) => {
    const session = newSession(world, { link: hash, linkId: id });
    await store.insertSession(session);
    return session;
  };
  const [session, kept] = [await sessionOf(link), await sessionOf(other)];
  const key = await insertKey(world, link.id);
  expect(await store.revokePortalLink(await world.organization(), link.id, now)).toBeNull();
  expect(await store.findSession(session.hash)).not.toBeNull();
  expect(await store.revokePortalLink(home, link.id, now)).toEqual({ keys: [key.id], links: [link.id] });
  expect(await store.revokePortalLink(home, link.id, now)).toBeNull();
  expect(await store.findSession(session.hash)).toBeNull();
  expect(await store.findPortalLink(link.hash)).toBeNull();
  expect(await store.insertSession(newSession(world, { link: link.hash, linkId: link.id }))).toBe(false);
  expect((await store.findSession(kept.hash))?.session).toEqual(kept);
});

test('a key ends with all that was made with it, at any depth', async (world) => {
  const { store, home } = world;
  const top = await insertKey(world);
  const ended: string[] = [];
  let parent = top.id;
  for (let depth = 0; depth < 20; depth += 1) {
    const key = await insertKey(world, parent);
    const link = newLink(world, { apiKeyId: key.id, parentId: key.id });
    expect(await store.insertPortalLink(link)).toBe(true);
    ended.push(key.id, link.id);
    parent = link.id;
  }
  const [beside, above] = [await insertKey(world), await insertKey(world)];
  const { keys = [], links = [] } = (await store.revokeApiKey(home, top.id, now)) ?? {};
  expect([...keys, ...links].sort()).toEqual([top.id, ...ended].sort());
  expect(await store.listPortalLinks(home, { limit: 100 })).toEqual([]);
  expect((await store.listApiKeys(home, { limit: 100 })).map(({ id }) => id)).toEqual([above.id, beside.id]);
});

test('nothing is made with what has ended', async (world) => {
  const { store, home } = world;
  const key = await insertKey(world);
  const link = newLink(world);
  await store.insertPortalLink(link);
  await store.revokeApiKey(home, key.id, now);
  await store.revokePortalLink(home, link.id, now);
  for (const parentId of [key.id, link.id]) {
    expect(await store.insertApiKey({ ...key, id: newId('apiKey'), hash: newHash(), parentId })).toBe(false);
    expect(await store.insertPortalLink(newLink(world, { parentId }))).toBe(false);
  }
  expect(await store.listApiKeys(home, { limit: 10 })).toEqual([]);
  expect(await store.listPortalLinks(home, { limit: 10 })).toEqual([]);
});

test('whatever is made while its maker is revoked ends as well', async (world) => {
  const { store, home } = world;
  for (let round = 0; round < 10; round += 1) {
    const top = await insertKey(world);
    const below = await insertKey(world, top.id);
    const id = newId('apiKey');
    const made = store.insertApiKey({ ...below, id, hash: `hash of ${id}`, parentId: below.id });
    const revoked = store.revokeApiKey(home, top.id, now);
    const [isMade, ended] = await Promise.all([made, revoked]);
    expect(ended?.keys.includes(id)).toBe(isMade);
  }
  expect(await store.listApiKeys(home, { limit: 10 })).toEqual([]);
});

test('a link is kept for good once a key or a link was made with it', async (world) => {
  const { store, home } = world;
  const [first, second, unused] = [newLink(world), newLink(world), newLink(world)];
  for (const link of [first, second, unused]) await store.insertPortalLink(link);
  await insertKey(world, first.id);
  await store.insertPortalLink(newLink(world, { parentId: second.id }));
  await world.sweep({}, now + 1000 * 1000);
  expect((await store.listPortalLinks(home, { limit: 10 })).map(({ id }) => id)).toEqual([second.id, first.id]);
});

test('what has ended is swept; a link stays as long as a session can be that came by it', async (world) => {
  const { store } = world;
  const session = newSession(world, { expiresAt: now + 5 * second });
  const link = newLink(world);
  await store.insertSession(session);
  await store.insertPortalLink(link);
  const left = async (time: number) => {
    await world.sweep({}, time);
    const rows = await world.tables.selectFrom('sessions').select('hash').orderBy('kept_until').execute();
    return rows.map(({ hash }) => hash);
  };
  expect(await left(now + 5 * second - 1)).toEqual([session.hash, link.hash]);
  expect(await left(now + 5 * second)).toEqual([link.hash]);
  expect(await left(now + 110 * second - 1)).toEqual([link.hash]);
  expect(await left(now + 110 * second)).toEqual([]);
});

test('it is swept in bounded steps', async (world) => {
  const rows = Array.from({ length: 1700 }, () => newSession(world));
  for (const session of rows) await world.store.insertSession(session);
  const retention = { attemptsPerWebhook: 100, eventsMs: second, idempotencyMs: second };
  expect(await world.store.sweep(retention, now + 200 * second)).toMatchObject({ more: true });
  expect(await world.count('sessions')).toBeGreaterThanOrEqual(700);
  await world.sweep({}, now + 200 * second);
  expect(await world.count('sessions')).toBe(0);
});
