import { expect } from 'vitest';
import type { Store } from '../../../src/store/contract/index.ts';
import { Contract } from './contract.ts';
import { becoming, delivered, exhausted } from './results.ts';
import type { World } from './world.ts';
import { at, day, idsOf, nothing, now, only, request, second } from './world.ts';

export const maintenance = new Contract('sweep');
const { test } = maintenance;

/** What one step may touch, with room for what belongs together. */
const mostPerStep = 1000;

const old = now - 31 * day;

async function step(world: World, retention: Partial<Parameters<Store['sweep']>[0]> = {}): Promise<boolean> {
  const all = { attemptsPerWebhook: 100, eventsMs: 30 * day, idempotencyMs: day, ...retention };
  return (await world.store.sweep(all, now)).more;
}

test('when there is nothing to do, it says so', async (world) => {
  await world.queue(await world.webhook());
  expect(await step(world)).toBe(false);
});

test('the last attempts of each webhook are kept, older ones go', async (world) => {
  const [busy, quiet] = [await world.webhook(), await world.webhook()];
  for (const [webhook, count] of [
    [busy, 8],
    [quiet, 2],
  ] as const) {
    const work = await world.give(webhook, 'node', count);
    await world.store.record(
      'node',
      work.map((each) => delivered(each)),
      now,
    );
  }
  const before = (await world.store.listAttempts(world.home, busy.id, { limit: 10 })).items;
  await world.sweep({ attemptsPerWebhook: 3 });
  expect((await world.store.listAttempts(world.home, busy.id, { limit: 10 })).items).toEqual(before.slice(0, 3));
  expect((await world.store.listAttempts(world.home, quiet.id, { limit: 10 })).items).toHaveLength(2);
  expect(await world.store.listDeliveries(world.home, busy.id, { limit: 10 })).toHaveLength(8);
});

test('attempts of any number of webhooks are pruned in one walk', async (world) => {
  const webhooks = await Promise.all(Array.from({ length: 50 }, () => world.webhook({ events: ['popular'] })));
  const events = [world.eventFor(at(webhooks, 0)), world.eventFor(at(webhooks, 0))];
  const { held } = await world.publish(events, { node: 'node' });
  await world.store.record(
    'node',
    held.map((each) => delivered(each)),
    now,
  );
  await world.sweep({ attemptsPerWebhook: 1 });
  expect(await world.count('attempts')).toBe(50);
});

test('a node that does not lead prunes the log of what it sent, and leaves the rest to the one that does', async (world) => {
  const work = await world.give(await world.webhook(), 'node', 8);
  const results = work.map((each) => delivered(each));
  await world.store.record('node', results, now);
  const ended = await world.webhook();
  await world.queue(ended, 2);
  await world.store.deleteWebhook(world.home, ended.id, now);
  await world.queue(await world.webhook(), 3, old);
  const retention = { attemptsPerWebhook: 3, eventsMs: 30 * day, idempotencyMs: day };
  while ((await world.store.sweep(retention, now, false)).more);
  expect([await world.count('attempts'), await world.count('events')]).toEqual([3, 13]);
  const discarded = world.tables.selectFrom('deliveries').select('id').where('state', '=', 'discarded');
  expect(await discarded.execute()).toEqual([]);
  await world.sweep(retention);
  expect([await world.count('events'), (await discarded.execute()).length]).toEqual([10, 2]);
});

test('attempts are pruned in bounded steps', async (world) => {
  const work = await world.give(await world.webhook(), 'node', 1700);
  await world.store.record(
    'node',
    work.map((each) => delivered(each)),
    now,
  );
  expect(await step(world)).toBe(true);
  expect(await world.count('attempts')).toBeGreaterThanOrEqual(1700 - mostPerStep);
  await world.sweep();
  expect(await world.count('attempts')).toBe(100);
});

