import { expect } from 'vitest';
import type { Webhook } from '../../../src/model.ts';
import { slotCount } from '../../../src/store/slots.ts';
import { Contract } from './contract.ts';
import { retry } from './results.ts';
import type { World } from './world.ts';
import { at, idsOf, nothing, now, only, request, second } from './world.ts';

export const placing = new Contract('publish, where several nodes deliver');
const { test } = placing;

/** Every slot has this home but those that are named. */
function homes(home: string | null, others: Readonly<Record<number, string | null>> = {}): (string | null)[] {
  return Array.from({ length: slotCount }, (_, slot) => (slot in others ? (others[slot] ?? null) : home));
}

/** A webhook that a node has had something for, so that its lane is the node's. */
async function webhookOf(world: World, node: string, differences: Partial<Webhook> = {}): Promise<Webhook> {
  const webhook = await world.webhook(differences);
  await world.give(webhook, node);
  return webhook;
}

test('a free lane becomes the publisher’s, who keeps it', async (world) => {
  const webhook = await world.webhook();
  const first = await world.publish([world.eventFor(webhook)], { node: 'here' });
  expect(first).toMatchObject({
    lanes: [{ webhookId: webhook.id, leftAt: null, term: expect.any(Number) }],
    elsewhere: [],
    waiting: false,
  });
  expect(first.work).toHaveLength(1);
  const second = await world.publish([world.eventFor(webhook)], { node: 'here' });
  expect(second).toMatchObject({
    lanes: [{ webhookId: webhook.id, leftAt: null, term: expect.any(Number) }],
    elsewhere: [],
    waiting: false,
  });
  expect(second.work).toHaveLength(1);
  expect(await world.ownerOf(webhook)).toBe('here');
});

test('what another node has the lane of is that node’s from birth', async (world) => {
  const webhook = await webhookOf(world, 'there');
  const event = world.eventFor(webhook);
  const published = await world.publish([event], { node: 'here' });
  expect(published).toMatchObject({ work: [], lanes: [], elsewhere: ['there'], matched: 1, waiting: false });
  const delivery = only(await world.store.listDeliveriesOfEvent(world.home, event.id));
  expect(await world.claim('here')).toEqual(nothing);
  expect(await world.claim('there')).toEqual(nothing);
  expect(idsOf((await world.store.fetch('there', { eventIds: [event.id] })).work)).toEqual([delivery.id]);
});

test('a process that sends nothing gives it to that node too, and leaves what nobody has for whoever claims it', async (world) => {
  const [owned, free] = [await webhookOf(world, 'there'), await world.webhook()];
  expect(await world.publish([world.eventFor(owned)])).toMatchObject({ elsewhere: ['there'], waiting: false });
  expect(await world.publish([world.eventFor(free)])).toMatchObject({ work: [], elsewhere: [], waiting: true });
  expect(await world.ownerOf(free)).toBeNull();
});

test('a free lane is given to the home of its slot, whoever publishes', async (world) => {
  const [own, other] = [await world.webhookOfSlot(7), await world.webhookOfSlot(8)];
  const options = { homes: homes('here', { 8: 'there' }) };
  for (const node of ['here', null]) {
    for (const webhook of [own, other]) await world.relinquish(webhook, (await world.ownerOf(webhook)) ?? '');
    const published = await world.publish([world.eventFor(own), world.eventFor(other)], { ...options, node });
    const mine = node === 'here' ? [own.id] : [];
    expect(published.work.map(({ delivery }) => delivery.webhookId)).toEqual(mine);
    expect(published.lanes).toEqual(mine.map((webhookId) => ({ webhookId, leftAt: null, term: expect.any(Number) })));
    expect(published.elsewhere.toSorted()).toEqual(node === 'here' ? ['there'] : ['here', 'there']);
    expect(published.waiting).toBe(false);
    expect([await world.ownerOf(own), await world.ownerOf(other)]).toEqual(['here', 'there']);
  }
});

