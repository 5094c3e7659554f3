import { expect } from 'vitest';
import { newId } from '../../../src/ids.ts';
import type { Webhook, Work } from '../../../src/model.ts';
import { Contract } from './contract.ts';
import { becoming, delivered, retry } from './results.ts';
import type { World } from './world.ts';
import { at, idsOf, now, only, second } from './world.ts';

export const succession = new Contract('REST hooks that end and begin again');
const { test } = succession;

const minute = 60 * second;
const until = now + 10 * minute;

function hookOf(world: World, differences: Partial<Webhook> = {}): Webhook {
  return world.newWebhook({ restHook: true, platform: 'n8n', externalId: 'workflow 1', ...differences });
}

async function subscribe(world: World, hook: Webhook, time = now): Promise<Webhook> {
  return world.subscribe(hook, false, time);
}

/** The hook as its platform subscribes it again: another id, and what was edited. */
function edited(hook: Webhook, differences: Partial<Webhook> = {}): Webhook {
  return { ...hook, id: newId('webhook'), createdAt: now + second, updatedAt: now + second, ...differences };
}

async function unsubscribe(world: World, { id }: Webhook, time = now): Promise<string> {
  return world.store.unsubscribe(world.home, id, { message: 'n8n unsubscribed.', until }, time);
}

