import { expect } from 'vitest';
import type { Webhook } from '../../../src/model.ts';
import { Contract } from './contract.ts';
import { delivered, exhausted, retry } from './results.ts';
import type { World } from './world.ts';
import { at, day, idsOf, nothing, now, only, second } from './world.ts';

export const keepingOrder = new Contract('a lane in order');
const { test } = keepingOrder;

/** A webhook in order with so many deliveries, and their ids; `one` and `two` are alive. */
async function queued(world: World, count: number): Promise<[Webhook, string[]]> {
  for (const node of ['one', 'two']) await world.store.heartbeat(node, now + 30 * second);
  const webhook = await world.webhook({ ordering: 'fifo' });
  return [webhook, await world.queue(webhook, count)];
}

test('its deliveries are left for whoever claims them, also when a node could take them at birth', async (world) => {
  const webhook = await world.webhook({ ordering: 'fifo' });
  const { held, waiting } = await world.publish([world.eventFor(webhook)], { node: 'one' });
  expect({ held, waiting }).toEqual({ held: [], waiting: true });
});

test('who is told of an event does not fetch them: a look does, with those before them', async (world) => {
  const [webhook, ids] = await queued(world, 2);
  const { work } = await world.claim('one');
  const parallel = await world.webhook({ events: webhook.events });
  const event = world.eventFor(webhook);
  await world.publish([event], { node: 'one' });
  const { work: born } = await world.store.fetch('one', { eventIds: [event.id, ...work.map((each) => each.event.id)] });
  expect(born.map(({ delivery, event: { data } }) => [delivery.webhookId, data])).toEqual([[parallel.id, event.data]]);
  expect(idsOf((await world.store.fetch('one', { ids })).work)).toEqual(ids);
});

test('they are claimed in the order of their events, and the lane is the claimer’s', async (world) => {
  const [webhook, ids] = await queued(world, 5);
  const claim = await world.claim('one', { perLane: 3 });
  expect([idsOf(claim.work), claim.backlogged]).toEqual([ids.slice(0, 3), [webhook.id]]);
  expect((await world.claim('two')).work).toEqual([]);
});

test('it is refilled from also when nothing more waits, until a refill finds nothing; the lane stays the claimer’s', async (world) => {
  const [webhook] = await queued(world, 1);
  const { work, backlogged } = await world.claim('one');
  expect(backlogged).toEqual([webhook.id]);
  await world.queue(webhook, 1);
  expect((await world.claim('two')).work).toEqual([]);
  await world.store.record('one', [delivered(only(work))], now);
  const more = await world.refill('one', [webhook]);
  expect([more.work.length, more.backlogged]).toEqual([1, [webhook.id]]);
  await world.store.record('one', [delivered(only(more.work))], now);
  expect((await world.refill('one', [webhook])).backlogged).toEqual([]);
  await world.queue(webhook, 1);
  expect(await world.claim('two')).toEqual(nothing);
  expect(await world.claim('one')).toMatchObject({ work: [{}], backlogged: [webhook.id] });
});

test('nothing is taken while one of them is on its way', async (world) => {
  const [webhook] = await queued(world, 3);
  const { work } = await world.claim('one', { perLane: 1 });
  await world.pause(webhook);
  await world.resume(webhook);
  const blocked = { work: [], backlogged: [], nextDueAt: now + second };
  expect(await world.claim('one')).toMatchObject(blocked);
  // Another node is no exception, while this one still sends.
  await world.relinquish(webhook, 'one', now);
  const lane = { webhookId: webhook.id, leftAt: now, term: expect.any(Number) };
  expect(await world.claim('two', { now: now + second })).toMatchObject({
    ...blocked,
    lanes: [lane],
    nextDueAt: now + 2 * second,
  });
  await world.store.record('one', [delivered(only(work))], now);
  expect((await world.claim('two', { now: now + 2 * second })).work).toHaveLength(2);
});

test('nothing overtakes a delivery that waits for its next attempt', async (world) => {
  const [webhook, ids] = await queued(world, 3);
  const { work } = await world.claim('one');
  const later = now + 60 * second;
  await world.store.record('one', [retry(at(work, 0), later)], now);
  await world.store.release('one', ids.slice(1), now);
  expect(await world.refill('one', [webhook])).toMatchObject({ work: [], backlogged: [], nextDueAt: later });
  await world.queue(webhook, 1);
  expect(await world.claim('one', { now: later - 1 })).toMatchObject({ work: [], nextDueAt: later });
  await world.relinquish(webhook, 'one');
  expect(await world.claim('two', { now: later - 1 })).toMatchObject({ work: [], nextDueAt: later });
  const claim = await world.claim('two', { now: later });
  expect(idsOf(claim.work).slice(0, 3)).toEqual(ids);
  expect(claim.work).toHaveLength(4);
});

test('one that is given up lets the next pass', async (world) => {
  const [webhook, ids] = await queued(world, 2);
  const { work } = await world.claim('one', { perLane: 1 });
  await world.store.record('one', [exhausted(only(work))], now);
  expect(idsOf((await world.refill('one', [webhook])).work)).toEqual(ids.slice(1));
});

test('one that is pruned while it waits lets the next pass', async (world) => {
  const [webhook] = await queued(world, 1);
  const { work } = await world.claim('one');
  await world.store.record('one', [retry(only(work), now + 60 * day)], now);
  await world.refill('one', [webhook]);
  const later = now + 31 * day;
  await world.sweep({ eventsMs: 30 * day }, later);
  const [next] = await world.queue(webhook, 1, later);
  expect(idsOf((await world.claim('one', { now: later })).work)).toEqual([next]);
});

test('what a node that ended held comes again in its order', async (world) => {
  const [, ids] = await queued(world, 3);
  await world.claim('one', { perLane: 2 });
  await world.store.heartbeat('two', now + day);
  expect(await world.store.expire(['two'], now + 31 * second, now + 31 * second)).toBe(2);
  expect(idsOf((await world.claim('two', { now: now + 31 * second })).work)).toEqual(ids);
});

test('a webhook that begins to keep order has what waits sent in order; one that ends it, by due time', async (world) => {
  const webhook = await world.webhook();
  await world.store.heartbeat('one', now + day);
  const ids = await world.queue(webhook, 3);
  await world.store.updateWebhook({ ...webhook, ordering: 'fifo' }, now);
  const first = await world.claim('one', { perLane: 1 });
  expect(idsOf(first.work)).toEqual(ids.slice(0, 1));
  await world.store.record('one', [retry(only(first.work), now + 60 * second)], now);
  await world.refill('one', [webhook]);
  await world.store.updateWebhook({ ...(await world.reload(webhook)), ordering: 'parallel' }, now);
  expect(idsOf((await world.claim('one')).work)).toEqual(ids.slice(1));
});
