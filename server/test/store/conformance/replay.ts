import { expect } from 'vitest';
import { newId } from '../../../src/ids.ts';
import type { Delivery, Webhook } from '../../../src/model.ts';
import { Contract } from './contract.ts';
import { delivered, exhausted, retry } from './results.ts';
import type { World } from './world.ts';
import { idsOf, now, only, second, two } from './world.ts';

export const replaying = new Contract('replay and tests');
const { test } = replaying;

const later = now + 60 * second;

function replay(world: World, deliveryId: string) {
  return world.store.replay(world.home, deliveryId, later);
}

test('a complete delivery is sent again, with a fresh retry schedule', async (world) => {
  const [first, second] = two(await world.give(await world.webhook(), 'node', 2));
  await world.store.record('node', [delivered(first), exhausted(second)], now);
  for (const { delivery } of [first, second]) {
    expect(await replay(world, delivery.id)).toBe('replayed');
    const replayed = { state: 'pending', attempts: 1, failures: 0, nextAttemptAt: later, completedAt: null };
    expect(await world.store.getDelivery(world.home, delivery.id)).toMatchObject(replayed);
  }
  const { work } = await world.claim('node', { now: later });
  expect(idsOf(work)).toEqual(idsOf([first, second]));
});

test('one that waits for its next attempt is due now', async (world) => {
  const work = only(await world.give(await world.webhook(), 'node'));
  await world.store.record('node', [retry(work, later + 60 * second)], now);
  expect(await replay(world, work.delivery.id)).toBe('replayed');
  expect(idsOf((await world.claim('node', { now: later })).work)).toEqual([work.delivery.id]);
});

test('one that a node holds is busy, and stays as it is', async (world) => {
  const work = only(await world.give(await world.webhook(), 'node'));
  expect(await replay(world, work.delivery.id)).toBe('busy');
  await world.store.record('node', [delivered(work)], now);
  expect(await world.store.getDelivery(world.home, work.delivery.id)).toMatchObject({
    state: 'delivered',
    attempts: 1,
  });
});

test('one that does not exist here is unknown', async (world) => {
  const [foreign] = await world.queue(await world.webhook({ organizationId: await world.organization() }));
  expect(await replay(world, foreign ?? '')).toBe('unknown');
  expect(await replay(world, newId('delivery'))).toBe('unknown');
});

test('one of a paused webhook is held until it is resumed', async (world) => {
  const webhook = await world.webhook();
  const work = only(await world.give(webhook, 'node'));
  await world.store.record('node', [exhausted(work)], now);
  await world.pause(webhook);
  expect(await replay(world, work.delivery.id)).toBe('replayed');
  expect((await world.claim('node', { now: later })).work).toEqual([]);
  await world.resume(webhook, later);
  expect((await world.claim('node', { now: later })).work).toHaveLength(1);
});

test('one of a webhook that was deleted is discarded again', async (world) => {
  const webhook = await world.webhook();
  const work = only(await world.give(webhook, 'node'));
  await world.store.record('node', [delivered(work)], now);
  await world.store.deleteWebhook(world.home, webhook.id, now);
  await world.sweep();
  await replay(world, work.delivery.id);
  expect((await world.claim('node', { now: later })).work).toEqual([]);
  await world.sweep();
  expect(await world.store.getDelivery(world.home, work.delivery.id)).toMatchObject({ state: 'discarded' });
});

async function insertTest(world: World, webhook: Webhook): Promise<Delivery> {
  const event = world.eventFor(webhook, { test: true, data: '{"sample":true}' });
  const delivery = await world.store.insertTest('node', event, webhook.id);
  expect(await world.store.getEvent(webhook.organizationId, event.id)).toEqual(event);
  return delivery;
}

test('a test belongs to the node that sends it, and to nobody else', async (world) => {
  const webhook = await world.webhook();
  const delivery = await insertTest(world, webhook);
  const logged = { ...delivery, eventType: webhook.events[0], webhookStatus: 'active', webhookUntil: null };
  expect(await world.store.getDelivery(world.home, delivery.id)).toEqual(logged);
  expect(await world.claim('other')).toMatchObject({ work: [], nextDueAt: null });
  expect(await replay(world, delivery.id)).toBe('busy');
});

test('a test is stored for a paused webhook too, and is recorded like any delivery', async (world) => {
  const webhook = await world.webhook({ status: 'paused' });
  const delivery = await insertTest(world, webhook);
  const event = await world.store.getEvent(world.home, delivery.eventId);
  if (!event) throw new Error('There is no event.');
  await world.store.record('node', [exhausted({ delivery, event, webhookRevision: 1 })], now);
  expect(await world.store.getDelivery(world.home, delivery.id)).toMatchObject({ state: 'exhausted', attempts: 1 });
  expect((await world.store.listAttempts(world.home, webhook.id, { limit: 10 })).items).toMatchObject([{ test: true }]);
});

test('a test whose node ended goes out by another', async (world) => {
  const delivery = await insertTest(world, await world.webhook());
  await world.store.heartbeat('node', now);
  await world.store.expire(['heir'], later, later);
  const claimed = only((await world.claim('heir', { now: later })).work);
  expect(claimed).toMatchObject({ delivery: { id: delivery.id }, event: { test: true } });
});
