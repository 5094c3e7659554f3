import { expect } from 'vitest';
import type { Webhook } from '../../../src/model.ts';
import { Contract } from './contract.ts';
import { becoming, delivered, exhausted, retry } from './results.ts';
import type { World } from './world.ts';
import { at, idsOf, nothing, now, only, perWebhook, second, two } from './world.ts';

export const claiming = new Contract('claim and refill');
const { test } = claiming;

async function webhooksWith(world: World, count: number, deliveries: number, dueAt = now): Promise<Webhook[]> {
  const webhooks: Webhook[] = [];
  for (let index = 0; index < count; index += 1) {
    const webhook = await world.webhook();
    await world.queue(webhook, deliveries, dueAt);
    webhooks.push(webhook);
  }
  return webhooks;
}

test('what is due is claimed, with its event and the revision of its webhook', async (world) => {
  const webhook = await world.webhook({ revision: 3 });
  const event = world.eventFor(webhook, { data: '{"a":1}' });
  await world.publish([event]);
  const { work, backlogged, nextDueAt } = await world.claim('node');
  const { id } = only(await world.store.listDeliveriesOfEvent(world.home, event.id));
  expect(only(work)).toMatchObject({
    event,
    webhookRevision: 3,
    delivery: { id, webhookId: webhook.id, attempts: 0, failures: 0, createdAt: now },
  });
  expect({ backlogged, nextDueAt }).toEqual({ backlogged: [], nextDueAt: null });
});

test('when nothing waits, nothing is claimed', async (world) => {
  await world.webhook();
  expect(await world.claim('node')).toEqual(nothing);
});

test('what one node claimed is not claimed again, by another or itself', async (world) => {
  const webhook = await world.webhook();
  await world.queue(webhook, 3);
  expect((await world.claim('one')).work).toHaveLength(3);
  expect(await world.claim('two')).toEqual(nothing);
  expect(await world.claim('one')).toEqual(nothing);
});

test('nodes that claim at once share the work without overlap', async (world) => {
  await webhooksWith(world, 12, 5);
  const claims = await Promise.all(['one', 'two', 'three'].map((node) => world.claim(node, { lanes: 4 })));
  const ids = claims.flatMap(({ work }) => idsOf(work));
  expect(new Set(ids).size).toBe(60);
  expect(ids).toHaveLength(60);
});

test('what is scheduled for later is not claimed before its time, and nextDueAt says when that is', async (world) => {
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'node', 2);
  const times = [now + 60 * second, now + 30 * second];
  await world.store.record(
    'node',
    work.map((each, index) => retry(each, at(times, index))),
    now,
  );
  expect(await world.claim('node')).toEqual({ ...nothing, nextDueAt: now + 30 * second });
  expect(await world.claim('node', { now: now + 30 * second - 1 })).toEqual({
    ...nothing,
    nextDueAt: now + 30 * second,
  });
  const early = await world.claim('node', { now: now + 30 * second });
  expect([idsOf(early.work), early.nextDueAt]).toEqual([[at(idsOf(work), 1)], now + 60 * second]);
  const late = await world.claim('node', { now: now + 60 * second });
  expect([idsOf(late.work), late.nextDueAt]).toEqual([[at(idsOf(work), 0)], null]);
});

test('of one lane come the first by due time, then by id', async (world) => {
  const webhook = await world.webhook();
  const later = await world.queue(webhook, 2, now);
  const earlier = await world.queue(webhook, 2, now - second);
  const { work } = await world.claim('node', { perLane: 3 });
  expect(idsOf(work)).toEqual([...earlier, at(later, 0)]);
  expect(idsOf((await world.refill('node', [webhook])).work)).toEqual([at(later, 1)]);
});

test('no more than perLane of each of lanes webhooks are claimed', async (world) => {
  const webhooks = await webhooksWith(world, 3, 5);
  const { work, backlogged } = await world.claim('node', { lanes: 2, perLane: 3 });
  expect(Object.values(perWebhook(work))).toEqual([3, 3]);
  expect(backlogged.sort()).toEqual(Object.keys(perWebhook(work)).sort());
  expect(webhooks.map(({ id }) => id)).toEqual(expect.arrayContaining(backlogged));
});