/** By webhook, the deliveries that are not complete. */
async function waiting(world: World, hook: Webhook): Promise<string[]> {
  const rows = await world.tables
    .selectFrom('deliveries')
    .select('id')
    .where('webhook_id', '=', hook.id)
    .where('state', '=', 'pending')
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

async function stateOf(world: World, id: string): Promise<string | undefined> {
  return (await world.tables.selectFrom('deliveries').select('state').where('id', '=', id).executeTakeFirst())?.state;
}

test('what waits stays when the platform unsubscribes, and nothing of it is sent', async (world) => {
  const hook = await subscribe(world, hookOf(world));
  const queued = await world.queue(hook, 3);
  expect(await unsubscribe(world, hook)).toBe('deleted');
  expect(await world.reload(hook)).toMatchObject({
    status: 'gone',
    statusUntil: until,
    statusReason: { code: 'unsubscribed', message: 'n8n unsubscribed.' },
  });
  expect((await world.claim('node')).work).toEqual([]);
  expect(await waiting(world, hook)).toEqual(queued);
});

test('what is published between unsubscribing and subscribing again waits too', async (world) => {
  const hook = await subscribe(world, hookOf(world));
  await unsubscribe(world, hook);
  await world.publish([world.eventFor(hook)], { node: 'node' });
  expect(await waiting(world, hook)).toHaveLength(1);
});

test('unsubscribing twice is told apart, and an unknown hook', async (world) => {
  const hook = await subscribe(world, hookOf(world));
  await unsubscribe(world, hook);
  expect(await unsubscribe(world, hook)).toBe('already');
  expect(await unsubscribe(world, hookOf(world))).toBe('unknown');
});

test('the one that replaces it takes over all that waits, in order of age', async (world) => {
  const hook = await subscribe(world, hookOf(world));
  const before = await world.queue(hook, 3);
  await unsubscribe(world, hook);
  await world.publish([world.eventFor(hook)], { node: 'node' });
  const next = await subscribe(world, edited(hook));
  const claimed = idsOf((await world.claim('node')).work);
  expect(claimed.slice(0, 3)).toEqual(before);
  expect(claimed).toHaveLength(4);
  expect(await waiting(world, next)).toEqual(claimed);
});

test('an event that comes afterwards goes to the new one alone', async (world) => {
  const hook = await subscribe(world, hookOf(world));
  await unsubscribe(world, hook);
  const next = await subscribe(world, edited(hook));
  const { matched, held } = await world.publish([world.eventFor(hook)], { node: 'node' });
  expect([matched, only(held).delivery.webhookId]).toEqual([1, next.id]);
});

test('it is the same by its URL, or by its id at the platform if no URL is the same', async (world) => {
  const hook = await subscribe(world, hookOf(world, { platform: 'zapier', externalId: 'zap 1' }));
  await world.queue(hook);
  await unsubscribe(world, hook);
  const moved = await subscribe(world, edited(hook, { url: 'https://example.com/another' }));
  expect(await waiting(world, moved)).toHaveLength(1);
});

test('two triggers of one workflow take over their own work each', async (world) => {
  const [one, other] = [hookOf(world, { events: ['a'] }), hookOf(world, { events: ['a'] })];
  for (const hook of [one, other]) {
    await subscribe(world, hook);
    await world.queue(hook, hook === one ? 1 : 2);
  }
  for (const hook of [one, other]) await unsubscribe(world, hook);
  const next = await subscribe(world, edited(other));
  // What was published for the second went to both.
  expect(await waiting(world, one)).toHaveLength(3);
  expect(await waiting(world, next)).toHaveLength(2);
});

test('another organization, provider or platform takes over nothing', async (world) => {
  const hook = await subscribe(world, hookOf(world));
  await world.queue(hook);
  await unsubscribe(world, hook);
  const others = [
    { organizationId: await world.organization() },
    { provider: 'bolten' },
    { platform: 'zapier' as const },
  ];
  for (const other of others) expect(await waiting(world, await subscribe(world, edited(hook, other)))).toEqual([]);
  expect(await waiting(world, hook)).toHaveLength(1);
});

test('of event types that it does not want any more it takes nothing', async (world) => {
  const hook = await subscribe(world, hookOf(world, { events: ['a', 'b'] }));
  const types = ['a', 'b', 'a'];
  await world.publish(types.map((type) => world.eventFor(hook, { type })));
  await unsubscribe(world, hook);
  const next = await subscribe(world, edited(hook, { events: ['a'] }));
  expect(await waiting(world, next)).toHaveLength(2);
  const [left] = await waiting(world, hook);
  await world.sweep({}, until);
  expect(await stateOf(world, left ?? '')).toBe('discarded');
});

test('what was on the wire when it ended follows once it has failed', async (world) => {
  const hook = await subscribe(world, hookOf(world));
  const [work] = (await world.give(hook, 'node')) as [Work];
  await unsubscribe(world, hook);
  const next = await subscribe(world, edited(hook));
  expect(await waiting(world, next)).toEqual([]);
  await world.store.record('node', [retry(work, now + second)], now);
  expect(
    await world.store.sweep({ attemptsPerWebhook: 1, eventsMs: minute, idempotencyMs: minute }, now),
  ).toMatchObject({
    due: true,
  });
  expect(await waiting(world, next)).toEqual(idsOf([work]));
});

test('what was delivered on the wire is not delivered again', async (world) => {
  const hook = await subscribe(world, hookOf(world));
  const [work] = (await world.give(hook, 'node')) as [Work];
  await unsubscribe(world, hook);
  const next = await subscribe(world, edited(hook));
  await world.store.record('node', [delivered(work)], now);
  await world.sweep();
  expect(await waiting(world, next)).toEqual([]);
  expect(await stateOf(world, work.delivery.id)).toBe('delivered');
});

test('a long backlog is taken over step by step', async (world) => {
  const hook = await subscribe(world, hookOf(world));
  const queued = await world.queue(hook, 1200);
  await unsubscribe(world, hook);
  const next = await subscribe(world, edited(hook));
  await world.sweep();
  expect(await waiting(world, next)).toEqual(queued);
});

test('when nobody comes, what waited is dropped after its time, and the hook is known no more', async (world) => {
  const hook = await subscribe(world, hookOf(world));
  const [id] = await world.queue(hook);
  await unsubscribe(world, hook);
  await world.sweep({}, until - 1);
  expect(await stateOf(world, id ?? '')).toBe('pending');
  await world.sweep({}, until);
  expect(await stateOf(world, id ?? '')).toBe('discarded');
  expect(await world.store.getWebhook(world.home, hook.id)).toBeNull();
  expect(await world.store.getWebhook(world.home, hook.id, 'deleted too')).toMatchObject({ id: hook.id });
  expect((await world.publish([world.eventFor(hook)])).matched).toBe(0);
  expect(await waiting(world, await subscribe(world, edited(hook), until))).toEqual([]);
});

test('a hook that its platform ended by an answer is replaced in the same way', async (world) => {
  const hook = await subscribe(world, hookOf(world));
  const [first] = await world.give(hook, 'node', 2);
  const gone = { ...becoming('gone').change, status: 'gone', until } as const;
  const result = retry(at([first as Work], 0), now);
  const change = { reason: { code: 'platform_gone', message: 'Gone.', at: now }, again: false };
  await world.store.record(
    'node',
    [{ ...result, webhook: { ...result.webhook, change: { ...gone, ...change } } }],
    now,
  );
  expect(await world.reload(hook)).toMatchObject({ status: 'gone', statusUntil: until });
  const next = await subscribe(world, edited(hook));
  expect(await waiting(world, next)).toEqual(idsOf([first as Work]));
  await world.sweep({}, until);
  expect(await world.reload(hook)).toMatchObject({ status: 'gone', statusUntil: null });
});

test('a customer who deletes a hook keeps nothing of it', async (world) => {
  const hook = await subscribe(world, hookOf(world));
  const [id] = await world.queue(hook);
  await unsubscribe(world, hook);
  await world.store.deleteWebhook(world.home, hook.id, now);
  await world.sweep();
  expect(await stateOf(world, id ?? '')).toBe('discarded');
  expect(await waiting(world, await subscribe(world, edited(hook)))).toEqual([]);
});

test('a test listener ends by itself, with what it had', async (world) => {
  const listener = await subscribe(world, hookOf(world, { listener: true, statusUntil: now + minute }));
  const [id] = await world.queue(listener);
  await world.sweep({}, now + minute);
  expect(await world.store.getWebhook(world.home, listener.id)).toBeNull();
  expect(await stateOf(world, id ?? '')).toBe('discarded');
});

test('who listens anew gets nothing old, and the earlier listener ends', async (world) => {
  const listener = await subscribe(world, hookOf(world, { listener: true, statusUntil: now + minute }));
  await world.queue(listener, 2);
  const anew = await subscribe(world, edited(listener, { statusUntil: now + 2 * minute }));
  expect(await world.store.getWebhook(world.home, listener.id)).toBeNull();
  expect(await waiting(world, anew)).toEqual([]);
});

test('nothing is kept of a listener that is unsubscribed, and it takes over nothing', async (world) => {
  const hook = await subscribe(world, hookOf(world));
  await world.queue(hook);
  await unsubscribe(world, hook);
  const listener = await subscribe(world, edited(hook, { listener: true, statusUntil: now + minute }));
  expect(await waiting(world, listener)).toEqual([]);
  await unsubscribe(world, listener);
  expect(await world.store.getWebhook(world.home, listener.id)).toBeNull();
  expect(await waiting(world, await subscribe(world, edited(hook)))).toHaveLength(1);
});

test('a webhook that its platform paused is tried again at its time, and keeps the reason until it works', async (world) => {
  const hook = await subscribe(world, hookOf(world));
  const [work] = (await world.give(hook, 'node')) as [Work];
  const reason = { code: 'platform_gone', message: 'Inactive.', at: now };
  const change = { status: 'paused', reason, until: now + minute, again: false } as const;
  const result = retry(work, now);
  await world.store.record(
    'node',
    [{ ...result, webhook: { failures: 'keep', goneAnswers: 'increment', change } }],
    now,
  );
  await world.sweep({}, now + minute - 1);
  expect(await world.reload(hook)).toMatchObject({ status: 'paused', statusUntil: now + minute });
  await world.sweep({}, now + minute);
  expect(await world.reload(hook)).toMatchObject({
    status: 'active',
    statusUntil: null,
    statusReason: reason,
    goneAnswers: 1,
  });
  const again = only((await world.claim('node', { now: now + minute })).work);
  await world.store.record('node', [delivered(again, { failures: 'reset', goneAnswers: 'reset' })], now + minute);
  expect(await world.reload(hook)).toMatchObject({ status: 'active', statusReason: null, goneAnswers: 0 });
});
