import { expect } from 'vitest';
import { Contract } from './contract.ts';
import { delivered, retry } from './results.ts';
import { at, idsOf, nothing, now, only, second } from './world.ts';

export const givingBack = new Contract('release, requeue, leave and expire');
const { test } = givingBack;

test('what is released can be claimed at once, in its old place', async (world) => {
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'one', 3);
  const [younger] = await world.queue(webhook, 1, now + second);
  await world.store.release('one', idsOf(work.slice(1)), now + second);
  expect(await world.claim('two', { now: now + second })).toEqual(nothing);
  const { work: claimed } = await world.claim('one', { now: now + second });
  expect(idsOf(claimed)).toEqual([...idsOf(work.slice(1)), younger]);
});

test('what was scheduled for later is due when it is released', async (world) => {
  const webhook = await world.webhook();
  const event = world.eventFor(webhook);
  const work = only(await world.give(webhook, 'one'));
  await world.store.record('one', [retry(work, now + 60 * second)], now);
  await world.claim('one', { now: now + 60 * second });
  // A clock that was set back: it is earlier now than when the delivery was claimed.
  await world.store.release('one', [work.delivery.id], now);
  expect(idsOf((await world.claim('one')).work)).toEqual([work.delivery.id]);
  expect(event.createdAt).toBe(now);
});

test('a node releases only what it holds', async (world) => {
  const work = await world.give(await world.webhook(), 'one', 2);
  await world.store.release('two', idsOf(work), now);
  await world.store.release('two', [], now);
  await world.store.release('two', ['dlv_unknown'], now);
  expect(await world.claim('two')).toEqual(nothing);
  expect(await world.claim('one')).toEqual(nothing);
});

test('what is requeued waits behind its lane’s window: this node refills from it, nobody else claims it', async (world) => {
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'one', 5);
  await world.store.requeue('one', idsOf(work.slice(2)), now);
  expect(await world.claim('two')).toEqual(nothing);
  expect(await world.claim('one')).toEqual(nothing);
  expect(await world.publish([world.eventFor(webhook)], { node: 'one' })).toMatchObject({ work: [], waiting: false });
  const first = await world.refill('one', [webhook], 2);
  expect([idsOf(first.work), first.backlogged]).toEqual([idsOf(work.slice(2, 4)), [webhook.id]]);
  const second = await world.refill('one', [webhook], 2);
  expect([at(idsOf(second.work), 0), second.backlogged]).toEqual([at(idsOf(work), 4), []]);
});

test('what is requeued into a backlog that another node empties is the other’s to refill', async (world) => {
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'one', 2);
  await world.queue(webhook, 3);
  await world.relinquish(webhook, 'one', now);
  await world.claim('two', { perLane: 1 });
  await world.store.requeue('one', idsOf(work), now);
  expect(await world.refill('one', [webhook])).toEqual(nothing);
  expect((await world.refill('two', [webhook])).work).toHaveLength(4);
});

test('what is requeued into a lane of another node that has no backlog is the other’s to claim', async (world) => {
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'one', 2);
  await world.relinquish(webhook, 'one', now);
  await world.give(webhook, 'two');
  await world.store.requeue('one', idsOf(work), now);
  expect(await world.claim('one')).toEqual(nothing);
  expect(idsOf((await world.claim('two')).work)).toEqual(idsOf(work));
});

test('what is requeued into a lane that is nobody’s makes it nobody’s backlog', async (world) => {
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'one', 2);
  await world.relinquish(webhook, 'one', now);
  await world.store.requeue('one', idsOf(work), now);
  expect(await world.ownerOf(webhook)).toBeNull();
  expect(await world.refill('one', [webhook])).toMatchObject({ work: [], lanes: [], backlogged: [] });
  expect(idsOf((await world.claim('two')).work)).toEqual(idsOf(work));
});

test('what is requeued while the webhook is paused is held, and no backlog; resumed, its node claims it', async (world) => {
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'one', 2);
  await world.pause(webhook);
  await world.store.requeue('one', idsOf(work), now);
  expect(await world.refill('one', [webhook])).toEqual(nothing);
  await world.resume(webhook);
  expect(await world.claim('two')).toEqual(nothing);
  expect(idsOf((await world.claim('one')).work)).toEqual(idsOf(work));
});

test('requeuing nothing, or what this node does not hold, takes no lane and makes no backlog', async (world) => {
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'one');
  await world.store.requeue('two', idsOf(work), now);
  await world.store.requeue('two', [], now);
  await world.store.requeue('one', [], now);
  expect((await world.publish([world.eventFor(webhook)], { node: 'one' })).work).toHaveLength(1);
  await world.store.release('one', idsOf(work), now);
  await world.relinquish(webhook, 'one');
  expect((await world.claim('three')).work).toHaveLength(1);
});

