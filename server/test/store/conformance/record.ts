import { expect } from 'vitest';
import type { Webhook, Work } from '../../../src/model.ts';
import type { AttemptResult, WebhookEffect } from '../../../src/store/contract/index.ts';
import { Contract } from './contract.ts';
import { becoming, delivered, discarded, exhausted, retry } from './results.ts';
import type { World } from './world.ts';
import { at, idsOf, nothing, now, only, second, two } from './world.ts';

export const recording = new Contract('record');
const { test } = recording;

const later = now + 5 * second;

async function record(world: World, ...results: readonly AttemptResult[]): Promise<void> {
  await world.store.record('node', results, later);
}

function stored(world: World, { delivery }: Work) {
  return world.store.getDelivery(world.home, delivery.id);
}

test('a delivered one is complete', async (world) => {
  const work = only(await world.give(await world.webhook(), 'node'));
  await record(world, delivered(work));
  expect(await stored(world, work)).toMatchObject({
    state: 'delivered',
    attempts: 1,
    failures: 0,
    nextAttemptAt: null,
    completedAt: later,
  });
  expect(await world.claim('node', { now: later })).toMatchObject({ work: [], nextDueAt: null });
});

test('one to be tried again waits for its time, for the node whose lane it is in', async (world) => {
  const work = only(await world.give(await world.webhook(), 'node'));
  await record(world, retry(work, later + 60 * second));
  const waits = { state: 'pending', attempts: 1, failures: 1, nextAttemptAt: later + 60 * second, completedAt: null };
  expect(await stored(world, work)).toMatchObject(waits);
  expect(await world.claim('node', { now: later })).toEqual({ ...nothing, nextDueAt: later + 60 * second });
  expect(await world.claim('other', { now: later + 60 * second })).toEqual(nothing);
  const claimed = only((await world.claim('node', { now: later + 60 * second })).work);
  expect(claimed.delivery).toMatchObject({ id: work.delivery.id, attempts: 1, failures: 1, createdAt: now });
});

test('an exhausted or discarded one is complete', async (world) => {
  const [first, second] = two(await world.give(await world.webhook(), 'node', 2));
  await record(world, exhausted(first), discarded(second));
  const complete = { attempts: 1, nextAttemptAt: null, completedAt: later };
  expect(await stored(world, first)).toMatchObject({ ...complete, state: 'exhausted', failures: 1 });
  expect(await stored(world, second)).toMatchObject({ ...complete, state: 'discarded', failures: 0 });
  expect(await world.claim('node', { now: later })).toMatchObject({ work: [], nextDueAt: null });
});

test('a lane wakes for the earliest of its retries', async (world) => {
  const work = await world.give(await world.webhook(), 'node', 3);
  const times = [60, 20, 40].map((wait) => later + wait * second);
  for (const [index, each] of work.entries()) await record(world, retry(each, at(times, index)));
  expect((await world.claim('node', { now: later })).nextDueAt).toBe(later + 20 * second);
});

test('a retry that is due at once can be claimed at once', async (world) => {
  const work = only(await world.give(await world.webhook(), 'node'));
  await record(world, retry(work, later));
  expect(idsOf((await world.claim('node', { now: later })).work)).toEqual([work.delivery.id]);
});

test('attempts are counted over all tries, failures as the result says', async (world) => {
  const webhook = await world.webhook();
  const first = only(await world.give(webhook, 'node'));
  await record(world, retry(first, later));
  const second = only((await world.claim('node', { now: later })).work);
  const throttled = retry(second, later);
  await record(world, { ...throttled, delivery: { ...throttled.delivery, failures: 1 } });
  const third = only((await world.claim('node', { now: later })).work);
  await record(world, delivered(third));
  expect(await stored(world, first)).toMatchObject({ state: 'delivered', attempts: 3, failures: 1 });
});

test('a node that does not hold a delivery any more changes nothing of it, but its attempt is in the log', async (world) => {
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'node', 3);
  await world.store.release('node', idsOf(work), now);
  await world.relinquish(webhook, 'node');
  expect((await world.claim('other')).work).toHaveLength(3);
  const before = await world.store.listDeliveries(world.home, webhook.id, { limit: 10 });
  await record(world, delivered(at(work, 0)), retry(at(work, 1), later), exhausted(at(work, 2)));
  expect(await world.store.listDeliveries(world.home, webhook.id, { limit: 10 })).toEqual(before);
  expect((await world.store.listAttempts(world.home, webhook.id, { limit: 10 })).items).toHaveLength(3);
  await world.store.record('other', [delivered(at(work, 0))], later);
  expect(await stored(world, at(work, 0))).toMatchObject({ state: 'delivered', attempts: 1 });
});

test('a batch that is recorded again, because its answer got lost, counts once', async (world) => {
  const webhook = await world.webhook();
  const [first, second] = two(await world.give(webhook, 'node', 2));
  const batch = [delivered(first), retry(second, later, { failures: 'increment' })];
  await record(world, ...batch);
  await record(world, ...batch);
  expect(await stored(world, second)).toMatchObject({ state: 'pending', attempts: 1 });
  expect((await world.reload(webhook)).consecutiveFailures).toBe(1);
  expect((await world.store.listAttempts(world.home, webhook.id, { limit: 10 })).items).toHaveLength(2);
});

