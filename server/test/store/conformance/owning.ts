import { expect } from 'vitest';
import { newId } from '../../../src/ids.ts';
import type { Webhook } from '../../../src/model.ts';
import { Contract } from './contract.ts';
import { becoming, delivered, exhausted, retry } from './results.ts';
import { idsOf, nothing, now, only, second, two } from './world.ts';

export const owning = new Contract('who sends to a webhook');
const { test } = owning;

/** How long the node of its slot has to take a lane that is due. */
const patience = 2 * second;

/** A lane as who gets it is told of it. */
function lane({ id }: Webhook, leftAt: number | null = null) {
  return { webhookId: id, leftAt, term: expect.any(Number) };
}

test('whoever claims from a free lane has it, also when nothing is left, until it is given up', async (world) => {
  const webhook = await world.webhook();
  await world.queue(webhook);
  const claim = await world.claim('one');
  expect(claim.lanes).toEqual([lane(webhook)]);
  await world.store.record('one', [delivered(only(claim.work))], now);
  await world.queue(webhook);
  expect(await world.claim('two')).toEqual(nothing);
  expect(await world.claim('two', { now: now + 10 * patience })).toEqual(nothing);
  expect(await world.claim('one')).toMatchObject({ work: [{}], lanes: [lane(webhook)] });
});

test('a claim says which lanes it looked at, also where nothing was due', async (world) => {
  const [free, own] = [await world.webhook(), await world.webhook()];
  await world.give(own, 'one');
  // Resuming has the lane looked at.
  for (const webhook of [free, own]) await world.resume(webhook);
  const { work, lanes } = await world.claim('one');
  expect(work).toEqual([]);
  expect(lanes).toEqual(expect.arrayContaining([lane(free), lane(own)]));
  expect(await world.ownerOf(free)).toBe('one');
  expect(await world.claim('one')).toEqual(nothing);
});

test('free lanes are for the node of their slot; others come only when nobody came for two seconds', async (world) => {
  const [own, foreign] = [await world.webhookOfSlot(1), await world.webhookOfSlot(255)];
  for (const webhook of [own, foreign]) await world.queue(webhook);
  const slots = [0, 1, 2];
  expect((await world.claim('one', { slots })).lanes).toEqual([lane(own)]);
  expect((await world.claim('one', { slots, now: now + patience - 1 })).lanes).toEqual([]);
  expect((await world.claim('none', { slots: [], now: now + patience - 1 })).lanes).toEqual([]);
  const late = await world.claim('one', { slots, now: now + patience });
  expect([late.lanes, late.work.length]).toEqual([[lane(foreign)], 1]);
});

test('a node that is responsible for no slot takes what nobody came for, and one that is for all takes all at once', async (world) => {
  const [first, second] = [await world.webhook(), await world.webhook()];
  await world.queue(first, 1, now - patience);
  await world.queue(second, 1, now);
  expect((await world.claim('none', { slots: [] })).lanes).toEqual([lane(first)]);
  expect((await world.claim('all', { slots: null })).lanes).toEqual([lane(second)]);
});

test('what is a node’s own it claims whatever the slot', async (world) => {
  const own = await world.webhookOfSlot(200);
  await world.give(own, 'one');
  await world.queue(own);
  expect((await world.claim('one', { slots: [3] })).lanes).toEqual([lane(own)]);
});

test('of what is its own and what is free, a node claims what waits longest first', async (world) => {
  const order: Webhook[] = [];
  for (const [age, isOwn] of [
    [5, true],
    [4, false],
    [3, false],
    [2, true],
    [1, false],
    [0, true],
  ] as const) {
    const webhook = await world.webhook();
    if (isOwn) await world.give(webhook, 'one');
    await world.queue(webhook, 1, now - age * second);
    order.push(webhook);
  }
  const claims = [await world.claim('one', { lanes: 2 }), await world.claim('one', { lanes: 3 })];
  expect(claims.map(({ lanes }) => lanes)).toEqual([
    order.slice(0, 2).map((each) => lane(each)),
    order.slice(2, 5).map((each) => lane(each)),
  ]);
  expect(claims.map(({ nextDueAt }) => nextDueAt)).toEqual([now - 3 * second, now]);
});