test('lanes that wait longest come first', async (world) => {
  const webhooks: Webhook[] = [];
  for (const age of [1, 5, 3, 4, 2]) {
    const webhook = await world.webhook();
    await world.queue(webhook, 1, now - age * second);
    webhooks.push(webhook);
  }
  const { work } = await world.claim('node', { lanes: 3 });
  const order = [1, 3, 2].map((index) => at(webhooks, index).id);
  expect(work.map(({ delivery }) => delivery.webhookId)).toEqual(order);
});

test('nextDueAt says that lanes which found no place in a claim are due now', async (world) => {
  await webhooksWith(world, 3, 1);
  expect((await world.claim('node', { lanes: 2 })).nextDueAt).toBe(now);
  expect((await world.claim('node', { lanes: 2 })).nextDueAt).toBeNull();
});

test('a webhook with 10,000 due deliveries keeps nobody from being served', async (world) => {
  const [crowded] = await webhooksWith(world, 1, 10_000, now - 60 * second);
  const others = await webhooksWith(world, 20, 1);
  const served: Record<string, number> = {};
  // Four lanes at a time: the crowded one takes one place once, and then it is owned.
  for (let claims = 0; claims < 6; claims += 1) {
    Object.assign(served, perWebhook((await world.claim('node', { lanes: 4, perLane: 50 })).work));
  }
  expect(served).toEqual(Object.fromEntries([[crowded?.id, 50], ...others.map(({ id }) => [id, 1])]));
});

test('the rest of a backlog is its claimer’s: nobody else claims it, nobody refills from it', async (world) => {
  const webhook = await world.webhook();
  await world.queue(webhook, 5);
  expect((await world.claim('owner', { perLane: 2 })).backlogged).toEqual([webhook.id]);
  expect(await world.claim('other')).toEqual(nothing);
  expect(await world.claim('owner')).toEqual(nothing);
  expect(await world.refill('other', [webhook])).toEqual(nothing);
  expect((await world.refill('owner', [webhook], 2)).work).toHaveLength(2);
});

test('a backlog is refilled from until it is empty; then its claimer claims what comes, and nobody else', async (world) => {
  const webhook = await world.webhook();
  const waiting = await world.queue(webhook, 5);
  const claimed = await world.claim('owner', { perLane: 2 });
  const second = await world.refill('owner', [webhook], 2);
  const third = await world.refill('owner', [webhook], 2);
  expect([claimed, second, third].map(({ backlogged }) => backlogged)).toEqual([[webhook.id], [webhook.id], []]);
  expect([claimed, second, third].flatMap(({ work }) => idsOf(work))).toEqual(waiting);
  const [next] = await world.queue(webhook);
  expect(await world.claim('other')).toEqual(nothing);
  expect(await world.claim('owner')).toMatchObject({ work: [{ delivery: { id: next } }], backlogged: [] });
});

test('what is scheduled for later is no backlog: its owner claims it when it is due', async (world) => {
  const webhook = await world.webhook();
  const later = now + 60 * second;
  const work = only(await world.give(webhook, 'one'));
  await world.store.record('one', [retry(work, later)], now);
  await world.queue(webhook, 2);
  expect(await world.claim('one')).toMatchObject({ backlogged: [], nextDueAt: later });
  expect(await world.claim('two', { now: later })).toEqual(nothing);
  expect(idsOf((await world.claim('one', { now: later })).work)).toEqual([work.delivery.id]);
});

test('several backlogs are refilled at once, of each no more than perLane', async (world) => {
  const webhooks = await webhooksWith(world, 3, 10);
  await world.claim('node', { perLane: 1 });
  const { work } = await world.refill('node', webhooks, 4);
  expect(perWebhook(work)).toEqual(Object.fromEntries(webhooks.map(({ id }) => [id, 4])));
});

