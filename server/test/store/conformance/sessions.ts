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
    hash: newHash(),
    organizationId: world.home,
    apiKeyId: null,
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
    hash: newHash(),
    kind: 'portal',
    organizationId: world.home,
    apiKeyId: null,
    link: null,
    scopes: ['webhooks:read'],
    createdAt: now,
    expiresAt: now + 100 * second,
    ...differences,
  };
}

async function insertKey({ store, home }: World): Promise<ApiKey> {
  const id = newId('apiKey');
  const rest = { name: 'Back end', scopes: [], preview: '', createdAt: now, lastUsedAt: null };
  const key: ApiKey = { id, organizationId: home, hash: `hash of ${id}`, ...rest };
  await store.insertApiKey(key);
  return key;
}

test('a session is found by its hash, with its organization, until it is deleted', async (world) => {
  const { store, home } = world;
  const [session, other] = [newSession(world), newSession(world)];
  await store.insertSession(session);
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
  const session = newSession(world, { link: link.hash });
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
  const session = newSession(world, { link: link.hash });
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