test('when to look again is told by what is a node’s own, what is free in its slots, and what nobody comes for', async (world) => {
  const [own, free, foreign] = [
    await world.webhookOfSlot(1),
    await world.webhookOfSlot(2),
    await world.webhookOfSlot(3),
  ];
  for (const [webhook, seconds] of [
    [own, 10],
    [free, 20],
    [foreign, 30],
  ] as const) {
    const work = only(await world.give(webhook, 'one'));
    await world.store.record('one', [retry(work, now + seconds * second)], now);
    if (webhook !== own) await world.relinquish(webhook, 'one');
  }
  const nextDueAt = async (node: string, slots: number[] | null) => (await world.claim(node, { slots })).nextDueAt;
  expect(await nextDueAt('one', null)).toBe(now + 10 * second);
  expect(await nextDueAt('one', [])).toBe(now + 10 * second);
  expect(await nextDueAt('two', null)).toBe(now + 20 * second);
  expect(await nextDueAt('two', [2, 3])).toBe(now + 20 * second);
  // Free lanes of other slots are left to their nodes for a while.
  expect(await nextDueAt('two', [])).toBe(now + 22 * second);
  expect(await nextDueAt('two', [3])).toBe(now + 22 * second);
});

test('a node’s own backlog keeps no place in its claims', async (world) => {
  const [crowded, other] = [await world.webhook(), await world.webhook()];
  await world.queue(crowded, 3, now - second);
  await world.claim('one', { perLane: 1 });
  await world.queue(other);
  const claim = await world.claim('one', { lanes: 1 });
  expect([claim.lanes, claim.backlogged, claim.nextDueAt]).toEqual([[lane(other)], [], null]);
});

test('a refill says whose the lane is, and that it stays so', async (world) => {
  const webhook = await world.webhook();
  await world.queue(webhook, 2);
  await world.claim('one', { perLane: 1 });
  expect(await world.refill('one', [webhook])).toMatchObject({ lanes: [lane(webhook)], backlogged: [] });
  expect(await world.refill('one', [webhook])).toEqual({ ...nothing, lanes: [lane(webhook)] });
  expect(await world.refill('two', [webhook])).toEqual(nothing);
  expect(await world.ownerOf(webhook)).toBe('one');
});

test('a lane that is given up is for others, with all that waits in it', async (world) => {
  const webhook = await world.webhook();
  const waiting = await world.queue(webhook, 3);
  await world.claim('one', { perLane: 1 });
  await world.relinquish(webhook, 'one', now);
  expect(await world.refill('one', [webhook])).toMatchObject({ work: [], lanes: [], backlogged: [] });
  const claim = await world.claim('two');
  expect([idsOf(claim.work), claim.lanes]).toEqual([waiting.slice(1), [lane(webhook, now)]]);
});

test('what is released goes out by another node in its old place, once the lane is given up', async (world) => {
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'one', 3);
  const [younger] = await world.queue(webhook, 1, now + second);
  await world.store.release('one', idsOf(work.slice(1)), now + second);
  await world.relinquish(webhook, 'one');
  const { work: claimed } = await world.claim('two', { now: now + second });
  expect(idsOf(claimed)).toEqual([...idsOf(work.slice(1)), younger]);
});

test('what is on its way when a lane is given up comes to its end where it is', async (world) => {
  const webhook = await world.webhook();
  const [first, second] = two(await world.give(webhook, 'one', 2));
  await world.relinquish(webhook, 'one', now);
  await world.give(webhook, 'two');
  await world.store.record('one', [delivered(first), retry(second, now)], now);
  expect(await world.store.getDelivery(world.home, first.delivery.id)).toMatchObject({ state: 'delivered' });
  expect(await world.claim('one')).toEqual(nothing);
  expect(idsOf((await world.claim('two')).work)).toEqual([second.delivery.id]);
});

test('a node relinquishes only what is its own', async (world) => {
  const [mine, theirs] = [await world.webhook(), await world.webhook()];
  await world.give(mine, 'one');
  await world.give(theirs, 'two');
  await world.relinquish(mine, 'two', now);
  await world.relinquish({ id: 'wh_unknown' }, 'two', now);
  await world.store.relinquish('two', []);
  expect([await world.ownerOf(mine), await world.ownerOf(theirs)]).toEqual(['one', 'two']);
  expect((await world.store.holdings('one')).lanes).toMatchObject([lane(mine)]);
});

