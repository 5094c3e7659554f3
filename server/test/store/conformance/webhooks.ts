import { expect } from 'vitest';
import type { Webhook } from '../../../src/model.ts';
import { Contract } from './contract.ts';
import { becoming, delivered, exhausted, retry } from './results.ts';
import type { World } from './world.ts';
import { at, now, only, second } from './world.ts';

export const webhooks = new Contract('webhooks');
const { test } = webhooks;

async function makeGone(world: World, webhook: Webhook): Promise<void> {
  const work = await world.give(webhook, 'node');
  await world.store.record('node', [exhausted(only(work), becoming('gone'))], now);
}

test('a webhook is read as it was stored', async (world) => {
  const full = await world.webhook({
    name: 'Zoë’s CRM',
    description: 'Calls → deals',
    events: ['b', 'a'],
    format: 'standard',
    platform: 'zapier',
    externalId: 'zap 12',
    restHook: true,
    rateLimit: { requests: 5, seconds: 60 },
    retry: { schedule: [1, 2.5] },
    filter: 'caller.name == "Zoë"',
    status: 'paused',
    statusReason: { code: 'paused_by_customer', message: 'Paused.', at: now },
    consecutiveFailures: 3,
    goneAnswers: 2,
    revision: 7,
  });
  const bare = await world.webhook();
  expect(await world.reload(full)).toEqual(full);
  expect(await world.reload(bare)).toEqual(bare);
});

test('a creation that is repeated with its key makes one webhook', async (world) => {
  const { store } = world;
  const [first, second, other] = [world.newWebhook(), world.newWebhook(), world.newWebhook()];
  const once = { key: 'key', hash: 'request' };
  const creations = await Promise.all([store.insertWebhook(first, once), store.insertWebhook(second, once)]);
  const created = only(creations.filter(({ kind }) => kind === 'created'));
  const { id } = creations[0] === created ? first : second;
  expect(creations).toContainEqual({ kind: 'repeated', id });
  expect(await store.insertWebhook(other, { ...once, hash: 'another' })).toEqual({ kind: 'key_reused' });
  expect((await store.listWebhooks(world.home, {}, { limit: 10 })).map((webhook) => webhook.id)).toEqual([id]);
});

test('a creation that fails leaves its key free', async (world) => {
  const { store } = world;
  const hook = await world.webhook({ restHook: true });
  const once = { key: 'key', hash: 'request' };
  const twin = world.newWebhook({ restHook: true, url: hook.url, events: hook.events, provider: hook.provider });
  await expect(store.insertWebhook(twin, once)).rejects.toMatchObject({ code: 'failed' });
  expect(await store.insertWebhook(world.newWebhook(), { ...once, hash: 'another' })).toEqual({ kind: 'created' });
});

test('another organization cannot see, list, change, pause or delete it', async (world) => {
  const { store } = world;
  const webhook = await world.webhook();
  const other = await world.organization();
  expect(await store.getWebhook(other, webhook.id)).toBeNull();
  expect(await store.listWebhooks(other, {}, { limit: 10 })).toEqual([]);
  expect(await store.updateWebhook({ ...webhook, organizationId: other, name: 'Mine' }, now)).toBe('stale');
  expect(await store.setWebhookStatus(other, webhook.id, { status: 'paused', reason: null }, now)).toBeNull();
  expect(await store.deleteWebhook(other, webhook.id, now)).toBe('unknown');
  expect(await world.reload(webhook)).toEqual(webhook);
});

test('they are listed newest first, page by page', async (world) => {
  const ids: string[] = [];
  for (let count = 0; count < 5; count += 1) ids.unshift((await world.webhook()).id);
  const pages: string[][] = [];
  for (let cursor: string | undefined; pages.length < 3; cursor = at(at(pages, -1), -1)) {
    const page = await world.store.listWebhooks(world.home, {}, { limit: 2, cursor });
    pages.push(page.map(({ id }) => id));
  }
  expect(pages).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
});

test('they are listed by provider, by platform and by status; those gone only when asked for, those deleted never', async (world) => {
  const salpre = await world.webhook();
  const bolten = await world.webhook({ provider: 'bolten', platform: 'zapier' });
  const paused = await world.webhook({ status: 'paused' });
  const gone = await world.webhook();
  await makeGone(world, gone);
  await world.store.deleteWebhook(world.home, (await world.webhook()).id, now);
  const list = async (filter: Parameters<typeof world.store.listWebhooks>[1]) =>
    (await world.store.listWebhooks(world.home, filter, { limit: 10 })).map(({ id }) => id);
  expect(await list({})).toEqual([paused.id, bolten.id, salpre.id]);
  expect(await list({ provider: 'bolten' })).toEqual([bolten.id]);
  expect(await list({ platform: 'zapier' })).toEqual([bolten.id]);
  expect(await list({ platform: 'zapier', provider: 'salpre' })).toEqual([]);
  expect(await list({ platform: 'custom' })).toEqual([paused.id, salpre.id]);
  expect(await list({ status: 'active' })).toEqual([bolten.id, salpre.id]);
  expect(await list({ provider: 'salpre', status: 'paused' })).toEqual([paused.id]);
  expect(await list({ status: 'gone' })).toEqual([gone.id]);
});