test('each of many free lanes goes to the home of its slot', async (world) => {
  const webhooks = await Promise.all(
    Array.from({ length: 16 }, (_, index) => world.webhookOfSlot(index * 17, { events: ['popular'] })),
  );
  const nodes = ['a', 'b', 'c'];
  const spread = Array.from({ length: slotCount }, (_, slot) => at(nodes, slot % 3));
  const event = world.eventFor(at(webhooks, 0));
  const published = await world.publish([event], { node: 'a', homes: spread });
  expect(published).toMatchObject({ matched: 16, waiting: false });
  expect(published.elsewhere.toSorted()).toEqual(['b', 'c']);
  for (const node of nodes) {
    const ids = webhooks.filter((_, index) => spread[index * 17] === node).map(({ id }) => id);
    const { work, lanes } = await world.store.fetch(node, { eventIds: [event.id] });
    expect(work.map(({ delivery }) => delivery.webhookId).toSorted()).toEqual(ids.toSorted());
    expect(lanes.map(({ webhookId }) => webhookId).toSorted()).toEqual(ids.toSorted());
  }
});

test('a free lane whose slot has no home stays free: what comes for it is left in the store', async (world) => {
  const webhook = await world.webhook();
  const published = await world.publish([world.eventFor(webhook)], { node: 'here', homes: homes(null) });
  expect(published).toMatchObject({ work: [], lanes: [], elsewhere: [], waiting: true });
  expect(await world.ownerOf(webhook)).toBeNull();
  expect((await world.claim('there')).work).toHaveLength(1);
});

test('a lane stays with its owner, wherever its home is', async (world) => {
  const webhook = await webhookOf(world, 'there');
  const options = { node: 'here', homes: homes('here') };
  expect(await world.publish([world.eventFor(webhook)], options)).toMatchObject({ work: [], elsewhere: ['there'] });
  expect(await world.ownerOf(webhook)).toBe('there');
});

test('a node that is full leaves what would be its own in the store, and takes no lane', async (world) => {
  const [owned, free, others] = [
    await webhookOf(world, 'here'),
    await world.webhook(),
    await webhookOf(world, 'there'),
  ];
  for (const options of [{}, { homes: homes('here') }]) {
    const events = [owned, free, others].map((webhook) => world.eventFor(webhook));
    const published = await world.publish(events, { node: 'here', full: true, ...options });
    expect(published).toMatchObject({ work: [], lanes: [], elsewhere: ['there'], matched: 3, waiting: true });
  }
  expect(await world.ownerOf(free)).toBeNull();
  expect((await world.claim('there', { slots: [] })).work).toEqual([]);
  expect((await world.claim('here')).work).toHaveLength(4);
});

test('a node that is full gives free lanes to their homes all the same', async (world) => {
  const webhook = await world.webhook();
  const options = { node: 'here', full: true, homes: homes('there') };
  expect(await world.publish([world.eventFor(webhook)], options)).toMatchObject({ elsewhere: ['there'] });
  expect(await world.ownerOf(webhook)).toBe('there');
});

test('what a full node left is not overtaken, whoever publishes', async (world) => {
  const webhook = await webhookOf(world, 'here');
  const [left] = await world.queue(webhook);
  for (const node of ['here', 'there', null]) {
    const published = await world.publish([world.eventFor(webhook)], { node });
    expect(published).toMatchObject({ work: [], elsewhere: [], waiting: true });
  }
  const claimed = idsOf((await world.claim('here')).work);
  expect(claimed).toHaveLength(4);
  expect(claimed[0]).toBe(left);
});

test('nothing overtakes a backlog, also by a clock that is behind the one of who has it', async (world) => {
  const webhook = await world.webhook();
  await world.queue(webhook, 3, now + second);
  await world.claim('there', { perLane: 1, now: now + second });
  const published = await world.publish([world.eventFor(webhook)], { node: 'here', now });
  expect(published).toMatchObject({ work: [], elsewhere: [], waiting: false });
  expect((await world.refill('there', [webhook], 10, now + second)).work).toHaveLength(3);
});

test('a retry that waits for its time keeps nothing from its owner, whoever publishes', async (world) => {
  const webhook = await world.webhook();
  const work = only(await world.give(webhook, 'there'));
  await world.store.record('there', [retry(work, now + 60 * second)], now);
  expect(await world.publish([world.eventFor(webhook)], { node: 'here' })).toMatchObject({ elsewhere: ['there'] });
});

test('a free lane in which something waits that is due stays free; one whose retry waits for its time does not', async (world) => {
  const [due, later] = [await world.webhook(), await world.webhook()];
  await world.queue(due);
  const work = only(await world.give(later, 'there'));
  await world.store.record('there', [retry(work, now + 60 * second)], now);
  await world.relinquish(later, 'there');
  const events = [world.eventFor(due), world.eventFor(later)];
  const published = await world.publish(events, { node: 'here' });
  expect(published).toMatchObject({ lanes: [{ webhookId: later.id }], waiting: true });
  expect([await world.ownerOf(due), await world.ownerOf(later)]).toEqual([null, 'here']);
});