test('that a lane was left in the middle of work is known until it is left at rest', async (world) => {
  const webhook = await world.webhook();
  await world.give(webhook, 'one');
  await world.relinquish(webhook, 'one', now);
  await world.queue(webhook);
  expect((await world.claim('two')).lanes).toEqual([lane(webhook, now)]);
  await world.queue(webhook);
  expect((await world.claim('two')).lanes).toEqual([lane(webhook, now)]);
  await world.relinquish(webhook, 'two', null);
  await world.queue(webhook);
  expect((await world.claim('one')).lanes).toEqual([lane(webhook)]);
});

test('who leaves gives all its lanes up, as of then', async (world) => {
  const [busy, rested, paused] = [await world.webhook(), await world.webhook(), await world.webhook()];
  await world.store.heartbeat('one', now + 30 * second);
  for (const webhook of [busy, rested, paused]) {
    const [first] = await world.give(webhook, 'one', 2);
    if (first && webhook !== busy) await world.store.record('one', [delivered(first)], now);
  }
  await world.pause(paused);
  await world.store.leave('one', now + second);
  await world.resume(paused, now + second);
  const { lanes } = await world.claim('two', { now: now + second });
  expect(lanes).toHaveLength(3);
  expect(lanes).toEqual(expect.arrayContaining([busy, rested, paused].map((each) => lane(each, now + second))));
});

test('of the lanes that a node leaves behind, those in which nothing waits are looked at by nobody', async (world) => {
  const [rested, busy, backlogged] = [await world.webhook(), await world.webhook(), await world.webhook()];
  await world.store.heartbeat('dead', now);
  await world.store.record('dead', [delivered(only(await world.give(rested, 'dead')))], now);
  await world.queue(backlogged, 2);
  const { work } = await world.claim('dead', { perLane: 1 });
  await world.store.record('dead', [delivered(only(work))], now);
  await world.give(busy, 'dead');
  await world.store.expire(['heir'], now + second, now + second);
  const { lanes } = await world.claim('heir', { now: now + second });
  expect(lanes.map(({ webhookId }) => webhookId).toSorted()).toEqual([busy.id, backlogged.id].toSorted());
  expect(await world.ownerOf(rested)).toBeNull();
});

test('a lane of a node that ended was left when its lease ended, and not later than now', async (world) => {
  const [early, late] = [await world.webhook(), await world.webhook()];
  await world.store.heartbeat('early', now + 30 * second);
  await world.give(early, 'early');
  await world.store.expire(['heir'], now + 40 * second, now + 40 * second);
  expect((await world.claim('heir', { now: now + 40 * second })).lanes).toEqual([lane(early, now + 30 * second)]);
  // A server that starts knows that every other node has ended, whatever its lease says.
  await world.store.heartbeat('late', now + 90 * second);
  await world.give(late, 'late');
  await world.store.expire(['heir'], Number.MAX_SAFE_INTEGER, now + 50 * second);
  expect((await world.claim('heir', { now: now + 50 * second })).lanes).toEqual([lane(late, now + 50 * second)]);
});

test('what a node that ended still had in a lane of another is the other’s to claim', async (world) => {
  const webhook = await world.webhook();
  await world.store.heartbeat('dead', now);
  const work = only(await world.give(webhook, 'dead'));
  await world.relinquish(webhook, 'dead', now);
  await world.give(webhook, 'live');
  await world.store.expire(['heir'], now + second, now + second);
  expect(await world.claim('heir', { now: now + second })).toEqual(nothing);
  const claim = await world.claim('live', { now: now + second });
  expect([idsOf(claim.work), claim.lanes]).toEqual([[work.delivery.id], [lane(webhook, now)]]);
});

test('lanes of a node that is alive are not taken over', async (world) => {
  const webhook = await world.webhook();
  await world.store.heartbeat('live', now + 30 * second);
  await world.give(webhook, 'live');
  await world.store.expire(['heir'], now + 30 * second, now + 30 * second);
  expect(await world.ownerOf(webhook)).toBe('live');
});

