import type { Scope } from '@bellhop/shared';
import { expect } from 'vitest';
import { newId } from '../../../src/ids.ts';
import type { ApiKey } from '../../../src/model.ts';
import { Contract } from './contract.ts';
import { at, now, second } from './world.ts';

export const accounts = new Contract('accounts and settings');
const { test } = accounts;

function newKey(organizationId: string): ApiKey {
  const id = newId('apiKey');
  return {
    id,
    organizationId,
    name: 'Back end',
    scopes: ['events:write', 'webhooks:read'],
    hash: `hash of ${id}`,
    preview: 'sk_live_ab12',
    createdAt: now,
    lastUsedAt: null,
    madeBy: 'root',
    parentId: null,
  };
}

test('an organization is found by its id', async ({ store }) => {
  const organization = { id: newId('organization'), name: 'Zoë & Søn 🛎', createdAt: now };
  await store.insertOrganization(organization);
  expect(await store.getOrganization(organization.id)).toEqual(organization);
  expect(await store.getOrganization(newId('organization'))).toBeNull();
});

test('organizations are listed newest first, page by page', async (world) => {
  const ids = [world.home, await world.organization(), await world.organization()].reverse();
  const first = await world.store.listOrganizations({ limit: 2 });
  const second = await world.store.listOrganizations({ limit: 2, cursor: at(first, -1).id });
  expect([first, second].map((page) => page.map(({ id }) => id))).toEqual([ids.slice(0, 2), ids.slice(2)]);
});

test('an API key is found by its hash, with its organization', async ({ store, home }) => {
  const key = newKey(home);
  await store.insertApiKey(key);
  expect(await store.findApiKey(key.hash)).toEqual({ key, organization: await store.getOrganization(home) });
  expect(await store.findApiKey('another hash')).toBeNull();
});

test('a revoked key is not found, not listed, and not revoked again', async ({ store, home }) => {
  const key = newKey(home);
  await store.insertApiKey(key);
  expect(await store.revokeApiKey(home, key.id, now)).toEqual({ keys: [key.id], links: [] });
  expect(await store.findApiKey(key.hash)).toBeNull();
  expect(await store.listApiKeys(home, { limit: 10 })).toEqual([]);
  expect(await store.revokeApiKey(home, key.id, now)).toBeNull();
});

test("another organization's keys are neither listed nor revoked", async (world) => {
  const other = await world.organization();
  const key = newKey(other);
  await world.store.insertApiKey(key);
  expect(await world.store.listApiKeys(world.home, { limit: 10 })).toEqual([]);
  expect(await world.store.revokeApiKey(world.home, key.id, now)).toBeNull();
  expect(await world.store.findApiKey(key.hash)).not.toBeNull();
});

test('keys are listed newest first, page by page', async ({ store, home }) => {
  const keys = [newKey(home), newKey(home), newKey(home)];
  for (const key of keys) await store.insertApiKey(key);
  const first = await store.listApiKeys(home, { limit: 2 });
  const second = await store.listApiKeys(home, { limit: 2, cursor: at(first, -1).id });
  expect([...first, ...second]).toEqual(keys.reverse());
});

test('keys are listed and revoked within scopes: those that have no others', async ({ store, home }) => {
  const [reading, both, admin] = [
    { ...newKey(home), scopes: ['webhooks:read'] as const },
    { ...newKey(home), scopes: ['webhooks:read', 'webhooks:write'] as const },
    { ...newKey(home), scopes: ['admin', 'webhooks:read'] as const },
  ];
  for (const key of [reading, both, admin]) await store.insertApiKey(key);
  const list = async (...within: Scope[]) => (await store.listApiKeys(home, { limit: 10 }, within)).map(({ id }) => id);
  expect(await list('webhooks:read')).toEqual([reading.id]);
  expect(await list('webhooks:write', 'webhooks:read', 'events:write')).toEqual([both.id, reading.id]);
  expect(await list('webhooks:read', 'admin')).toEqual([admin.id, reading.id]);
  expect(await list()).toEqual([]);
  expect(await store.revokeApiKey(home, both.id, now, ['webhooks:read'])).toBeNull();
  expect(await store.revokeApiKey(home, both.id, now, ['webhooks:read', 'webhooks:write'])).not.toBeNull();
  expect(await store.revokeApiKey(home, admin.id, now)).not.toBeNull();
});

test('the last use is written down for the keys that were used', async ({ store, home }) => {
  const [used, unused] = [newKey(home), newKey(home)];
  await store.insertApiKey(used);
  await store.insertApiKey(unused);
  await store.touchApiKeys([used.id], now + second);
  await store.touchApiKeys([], now);
  expect(await store.listApiKeys(home, { limit: 10 })).toEqual([unused, { ...used, lastUsedAt: now + second }]);
});

test('settings belong to one organization and one provider, and are replaced as a whole', async (world) => {
  const { store, home } = world;
  expect(await store.getSettings(home, 'bolten')).toBeNull();
  await store.putSettings(home, 'bolten', '{"a":1}', now);
  await store.putSettings(home, 'bolten', '{"b":2}', now + second);
  expect(await store.getSettings(home, 'bolten')).toBe('{"b":2}');
  expect(await store.getSettings(home, 'salpre')).toBeNull();
  expect(await store.getSettings(await world.organization(), 'bolten')).toBeNull();
});

test('a note keeps the text it was given first, also when several are given at once', async ({ store }) => {
  const texts = await Promise.all(['one', 'two', 'three'].map((text) => store.remember('note', text)));
  expect(new Set(texts).size).toBe(1);
  expect(await store.remember('note', 'four')).toBe(texts[0]);
  expect(await store.remember('other', 'four')).toBe('four');
});

test('migrating again changes nothing', async ({ store, home }) => {
  await store.migrate();
  expect(await store.getOrganization(home)).not.toBeNull();
});