test('a batch is as large as it has to be', async (world) => {
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'node', 1200);
  await record(world, ...work.map((each, index) => (index % 2 ? delivered(each) : exhausted(each))));
  const states = await world.store.listDeliveries(world.home, webhook.id, { limit: 2000 });
  expect(states.filter(({ state }) => state === 'delivered')).toHaveLength(600);
  expect(states.filter(({ state }) => state === 'exhausted')).toHaveLength(600);
  expect(await world.count('attempts')).toBe(1200);
});

test('an empty batch is recorded too', async (world) => {
  await record(world);
  expect(await world.count('attempts')).toBe(0);
});

/** Records effects on one counter in one batch; returns what it came to. */
async function counted(
  world: World,
  counter: 'failures' | 'goneAnswers',
  start: number,
  effects: readonly WebhookEffect['failures'][],
): Promise<Webhook> {
  const webhook = await world.webhook({ consecutiveFailures: start, goneAnswers: start });
  const work = await world.give(webhook, 'node', effects.length);
  await record(world, ...work.map((each, index) => exhausted(each, { [counter]: effects[index] })));
  return world.reload(webhook);
}

test('several results of one webhook count in their order', async (world) => {
  const cases = [
    [['increment', 'increment', 'increment'], 5],
    [['keep', 'increment', 'keep'], 3],
    [['increment', 'reset'], 0],
    [['reset', 'increment', 'increment'], 2],
    [['increment', 'reset', 'increment', 'reset', 'increment'], 1],
    [['keep'], 2],
  ] as const;
  for (const [effects, expected] of cases) {
    expect(await counted(world, 'failures', 2, effects)).toMatchObject({
      consecutiveFailures: expected,
      goneAnswers: 2,
    });
    expect(await counted(world, 'goneAnswers', 2, effects)).toMatchObject({
      consecutiveFailures: 2,
      goneAnswers: expected,
    });
  }
});

test('a batch counts for each webhook apart, and counting is no change of a webhook', async (world) => {
  const [first, second] = [await world.webhook(), await world.webhook({ consecutiveFailures: 4 })];
  const [one, two] = [only(await world.give(first, 'node')), only(await world.give(second, 'node'))];
  await record(world, exhausted(one, { failures: 'increment' }), delivered(two, { failures: 'reset' }));
  expect(await world.reload(first)).toEqual({ ...first, consecutiveFailures: 1 });
  expect(await world.reload(second)).toEqual({ ...second, consecutiveFailures: 0 });
});

test('an answer may pause a webhook; the delivery that brought it stays with the backlog', async (world) => {
  const webhook = await world.webhook();
  const [first, second] = two(await world.give(webhook, 'node', 2));
  await record(world, retry(first, later, becoming('paused', 'Nobody listens.')), retry(second, later));
  const statusReason = { code: 'test', message: 'Nobody listens.', at: now };
  expect(await world.reload(webhook)).toEqual({
    ...webhook,
    status: 'paused',
    statusReason,
    revision: 2,
    updatedAt: later,
  });
  expect(await world.claim('node', { now: later })).toMatchObject({ work: [], nextDueAt: null });
  await world.resume(webhook, later);
  expect(idsOf((await world.claim('node', { now: later })).work)).toEqual(idsOf([first, second]));
});

test('an answer may disable a webhook, and of several changes in a batch the first holds', async (world) => {
  const webhook = await world.webhook();
  const [first, second] = two(await world.give(webhook, 'node', 2));
  await record(world, exhausted(first, becoming('disabled', 'first')), exhausted(second, becoming('paused', 'second')));
  expect(await world.reload(webhook)).toMatchObject({
    status: 'disabled',
    statusReason: { message: 'first' },
    revision: 2,
  });
});

test('an answer changes nothing of a webhook that is not active', async (world) => {
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'node', 3);
  await world.pause(webhook);
  const paused = await world.reload(webhook);
  await record(
    world,
    ...(['paused', 'disabled', 'gone'] as const).map((status, index) => exhausted(at(work, index), becoming(status))),
  );
  expect(await world.reload(webhook)).toEqual(paused);
});

test('an answer may end a webhook: nothing matches it any more, and what it had pending is discarded', async (world) => {
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'node', 2);
  const [waiting] = await world.queue(webhook);
  await record(world, discarded(at(work, 0), becoming('gone', 'The Zap was turned off.')));
  expect(await world.reload(webhook)).toMatchObject({
    status: 'gone',
    statusReason: { message: 'The Zap was turned off.' },
  });
  expect((await world.reload(webhook)).revision).toBeGreaterThan(webhook.revision);
  expect(await world.publish([world.eventFor(webhook)], { node: 'node' })).toMatchObject({ matched: 0 });
  await world.sweep({}, later);
  const gone = { state: 'discarded', nextAttemptAt: null, completedAt: later };
  expect(await world.store.getDelivery(world.home, waiting ?? '')).toMatchObject(gone);
  expect(await stored(world, at(work, 1))).toMatchObject({ state: 'pending' });
});

test('what a node still holds of a webhook that is gone is discarded once it comes back', async (world) => {
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'node', 4);
  await record(world, discarded(at(work, 0), becoming('gone')));
  await world.sweep();
  await record(world, retry(at(work, 1), later + second), delivered(at(work, 2)));
  await world.store.release('node', [at(work, 3).delivery.id], later);
  expect(await world.claim('node', { now: later + second })).toMatchObject({ work: [], nextDueAt: null });
  await world.sweep();
  const states = (await Promise.all(work.map((each) => stored(world, each)))).map((delivery) => delivery?.state);
  expect(states).toEqual(['discarded', 'discarded', 'delivered', 'discarded']);
});