test('a change is saved with a new revision', async (world) => {
  const webhook = await world.webhook();
  const changed: Webhook = {
    ...webhook,
    name: 'New',
    description: 'Newer',
    url: 'https://example.com/new',
    events: ['x', 'y'],
    format: 'standard',
    platform: 'make',
    externalId: 'scenario 1',
    rateLimit: { requests: 1, seconds: 1 },
    retry: { schedule: [] },
    filter: 'status == "new"',
    sealed: 'sealed again',
  };
  expect(await world.store.updateWebhook(changed, now + second)).toBe('saved');
  expect(await world.reload(webhook)).toEqual({ ...changed, revision: 2, updatedAt: now + second });
});

test('a change made on an old copy is stale and changes nothing', async (world) => {
  const webhook = await world.webhook();
  await world.store.updateWebhook({ ...webhook, name: 'First' }, now);
  expect(await world.store.updateWebhook({ ...webhook, name: 'Second' }, now)).toBe('stale');
  expect((await world.reload(webhook)).name).toBe('First');
});

test('of two changes made at once one is saved and one is stale', async (world) => {
  const webhook = await world.webhook();
  const outcomes = await Promise.all(
    ['One', 'Two'].map((name) => world.store.updateWebhook({ ...webhook, name }, now)),
  );
  expect(outcomes.sort()).toEqual(['saved', 'stale']);
});

test('a webhook that was paused, is gone or deleted since it was read is stale', async (world) => {
  const [paused, gone, deleted] = [await world.webhook(), await world.webhook(), await world.webhook()];
  await world.pause(paused);
  await makeGone(world, gone);
  await world.store.deleteWebhook(world.home, deleted.id, now);
  expect(await world.store.updateWebhook(paused, now)).toBe('stale');
  expect(await world.store.updateWebhook({ ...gone, revision: (await world.reload(gone)).revision }, now)).toBe(
    'stale',
  );
  expect(await world.store.updateWebhook({ ...deleted, revision: 2 }, now)).toBe('stale');
});

test('a REST hook cannot become the same as another', async (world) => {
  const first = await world.webhook({ restHook: true });
  const second = await world.webhook({ restHook: true });
  const same = { ...second, url: first.url, events: first.events };
  expect(await world.store.updateWebhook(same, now)).toBe('taken');
  expect(await world.reload(second)).toEqual(second);
  expect(await world.store.updateWebhook({ ...second, url: first.url }, now)).toBe('saved');
});

test('a change keeps what deliveries counted since the webhook was read', async (world) => {
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'node', 2);
  const results = work.map((each) => exhausted(each, { failures: 'increment', goneAnswers: 'increment' }));
  await world.store.record('node', results, now);
  expect(await world.store.updateWebhook({ ...webhook, name: 'New' }, now)).toBe('saved');
  expect(await world.reload(webhook)).toMatchObject({ name: 'New', consecutiveFailures: 2, goneAnswers: 2 });
});

test('events follow a change of the event types', async (world) => {
  const webhook = await world.webhook({ events: ['old', 'kept'] });
  await world.store.updateWebhook({ ...webhook, events: ['kept', 'new', 'new'] }, now);
  const matched = async (type: string) => (await world.publish([world.eventFor(webhook, { type })])).matched;
  expect([await matched('old'), await matched('kept'), await matched('new')]).toEqual([0, 1, 1]);
});

test('pausing keeps the counters, becoming active starts them again', async (world) => {
  const webhook = await world.webhook({ consecutiveFailures: 4, goneAnswers: 2 });
  const reason = { code: 'paused_by_customer', message: 'Paused on request.', at: now };
  const paused = await world.store.setWebhookStatus(world.home, webhook.id, { status: 'paused', reason }, now);
  expect(paused).toEqual({ ...webhook, status: 'paused', statusReason: reason, revision: 2 });
  expect(await world.reload(webhook)).toEqual(paused);
  const change = { status: 'active', reason: null } as const;
  const active = await world.store.setWebhookStatus(world.home, webhook.id, change, now + second);
  expect(active).toEqual({ ...webhook, consecutiveFailures: 0, goneAnswers: 0, revision: 3, updatedAt: now + second });
  expect(await world.reload(webhook)).toEqual(active);
});