test('an assignment has a higher term than the one before, and a term that ended relinquishes nothing', async (world) => {
  const webhook = await world.webhook();
  await world.give(webhook, 'one');
  const [first] = (await world.store.holdings('one')).lanes;
  await world.relinquish(webhook, 'one');
  await world.give(webhook, 'one');
  const [second] = (await world.store.holdings('one')).lanes;
  expect(second?.term).toBe((first?.term ?? 0) + 1);
  if (first) await world.store.relinquish('one', [first]);
  expect(await world.ownerOf(webhook)).toBe('one');
  await world.relinquish(webhook, 'one');
  await world.queue(webhook);
  expect((await world.claim('two')).lanes).toMatchObject([{ term: (second?.term ?? 0) + 1 }]);
});

for (const stop of ['paused', 'disabled'] as const) {
  test(`a webhook that is ${stop} stays with its node, which goes on when it is active again`, async (world) => {
    const webhook = await world.webhook();
    const work = only(await world.give(webhook, 'one'));
    const waiting = await world.queue(webhook, 3);
    await world.claim('one', { perLane: 1 });
    if (stop === 'paused') await world.pause(webhook);
    else await world.store.record('one', [exhausted(work, becoming('disabled'))], now);
    expect((await world.store.holdings('one')).lanes).toMatchObject([{ ...lane(webhook), backlogged: false }]);
    await world.publish([world.eventFor(webhook)], { node: 'two' });
    expect(await world.claim('two', { now: now + 2 * patience })).toEqual(nothing);
    await world.resume(webhook);
    expect(await world.claim('two', { now: now + 2 * patience })).toEqual(nothing);
    const claim = await world.claim('one');
    expect(idsOf(claim.work).slice(0, 2)).toEqual(waiting.slice(1));
    expect(claim.work).toHaveLength(3);
  });
}

test('a REST hook that is subscribed to again stays with its node', async (world) => {
  const hook = await world.webhook({ restHook: true });
  await world.give(hook, 'one');
  await world.pause(hook);
  await world.subscribe({ ...hook, id: newId('webhook') }, false);
  await world.queue(hook);
  expect(await world.claim('two')).toEqual(nothing);
  expect((await world.claim('one')).work).toHaveLength(1);
});

test('a webhook whose ordering or events change stays with its node, which looks at it anew', async (world) => {
  const webhook = await world.webhook();
  await world.queue(webhook, 3);
  await world.claim('one', { perLane: 1 });
  await world.store.updateWebhook({ ...webhook, ordering: 'fifo', events: ['another'] }, now);
  expect((await world.store.holdings('one')).lanes).toMatchObject([{ ...lane(webhook), backlogged: false }]);
  expect(await world.claim('two')).toEqual(nothing);
  expect((await world.claim('one')).lanes).toEqual([lane(webhook)]);
});

test('a webhook that is gone or deleted is nobody’s', async (world) => {
  const [gone, deleted] = [await world.webhook(), await world.webhook()];
  const work = only(await world.give(gone, 'one'));
  for (const webhook of [gone, deleted]) await world.queue(webhook, 2);
  await world.claim('one', { perLane: 1 });
  await world.store.record('one', [exhausted(work, becoming('gone'))], now);
  await world.store.deleteWebhook(world.home, deleted.id, now);
  expect([await world.ownerOf(gone), await world.ownerOf(deleted)]).toEqual([null, null]);
  expect((await world.store.holdings('one')).lanes).toEqual([]);
  await world.sweep();
  expect([await world.ownerOf(gone), await world.ownerOf(deleted)]).toEqual([null, null]);
});

test('a new webhook is in the slot that the end of its id says', async (world) => {
  const { id, ...rest } = world.newWebhook();
  const ids = ['00', '0a', 'a0', 'ff'].map((end) => id.slice(0, -2) + end);
  for (const [index, each] of ids.entries()) {
    const webhook = { ...rest, id: each, url: `https://example.com/slots/${index}`, restHook: index > 1 };
    if (index > 1) await world.subscribe(webhook, false);
    else await world.store.insertWebhook(webhook);
  }
  const lanes = await world.tables.selectFrom('lanes').select(['webhook_id', 'slot']).orderBy('webhook_id').execute();
  expect(lanes).toEqual(ids.map((webhook_id, index) => ({ webhook_id, slot: [0, 10, 160, 255][index] })));
});