test('old events go with their deliveries, whatever became of these; younger ones stay', async (world) => {
  const [webhook, paused] = [await world.webhook(), await world.webhook()];
  await world.queue(webhook, 3, old);
  await world.pause(paused);
  await world.queue(paused, 2, old);
  const young = await world.queue(webhook, 1, now - 29 * day);
  await world.sweep();
  expect(await world.count('events')).toBe(1);
  expect(await world.store.listDeliveries(world.home, paused.id, { limit: 10 })).toEqual([]);
  expect(idsOf((await world.claim('node')).work)).toEqual(young);
});

test('a lane whose deliveries were removed serves the next', async (world) => {
  const webhook = await world.webhook();
  await world.queue(webhook, 3, old);
  await world.sweep();
  expect(await world.claim('node')).toEqual({
    ...nothing,
    lanes: [{ webhookId: webhook.id, leftAt: null, term: expect.any(Number) }],
  });
  expect(await world.claim('node')).toEqual(nothing);
  expect((await world.publish([world.eventFor(webhook)], { node: 'node' })).work).toHaveLength(1);
});

test('what a node holds stays with its event until it is done', async (world) => {
  const webhook = await world.webhook();
  const waiting = await world.queue(webhook, 3, old);
  const work = only((await world.claim('node', { perLane: 1 })).work);
  await world.sweep();
  expect(await world.count('events')).toBe(1);
  expect(await world.store.getDelivery(world.home, work.delivery.id)).not.toBeNull();
  expect(await world.store.getDelivery(world.home, at(waiting, 1))).toBeNull();
  await world.store.record('node', [delivered(work)], now);
  await world.sweep();
  expect([await world.count('events'), await world.count('deliveries')]).toEqual([0, 0]);
});

test('however many old deliveries a node holds, the others behind them go', async (world) => {
  const [slow, webhook] = [await world.webhook(), await world.webhook()];
  await world.queue(slow, 1100, old);
  await world.claim('node', { perLane: 1100 });
  await world.queue(webhook, 10, old);
  await world.sweep();
  expect(await world.count('events')).toBe(1100);
});

test('an event with very many deliveries is removed in bounded steps', async (world) => {
  const webhooks = await Promise.all(Array.from({ length: 1700 }, () => world.webhook({ events: ['popular'] })));
  await world.publish([world.eventFor(at(webhooks, 0), { createdAt: old })], { now: old });
  expect(await step(world)).toBe(true);
  expect(await world.count('deliveries')).toBeGreaterThanOrEqual(1700 - mostPerStep);
  await world.sweep();
  expect([await world.count('events'), await world.count('deliveries')]).toEqual([0, 0]);
});

test('events without deliveries are removed in bounded steps', async (world) => {
  const events = Array.from({ length: 1700 }, () => world.eventFor(world.newWebhook(), { createdAt: old }));
  await world.publish(events);
  expect(await step(world)).toBe(true);
  expect(await world.count('events')).toBeGreaterThanOrEqual(1700 - mostPerStep);
  await world.sweep();
  expect(await world.count('events')).toBe(0);
});

test('an idempotency key is forgotten after its time, and not before', async (world) => {
  const publish = async (key: string, time: number) => {
    const event = world.eventFor(world.newWebhook());
    const result = await world.store.publish([request([event], { idempotency: { key, hash: 'body' } })], {
      node: null,
      now: time,
    });
    return only(result).kind;
  };
  await publish('old', now - day - second);
  await publish('young', now - day + second);
  await world.sweep();
  expect([await publish('old', now), await publish('young', now)]).toEqual(['stored', 'repeated']);
});

test('idempotency keys are removed in bounded steps', async (world) => {
  for (let hour = 0; hour < 4; hour += 1) {
    const requests = Array.from({ length: 400 }, (_, index) =>
      request([], { organizationId: world.home, idempotency: { key: `${hour} ${index}`, hash: '' } }),
    );
    await world.store.publish(requests, { node: null, now: now - 2 * day + hour });
  }
  expect(await step(world)).toBe(true);
  expect(await world.count('idempotency_keys')).toBeGreaterThanOrEqual(1600 - mostPerStep);
  await world.sweep();
  expect(await world.count('idempotency_keys')).toBe(0);
});