test('any number of deliveries is given back and claimed at once', async (world) => {
  const webhooks = await Promise.all(Array.from({ length: 35 }, () => world.webhook({ events: ['popular'] })));
  const events = Array.from({ length: 1000 }, () => world.eventFor(at(webhooks, 0)));
  const { held } = await world.publish(events, { node: 'one' });
  expect(held).toHaveLength(35_000);
  await world.store.requeue('one', idsOf(held), now);
  const refilled = await world.refill('one', webhooks, 1000);
  expect(refilled.work).toHaveLength(35_000);
  await world.store.release('one', idsOf(refilled.work), now);
  const { lanes } = await world.store.holdings('one');
  await world.store.relinquish('one', lanes);
  expect((await world.claim('two', { perLane: 2000 })).work).toHaveLength(35_000);
});

test('a node that leaves gives back everything: what it holds and the backlogs it was emptying', async (world) => {
  const [held, backlogged] = [await world.webhook(), await world.webhook()];
  const work = await world.give(held, 'one', 2);
  const waiting = await world.queue(backlogged, 3);
  await world.store.heartbeat('one', now + 30 * second);
  await world.claim('one', { perLane: 1 });
  await world.store.leave('one', now);
  const { work: claimed } = await world.claim('two');
  expect(idsOf(claimed).sort()).toEqual([...idsOf(work), ...waiting].sort());
});

test('what a node held that ended is taken over; what a live one holds is not', async (world) => {
  const [dead, live] = [await world.webhook(), await world.webhook()];
  await world.store.heartbeat('dead', now + 30 * second);
  await world.store.heartbeat('live', now + 60 * second);
  const work = await world.give(dead, 'dead', 3);
  await world.give(live, 'live', 2);
  const later = now + 45 * second;
  expect(await world.store.expire(['heir'], now + 30 * second, now)).toBe(0);
  expect(await world.store.expire(['heir'], later, later)).toBe(3);
  expect(idsOf((await world.claim('heir', { now: later })).work)).toEqual(idsOf(work));
  expect(await world.store.expire(['heir'], later, later)).toBe(0);
});

test('a backlog whose node ended can be claimed', async (world) => {
  const webhook = await world.webhook();
  const waiting = await world.queue(webhook, 3);
  await world.store.heartbeat('dead', now);
  await world.claim('dead', { perLane: 1 });
  await world.store.expire(['heir'], now + second, now + second);
  expect(idsOf((await world.claim('heir')).work)).toEqual(waiting);
});

test('a lane of which a dead node held everything is due at once', async (world) => {
  const webhook = await world.webhook();
  await world.store.heartbeat('dead', now + 30 * second);
  const work = await world.give(webhook, 'dead', 2);
  // A server that starts knows that every other node has ended, whatever its lease says.
  expect(await world.store.expire(['heir'], Number.MAX_SAFE_INTEGER, now + second)).toBe(2);
  const claim = await world.claim('heir', { now: now + second });
  expect(idsOf(claim.work)).toEqual(idsOf(work));
});

test('a node takes nothing over from itself', async (world) => {
  await world.store.heartbeat('node', now);
  await world.give(await world.webhook(), 'node', 2);
  expect(await world.store.expire(['node'], Number.MAX_SAFE_INTEGER, now)).toBe(0);
  expect((await world.claim('other')).work).toEqual([]);
});

test('a heartbeat prolongs the lease', async (world) => {
  await world.store.heartbeat('live', now + 10 * second);
  await world.give(await world.webhook(), 'live');
  await world.store.heartbeat('live', now + 40 * second);
  expect(await world.store.expire(['heir'], now + 30 * second, now + 30 * second)).toBe(0);
});

test('what a slow node takes after it was given up is taken over too, should it end then', async (world) => {
  const webhook = await world.webhook();
  await world.store.heartbeat('slow', now);
  const late = now + 60 * second;
  await world.store.expire(['heir'], late, late);
  const work = await world.give(webhook, 'slow');
  expect(await world.store.expire(['heir'], late + second, late + second)).toBe(1);
  expect(idsOf((await world.claim('heir', { now: late + second })).work)).toEqual(idsOf(work));
});

test('a node that was given up and goes on keeps what it takes after its next heartbeat', async (world) => {
  const webhook = await world.webhook();
  await world.store.heartbeat('slow', now);
  const late = now + 60 * second;
  await world.store.expire(['heir'], late, late);
  await world.store.heartbeat('slow', late + 30 * second);
  const work = only(await world.give(webhook, 'slow'));
  expect(await world.store.expire(['heir'], late + second, late + second)).toBe(0);
  await world.store.record('slow', [delivered(work)], late);
  expect(await world.store.getDelivery(world.home, work.delivery.id)).toMatchObject({ state: 'delivered' });
});

test('when a node was last seen is known, also of one that left', async (world) => {
  expect(await world.store.lastSeen()).toBeNull();
  await world.store.heartbeat('one', now + 30 * second);
  await world.store.heartbeat('two', now + 20 * second);
  expect(await world.store.lastSeen()).toBe(now + 30 * second);
  await world.store.leave('one', now + 10 * second);
  expect(await world.store.lastSeen()).toBe(now + 20 * second);
});