test('a paused webhook’s free lane stays free', async (world) => {
  const webhook = await world.webhook();
  await world.pause(webhook);
  const options = { node: 'here', homes: homes('here') };
  expect(await world.publish([world.eventFor(webhook)], options)).toMatchObject({ work: [], lanes: [], elsewhere: [] });
  expect(await world.ownerOf(webhook)).toBeNull();
});

test('a lane in order is given to nobody at birth, also when it has an owner', async (world) => {
  const webhook = await world.webhook({ ordering: 'fifo' });
  const options = { node: 'here', homes: homes('here') };
  expect(await world.publish([world.eventFor(webhook)], options)).toMatchObject({ lanes: [], waiting: true });
  expect(await world.ownerOf(webhook)).toBeNull();
  await world.claim('there');
  expect(await world.publish([world.eventFor(webhook)], options)).toMatchObject({ work: [], elsewhere: [] });
});

test('who gets a lane is told when the one who had it left in the middle of its work', async (world) => {
  const webhook = await webhookOf(world, 'there');
  await world.relinquish(webhook, 'there', now - 5);
  const { lanes } = await world.publish([world.eventFor(webhook)], { node: 'here' });
  expect(lanes).toEqual([{ webhookId: webhook.id, leftAt: now - 5, term: expect.any(Number) }]);
  await world.relinquish(webhook, 'here', null);
  const again = await world.publish([world.eventFor(webhook)], { node: 'there' });
  expect(again.lanes).toEqual([{ webhookId: webhook.id, leftAt: null, term: expect.any(Number) }]);
});

test('a publisher is told of a lane that another node gave it just before, and when that was left', async (world) => {
  const webhook = await webhookOf(world, 'before');
  await world.relinquish(webhook, 'before', now - second);
  await world.publish([world.eventFor(webhook)], { node: 'there', homes: homes('here') });
  const { held, lanes } = await world.publish([world.eventFor(webhook)], { node: 'here' });
  expect([held.length, lanes]).toEqual([
    1,
    [{ webhookId: webhook.id, leftAt: now - second, term: expect.any(Number) }],
  ]);
});

test('each request of a batch is told where its own deliveries are', async (world) => {
  const [mine, theirs, others] = [
    await webhookOf(world, 'here'),
    await webhookOf(world, 'there'),
    await webhookOf(world, 'other'),
  ];
  const requests = [
    request([world.eventFor(mine), world.eventFor(theirs), world.eventFor(theirs)]),
    request([world.eventFor(others)]),
    request([world.eventFor(mine)]),
    request([]),
  ];
  const results = await world.store.publish(requests, { node: 'here', now });
  expect(results.map((result) => result.kind === 'stored' && result.elsewhere)).toEqual([['there'], ['other'], [], []]);
  expect(results.map((result) => result.kind === 'stored' && result.work.length)).toEqual([1, 0, 1, 0]);
});

test('a free lane that several requests of a batch are for is taken once, and each is told', async (world) => {
  const webhook = await world.webhook();
  const requests = [request([world.eventFor(webhook)]), request([world.eventFor(webhook), world.eventFor(webhook)])];
  const results = await world.store.publish(requests, { node: 'here', now });
  const lanes = results.flatMap((result) => (result.kind === 'stored' ? result.lanes : []));
  expect(new Set(lanes.map(({ webhookId }) => webhookId))).toEqual(new Set([webhook.id]));
  expect(results.map((result) => result.kind === 'stored' && result.work.length)).toEqual([1, 2]);
});

test('what is not stored takes no lane: a repeat, and a batch that fails', async (world) => {
  const webhook = await world.webhook();
  const keyed = () => request([world.eventFor(webhook)], { idempotency: { key: 'key', hash: 'body' } });
  await world.store.publish([keyed()], { node: null, now });
  await world.claim('there');
  await world.relinquish(webhook, 'there');
  const twice = world.eventFor(webhook);
  await expect(world.store.publish([request([twice, twice])], { node: 'here', now })).rejects.toThrow();
  expect(await world.store.publish([keyed()], { node: 'here', now })).toMatchObject([{ kind: 'repeated' }]);
  expect(await world.ownerOf(webhook)).toBeNull();
});