test('what a deleted webhook had pending is discarded in bounded steps; what is complete stays', async (world) => {
  const webhook = await world.webhook();
  const done = only(await world.give(webhook, 'node'));
  await world.store.record('node', [exhausted(done)], now);
  await world.queue(webhook, 1700);
  await world.store.deleteWebhook(world.home, webhook.id, now);
  const states = async () => {
    const deliveries = await world.store.listDeliveries(world.home, webhook.id, { limit: 2000 });
    return Object.fromEntries(
      [...Map.groupBy(deliveries, ({ state }) => state)].map(([state, { length }]) => [state, length]),
    );
  };
  expect(await step(world)).toBe(true);
  expect((await states()).discarded).toBeLessThanOrEqual(mostPerStep);
  await world.sweep();
  expect(await states()).toEqual({ exhausted: 1, discarded: 1700 });
});

test('any number of webhooks that ended are swept', async (world) => {
  for (let count = 0; count < 10; count += 1) {
    const webhook = await world.webhook();
    const work = only(await world.give(webhook, 'node'));
    await world.queue(webhook, 2);
    if (count % 2) await world.store.deleteWebhook(world.home, webhook.id, now);
    await world.store.record('node', [exhausted(work, becoming('gone'))], now);
  }
  await world.sweep();
  const pending = await world.tables.selectFrom('deliveries').select('id').where('state', '=', 'pending').execute();
  expect(pending).toEqual([]);
  expect(await step(world)).toBe(false);
});

/** A webhook that was deleted at a time, with an attempt in its log; what it had is swept away with its events. */
async function deleted(world: World, at: number): Promise<string> {
  const webhook = await world.webhook();
  const { held } = await world.publish([world.eventFor(webhook, { createdAt: at })], { node: 'node', now: at });
  await world.store.record('node', [delivered(only(held))], at);
  await world.store.deleteWebhook(world.home, webhook.id, at);
  return webhook.id;
}

test('a webhook that was deleted is forgotten with its log once its deliveries are, and not before', async (world) => {
  await deleted(world, old);
  const young = await deleted(world, now - 29 * day);
  const gone = await world.webhook({ status: 'gone', updatedAt: old });
  const alive = await world.webhook({ updatedAt: old });
  await world.sweep();
  const left = await world.tables.selectFrom('webhooks').select('id').orderBy('id').execute();
  expect(left.map(({ id }) => id)).toEqual([young, gone.id, alive.id].sort());
  const attempts = await world.tables.selectFrom('attempts').select('webhook_id').execute();
  expect(attempts).toEqual([{ webhook_id: young }]);
  expect(await world.count('lanes')).toBe(3);
});

test('one with a delivery that a node still has waits for it, and holds up no other', async (world) => {
  const webhook = await world.webhook();
  const event = world.eventFor(webhook, { createdAt: old });
  const { held } = await world.publish([event], { node: 'node', now: old });
  await world.store.deleteWebhook(world.home, webhook.id, old);
  for (let count = 0; count < 45; count += 1) await deleted(world, old);
  await world.sweep();
  expect(await world.count('webhooks')).toBe(1);
  await world.store.record('node', [exhausted(only(held))], now);
  await world.sweep();
  expect([await world.count('webhooks'), await world.count('attempts')]).toEqual([0, 0]);
});

test('what a deleted webhook leaves behind is removed in bounded steps', async (world) => {
  const webhook = await world.webhook();
  const events = Array.from({ length: 1700 }, () => world.eventFor(webhook, { createdAt: old }));
  const { held } = await world.publish(events, { node: 'node', now: old });
  const results = held.map((each) => delivered(each));
  await world.store.record('node', results, old);
  await world.store.deleteWebhook(world.home, webhook.id, old);
  const keepAll = { attemptsPerWebhook: 10_000 };
  let left = 1700;
  for (let steps = 0; steps < 20; steps += 1) {
    await step(world, keepAll);
    const rest = await world.count('attempts');
    expect(left - rest).toBeLessThanOrEqual(mostPerStep);
    left = rest;
  }
  expect([left, await world.count('webhooks')]).toEqual([0, 0]);
});
