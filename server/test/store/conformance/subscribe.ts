import { expect } from 'vitest';
import { newId } from '../../../src/ids.ts';
import type { Webhook } from '../../../src/model.ts';
import { Contract } from './contract.ts';
import { becoming, exhausted } from './results.ts';
import type { World } from './world.ts';
import { idsOf, now, only, second } from './world.ts';

export const subscribing = new Contract('REST hooks');
const { test } = subscribing;

function newHook(world: World, differences: Partial<Webhook> = {}): Webhook {
  return world.newWebhook({ restHook: true, platform: 'zapier', externalId: 'zap 1', ...differences });
}

/** The same subscription asked for again: another id, whatever else differs. */
function again(hook: Webhook, differences: Partial<Webhook> = {}): Webhook {
  return { ...hook, id: newId('webhook'), sealed: 'sealed again', ...differences };
}

async function subscribe(world: World, hook: Webhook, keepSecret = true, time = now): Promise<Webhook> {
  return world.subscribe(hook, keepSecret, time);
}

async function listed(world: World): Promise<string[]> {
  return (await world.store.listWebhooks(world.home, {}, { limit: 100 })).map(({ id }) => id);
}

test('subscribing makes a webhook', async (world) => {
  const hook = newHook(world);
  expect(await subscribe(world, hook)).toEqual(hook);
  expect(await world.reload(hook)).toEqual(hook);
  expect((await world.publish([world.eventFor(hook)])).matched).toBe(1);
});

test('subscribing again finds the webhook that exists', async (world) => {
  const hook = await subscribe(world, newHook(world, { events: ['a', 'b'], url: 'https://example.com/hook' }));
  const same = [{}, { events: ['b', 'a'] }, { events: ['a', 'b', 'a'] }, { url: 'HTTPS://EXAMPLE.COM:443/hook' }];
  for (const differences of same) expect((await subscribe(world, again(hook, differences))).id).toBe(hook.id);
  expect(await listed(world)).toEqual([hook.id]);
  expect((await world.publish([world.eventFor(hook)])).matched).toBe(1);
});

test('subscribing several times at once makes one webhook', async (world) => {
  const hook = newHook(world);
  const hooks = await Promise.all(Array.from({ length: 20 }, () => subscribe(world, again(hook))));
  expect(new Set(hooks.map(({ id }) => id)).size).toBe(1);
  expect(await listed(world)).toHaveLength(1);
});

test('another organization, URL, provider or event type is another webhook', async (world) => {
  const hook = await subscribe(world, newHook(world, { events: ['a'], url: 'https://example.com/hook' }));
  const others = [
    { organizationId: await world.organization() },
    { url: 'https://example.com/Hook' },
    { provider: 'bolten' },
    { events: ['a', 'b'] },
  ];
  for (const other of others) {
    const different = again(hook, other);
    expect(await subscribe(world, different)).toEqual(different);
  }
});

test('a webhook that was not made by subscribing is never the one that exists', async (world) => {
  const webhook = await world.webhook();
  const hook = again(webhook, { restHook: true });
  expect(await subscribe(world, hook)).toEqual(hook);
  await world.webhook({ url: hook.url, events: hook.events });
  expect(await listed(world)).toHaveLength(3);
});

test('subscribing again takes over format, filter, platform and external id, and nothing else', async (world) => {
  const hook = await subscribe(world, newHook(world, { name: 'My Zap' }));
  const asked = again(hook, {
    format: 'standard',
    filter: 'status == "new"',
    platform: 'n8n',
    externalId: 'workflow 2',
    name: null,
    createdAt: 1,
  });
  const renewed = await subscribe(world, asked, true, now + second);
  const { format, filter, platform, externalId, sealed } = asked;
  expect(renewed).toEqual({
    ...hook,
    ...{ format, filter, platform, externalId, sealed },
    revision: 2,
    updatedAt: now + second,
  });
  expect(await world.reload(hook)).toEqual(renewed);
});

test('subscribing again without a filter removes the one there was', async (world) => {
  const hook = await subscribe(world, newHook(world, { filter: 'status == "new"' }));
  expect((await world.publish([world.eventFor(hook)])).matched).toBe(0);
  expect((await subscribe(world, again(hook, { filter: null }))).filter).toBeNull();
  expect((await world.publish([world.eventFor(hook)])).matched).toBe(1);
});

test('an external id stays when none is given', async (world) => {
  const hook = await subscribe(world, newHook(world));
  expect((await subscribe(world, again(hook, { externalId: null }))).externalId).toBe('zap 1');
});

test('the secret stays when it is to be kept and the format is the same; otherwise the new one holds', async (world) => {
  const hook = await subscribe(world, newHook(world));
  expect((await subscribe(world, again(hook), true)).sealed).toBe('sealed');
  expect((await subscribe(world, again(hook, { format: 'standard', sealed: 'of the format' }), true)).sealed).toBe(
    'of the format',
  );
  expect((await subscribe(world, again(hook, { format: 'standard', sealed: 'brought' }), false)).sealed).toBe(
    'brought',
  );
});

test('new credentials are taken once they are sealed for the one that exists, and nothing is done before', async (world) => {
  const hook = await subscribe(world, newHook(world));
  await world.pause(hook);
  const paused = await world.reload(hook);
  const asked = again(hook, { filter: 'a == 1' });
  for (const renewal of [undefined, { id: asked.id, sealed: 'for another' }]) {
    expect(await world.store.subscribe(asked, false, now, renewal)).toEqual({ kind: 'exists', id: hook.id });
    expect(await world.reload(hook)).toEqual(paused);
  }
  const renewed = await world.store.subscribe(asked, false, now, { id: hook.id, sealed: 'for it' });
  expect(renewed).toMatchObject({ kind: 'subscribed', webhook: { id: hook.id, sealed: 'for it', status: 'active' } });
});

test('subscribing again makes a paused webhook active and sends what it held', async (world) => {
  const hook = await subscribe(world, newHook(world, { consecutiveFailures: 3, goneAnswers: 1 }));
  await world.pause(hook);
  const [held] = await world.queue(hook);
  const renewed = await subscribe(world, again(hook));
  expect(renewed).toMatchObject({ status: 'active', statusReason: null, consecutiveFailures: 0, goneAnswers: 0 });
  expect(idsOf((await world.claim('node')).work)).toEqual([held]);
});

test('after it is deleted, subscribing makes a new webhook', async (world) => {
  const hook = await subscribe(world, newHook(world));
  await world.store.deleteWebhook(world.home, hook.id, now);
  const next = again(hook);
  expect(await subscribe(world, next)).toEqual(next);
  expect(await listed(world)).toEqual([next.id]);
});

test('after the platform ended it, subscribing makes a new webhook and leaves the tombstone', async (world) => {
  const hook = await subscribe(world, newHook(world));
  const work = only(await world.give(hook, 'node'));
  await world.store.record('node', [exhausted(work, becoming('gone'))], now);
  const tombstone = await world.reload(hook);
  const next = again(hook);
  expect(await subscribe(world, next)).toEqual(next);
  expect(await world.reload(hook)).toEqual(tombstone);
});

test('a change of URL or event types makes room for the old subscription and takes that of the new', async (world) => {
  const hook = await subscribe(world, newHook(world));
  await world.store.updateWebhook({ ...hook, events: ['changed'] }, now);
  expect((await subscribe(world, again(hook, { events: ['changed'] }))).id).toBe(hook.id);
  const old = again(hook);
  expect((await subscribe(world, old)).id).toBe(old.id);
});
