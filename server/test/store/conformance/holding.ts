import { expect } from 'vitest';
import type { Event, Webhook } from '../../../src/model.ts';
import { Contract } from './contract.ts';
import { delivered, retry } from './results.ts';
import type { World } from './world.ts';
import { at, idsOf, now, only, second } from './world.ts';

export const holding = new Contract('what a node finds out about itself');
const { test } = holding;

const unknown = Array.from({ length: 10_000 }, (_, index) => `unknown_${index}`);

/** A webhook whose lane a node has; it wants a type of its own and one that all such webhooks want. */
async function webhookOf(world: World, node: string, differences: Partial<Webhook> = {}): Promise<Webhook> {
  const webhook = world.newWebhook(differences);
  const stored = await world.webhook({ ...webhook, events: [...webhook.events, 'popular'] });
  const work = await world.give(stored, node);
  await world.store.record(
    node,
    work.map((each) => delivered(each)),
    now,
  );
  return stored;
}

function popular(world: World, differences: Partial<Event> = {}): Event {
  return world.eventFor(world.newWebhook(), { type: 'popular', ...differences });
}

test('a node fetches what it holds of events, with its lanes, and nothing that is another’s', async (world) => {
  const mine = await webhookOf(world, 'one', { revision: 4 });
  const theirs = await webhookOf(world, 'two');
  const events = [popular(world, { data: '{"a":1}' }), popular(world), popular(world)];
  await world.publish(events);
  const wanted = events.slice(0, 2);
  const { work, lanes } = await world.store.fetch('one', { eventIds: [...wanted.map(({ id }) => id), ...unknown] });
  expect(work.map(({ event }) => event)).toEqual(wanted);
  for (const { delivery, webhookRevision } of work) {
    expect([delivery.webhookId, webhookRevision]).toEqual([mine.id, 4]);
    expect(await world.store.getDelivery(world.home, delivery.id)).toMatchObject(delivery);
  }
  expect(lanes).toEqual([{ webhookId: mine.id, leftAt: null, term: expect.any(Number) }]);
  const other = await world.store.fetch('two', { eventIds: events.map(({ id }) => id) });
  expect(other.work.map(({ delivery }) => delivery.webhookId)).toEqual([theirs.id, theirs.id, theirs.id]);
  expect(await world.store.fetch('three', { eventIds: events.map(({ id }) => id) })).toEqual({ work: [], lanes: [] });
});

test('a node fetches deliveries by their ids, as far as it holds them', async (world) => {
  const [mine, theirs] = [await world.webhook(), await world.webhook()];
  const [first, second, third] = await world.give(mine, 'one', 3);
  const other = only(await world.give(theirs, 'two'));
  const waiting = await world.queue(mine);
  if (!first || !second || !third) throw new Error('There is no work.');
  await world.store.record('one', [delivered(first), retry(second, now)], now);
  const ids = [...idsOf([first, second, third, other]), ...waiting, ...unknown];
  const fetched = await world.store.fetch('one', { ids });
  expect(fetched).toEqual({ work: [third], lanes: [{ webhookId: mine.id, leftAt: null, term: expect.any(Number) }] });
  expect(await world.store.fetch('one', { ids: [] })).toEqual({ work: [], lanes: [] });
  expect(await world.store.fetch('one', { eventIds: [] })).toEqual({ work: [], lanes: [] });
});

test('what is fetched of a lane comes in its order', async (world) => {
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'one', 50);
  const eventIds = work.map(({ event }) => event.id).toReversed();
  expect(idsOf((await world.store.fetch('one', { eventIds })).work)).toEqual(idsOf(work));
  expect(idsOf((await world.store.fetch('one', { ids: idsOf(work).toReversed() })).work)).toEqual(idsOf(work));
});

test('a node fetches what it holds in a lane that is not its own any more, and is told so', async (world) => {
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'one', 2);
  await world.relinquish(webhook, 'one', now);
  expect(await world.store.fetch('one', { ids: idsOf(work) })).toEqual({ work, lanes: [] });
  await world.give(webhook, 'two');
  expect(await world.store.fetch('one', { ids: idsOf(work) })).toEqual({ work, lanes: [] });
});