test('refilling from no webhook, or one that does not exist, gives nothing', async (world) => {
  expect(await world.refill('node', [])).toEqual(nothing);
  expect(await world.refill('node', [world.newWebhook()])).toEqual(nothing);
});

test('a paused webhook’s deliveries are neither claimed nor refilled from, until it is resumed: then by its owner', async (world) => {
  const webhook = await world.webhook();
  const waiting = await world.queue(webhook, 4);
  await world.claim('owner', { perLane: 1 });
  await world.pause(webhook);
  expect(await world.refill('owner', [webhook])).toEqual(nothing);
  expect(await world.claim('owner')).toEqual(nothing);
  expect(await world.claim('other')).toEqual(nothing);
  await world.resume(webhook);
  expect(await world.claim('other')).toEqual(nothing);
  expect(idsOf((await world.claim('owner')).work)).toEqual(waiting.slice(1));
});

test('a disabled webhook’s deliveries are not claimed, until it is resumed', async (world) => {
  const webhook = await world.webhook();
  const work = only(await world.give(webhook, 'node'));
  const waiting = await world.queue(webhook, 2);
  await world.store.record('node', [exhausted(work, becoming('disabled'))], now);
  expect(await world.claim('node')).toEqual(nothing);
  await world.resume(webhook);
  expect(idsOf((await world.claim('node')).work)).toEqual(waiting);
});

test('a webhook that is gone or deleted has nothing to claim', async (world) => {
  const [gone, deleted] = two(await webhooksWith(world, 2, 3));
  const { work } = await world.claim('node', { perLane: 1 });
  const toGone = work.filter(({ delivery }) => delivery.webhookId === gone.id);
  await world.store.record('node', [exhausted(only(toGone), becoming('gone'))], now);
  await world.store.deleteWebhook(world.home, deleted.id, now);
  expect(await world.refill('node', [gone, deleted])).toEqual(nothing);
  expect(await world.claim('other')).toEqual(nothing);
});

test('resuming an active webhook leaves its backlog with its owner', async (world) => {
  const webhook = await world.webhook();
  await world.queue(webhook, 3);
  await world.claim('owner', { perLane: 1 });
  await world.resume(webhook);
  expect((await world.claim('other')).work).toEqual([]);
  expect((await world.refill('owner', [webhook])).work).toHaveLength(2);
});

test('what is done leaves a lane that later deliveries are claimed from as before', async (world) => {
  const webhook = await world.webhook();
  await world.queue(webhook);
  const { work } = await world.claim('node');
  await world.store.record(
    'node',
    work.map((each) => delivered(each)),
    now,
  );
  expect(await world.claim('node')).toEqual(nothing);
  const [next] = await world.queue(webhook, 1, now + second);
  expect(idsOf((await world.claim('node', { now: now + second })).work)).toEqual([next]);
});

test('a claim brings few large events, and the next ones the others', async (world) => {
  const webhooks = await Promise.all([1, 2, 3].map(() => world.webhook()));
  const data = JSON.stringify({ text: 'x'.repeat(1000) });
  for (const webhook of webhooks) {
    const events = Array.from({ length: 3 }, () => world.eventFor(webhook, { data }));
    await world.publish(events, { node: null });
  }
  const served: number[] = [];
  const claimed = new Set<string>();
  for (let claims = 0; claims < 3; claims += 1) {
    const { work, backlogged } = await world.claim('node', { bytes: 3500 });
    served.push(work.length);
    for (const { delivery } of work) claimed.add(delivery.id);
    for (const id of backlogged) {
      const webhook = webhooks.filter((each) => each.id === id);
      const rest = await world.refill('node', webhook, 10);
      for (const { delivery } of rest.work) claimed.add(delivery.id);
      served.push(rest.work.length);
    }
  }
  expect(served).toEqual([4, 2, 3, 0]);
  expect(claimed.size).toBe(9);
});