test('what waits for a later attempt is brought forward, of this webhook alone, as it is', async (world) => {
  const [webhook, other] = [await world.webhook(), await world.webhook()];
  const later = now + 3600 * second;
  for (const each of [webhook, other]) {
    const work = await world.give(each, 'node');
    await world.store.record('node', [retry(only(work), later)], now);
  }
  expect(await world.store.bringForward(await world.organization(), webhook.id, now)).toBe(false);
  expect((await world.claim('node', { now: now + second })).work).toEqual([]);
  expect(await world.store.bringForward(world.home, webhook.id, now + second)).toBe(false);
  const { work } = await world.claim('node', { now: now + second });
  expect(work.map(({ delivery }) => [delivery.webhookId, delivery.attempts, delivery.failures])).toEqual([
    [webhook.id, 1, 1],
  ]);
});

test('a disabled webhook becomes active again; one that is gone or deleted does not', async (world) => {
  const [disabled, gone, deleted] = [await world.webhook(), await world.webhook(), await world.webhook()];
  const work = only(await world.give(disabled, 'node'));
  await world.store.record('node', [exhausted(work, becoming('disabled'))], now);
  await makeGone(world, gone);
  await world.store.deleteWebhook(world.home, deleted.id, now);
  const change = { status: 'active', reason: null } as const;
  const activate = ({ id }: Webhook) => world.store.setWebhookStatus(world.home, id, change, now);
  expect(await activate(disabled)).toMatchObject({ status: 'active', statusReason: null });
  expect(await activate(gone)).toBeNull();
  expect(await activate(deleted)).toBeNull();
  expect((await world.reload(gone)).status).toBe('gone');
});

test('deleting says whether there was anything to delete', async (world) => {
  const [webhook, gone] = [await world.webhook(), await world.webhook()];
  await makeGone(world, gone);
  const remove = (id: string) => world.store.deleteWebhook(world.home, id, now);
  expect(await remove(webhook.id)).toBe('deleted');
  expect(await remove(webhook.id)).toBe('already');
  expect(await remove(gone.id)).toBe('already');
  expect(await remove('wh_unknown')).toBe('unknown');
});

test('a deleted webhook is not found any more; one that is gone is, with the reason', async (world) => {
  const [gone, deleted] = [await world.webhook(), await world.webhook()];
  await makeGone(world, gone);
  await world.store.deleteWebhook(world.home, deleted.id, now);
  expect(await world.store.getWebhook(world.home, deleted.id)).toBeNull();
  expect(await world.reload(gone)).toMatchObject({ status: 'gone', statusReason: { code: 'test' } });
  await world.store.deleteWebhook(world.home, gone.id, now);
  expect(await world.store.getWebhook(world.home, gone.id)).toBeNull();
});

test('nodes load webhooks by any number of ids, as they are now', async (world) => {
  const [active, paused, gone, deleted] = [
    await world.webhook(),
    await world.webhook(),
    await world.webhook(),
    await world.webhook(),
  ];
  await world.pause(paused);
  await makeGone(world, gone);
  await world.store.deleteWebhook(world.home, deleted.id, now);
  const unknown = Array.from({ length: 70_000 }, (_, index) => `wh_unknown_${index}`);
  const loaded = await world.store.loadWebhooks([active.id, ...unknown, paused.id, gone.id, deleted.id]);
  const expected = [active, await world.reload(paused), await world.reload(gone)];
  expect(loaded.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(expected);
  expect(await world.store.loadWebhooks([])).toEqual([]);
});

test('a webhook that is stored paused holds what it gets', async (world) => {
  const webhook = await world.webhook({ status: 'paused' });
  const [held] = await world.queue(webhook);
  await world.store.replay(world.home, held ?? '', now);
  expect((await world.claim('node')).work).toEqual([]);
  await world.resume(webhook);
  expect((await world.claim('node')).work).toHaveLength(1);
});

test('a success that is recorded while somebody edits the webhook still ends the count of failures', async (world) => {
  const webhook = await world.webhook({ consecutiveFailures: 9 });
  const work = only(await world.give(webhook, 'node'));
  await world.store.record('node', [delivered(work, { failures: 'reset', goneAnswers: 'reset' })], now);
  await world.store.updateWebhook({ ...webhook, name: 'New' }, now);
  expect((await world.reload(webhook)).consecutiveFailures).toBe(0);
});