test('who fetches is told when the node that had the lane before left it', async (world) => {
  const webhook = await world.webhook();
  await world.give(webhook, 'one');
  await world.relinquish(webhook, 'one', now - second);
  const event = world.eventFor(webhook);
  await world.publish([event], { node: 'two', homes: Array.from({ length: 256 }, () => 'three') });
  const { lanes } = await world.store.fetch('three', { eventIds: [event.id] });
  expect(lanes).toEqual([{ webhookId: webhook.id, leftAt: now - second, term: expect.any(Number) }]);
});

test('tests are left out: whoever stored one has it', async (world) => {
  const webhook = await world.webhook();
  const event = world.eventFor(webhook, { test: true });
  const delivery = await world.store.insertTest('one', event, webhook.id);
  expect(await world.store.fetch('one', { eventIds: [event.id] })).toEqual({ work: [], lanes: [] });
  expect(await world.store.fetch('one', { ids: [delivery.id] })).toEqual({ work: [], lanes: [] });
  expect(await world.store.holdings('one')).toEqual({ deliveryIds: [], lanes: [] });
});

test('a node is told all that it leases and owns, and nothing else', async (world) => {
  expect(await world.store.holdings('one')).toEqual({ deliveryIds: [], lanes: [] });
  const [idle, busy, crowded, paused, given, theirs] = [
    await webhookOf(world, 'one'),
    await world.webhook({ revision: 7 }),
    await world.webhook(),
    await world.webhook(),
    await world.webhook(),
    await webhookOf(world, 'two'),
  ];
  const held = await world.give(busy, 'one', 2);
  await world.queue(crowded, 3);
  held.push(...(await world.claim('one', { perLane: 1 })).work);
  held.push(...(await world.give(paused, 'one')), ...(await world.give(given, 'one')));
  await world.pause(paused);
  await world.relinquish(given, 'one', now);
  await world.relinquish(idle, 'one', now - second);
  await world.give(idle, 'one').then((work) => held.push(...work));
  const holdings = await world.store.holdings('one');
  expect(holdings.deliveryIds.toSorted()).toEqual(idsOf(held).toSorted());
  const lanes = [
    { webhookId: idle.id, leftAt: now - second, term: expect.any(Number), backlogged: false, revision: 1 },
    { webhookId: busy.id, leftAt: null, term: expect.any(Number), backlogged: false, revision: 7 },
    { webhookId: crowded.id, leftAt: null, term: expect.any(Number), backlogged: true, revision: 1 },
    { webhookId: paused.id, leftAt: null, term: expect.any(Number), backlogged: false, revision: 2 },
  ];
  expect(holdings.lanes).toHaveLength(lanes.length);
  expect(holdings.lanes).toEqual(expect.arrayContaining(lanes));
  expect((await world.store.holdings('two')).lanes.map(({ webhookId }) => webhookId)).toEqual([theirs.id]);
});

test('what was given to a node while it heard nothing is among what it holds', async (world) => {
  const webhook = await world.webhook();
  const homes = Array.from({ length: 256 }, () => 'deaf');
  const event = world.eventFor(webhook);
  await world.publish([event], { node: 'other', homes });
  const { deliveryIds, lanes } = await world.store.holdings('deaf');
  const delivery = only(await world.store.listDeliveriesOfEvent(world.home, event.id));
  expect(deliveryIds).toEqual([delivery.id]);
  expect(lanes).toMatchObject([{ webhookId: webhook.id, backlogged: false }]);
  expect(at((await world.store.fetch('deaf', { ids: deliveryIds })).work, 0).event).toEqual(event);
});

test('nodes that deliver are those that are alive and say so', async (world) => {
  const { store } = world;
  await store.heartbeat('b', now + 10);
  await store.heartbeat('a', now + 20, true);
  await store.heartbeat('api', now + 30, false);
  await store.heartbeat('gone', now - 1);
  const nodes = [await store.deliveringNodes(now), await store.deliveringNodes(now + 10)];
  expect(nodes).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
  expect(await store.deliveringNodes(now + 11)).toEqual(['a']);
  await store.heartbeat('a', now + 40, false);
  await store.heartbeat('api', now + 40);
  expect(await store.deliveringNodes(now)).toEqual(['api', 'b']);
  await store.leave('b', now);
  expect(await store.deliveringNodes(now + 1)).toEqual(['api']);
});

test('the store’s clock, if it has one, shows the time', async (world) => {
  const before = Date.now();
  const time = (await world.store.time()) ?? before;
  expect(Number.isInteger(time)).toBe(true);
  expect(Math.abs(time - before)).toBeLessThan(60 * second);
});
