import { expect } from 'vitest';
import type { HourCounts, Webhook } from '../../../src/model.ts';
import { Contract } from './contract.ts';
import type { World } from './world.ts';
import { at, day, now } from './world.ts';

export const statistics = new Contract('statistics');
const { test } = statistics;

const hour = 3600 * 1000;
/** The most rows that one step of house-keeping may touch. */
const mostPerStep = 500;

function counted(webhook: Pick<Webhook, 'id'>, of: number, counts: Partial<HourCounts> = {}): HourCounts {
  return { webhookId: webhook.id, hour: of, delivered: 0, failed: 0, throttled: 0, ...counts };
}

async function hoursOf(world: World, webhook: Webhook, since = 0): Promise<readonly HourCounts[]> {
  const counts = await world.store.countsOf(world.home, [webhook.id], since);
  return at(counts, 0).hours;
}

test('counts of an hour add up, and those of other hours and webhooks stay apart', async (world) => {
  const [webhook, other] = [await world.webhook(), await world.webhook()];
  await world.store.addCounts([
    counted(webhook, now, { delivered: 2, failed: 1 }),
    counted(other, now, { throttled: 7 }),
    counted(webhook, now + hour, { failed: 5 }),
  ]);
  await world.store.addCounts([counted(webhook, now, { delivered: 3, throttled: 4 })]);
  await world.store.addCounts([]);
  expect(await hoursOf(world, webhook)).toEqual([
    counted(webhook, now, { delivered: 5, failed: 1, throttled: 4 }),
    counted(webhook, now + hour, { failed: 5 }),
  ]);
  expect(await hoursOf(world, other)).toEqual([counted(other, now, { throttled: 7 })]);
});

test('they are read from a time on, in the order of the ids that were asked for', async (world) => {
  const webhooks = [await world.webhook(), await world.webhook(), await world.webhook()];
  const [first, second, quiet] = [at(webhooks, 0), at(webhooks, 1), at(webhooks, 2)];
  await world.store.addCounts(
    [first, second].flatMap((webhook) => [-2, -1, 0].map((back) => counted(webhook, now + back * hour, { failed: 1 }))),
  );
  const ids = [second.id, quiet.id, first.id];
  const found = await world.store.countsOf(world.home, [...ids, first.id], now - hour);
  expect(found.map(({ webhookId }) => webhookId)).toEqual(ids);
  expect(found.map(({ hours }) => hours.map((each) => each.hour))).toEqual([[now - hour, now], [], [now - hour, now]]);
});

test('what the organization does not have is left out, and so is what it deleted; what is gone is not', async (world) => {
  const [own, deleted, gone] = [await world.webhook(), await world.webhook(), await world.webhook({ status: 'gone' })];
  const other = await world.organization();
  const foreign = await world.webhook({ organizationId: other });
  const all = [own, deleted, foreign, gone];
  await world.store.addCounts(all.map((webhook) => counted(webhook, now, { delivered: 1 })));
  await world.store.deleteWebhook(world.home, deleted.id, now);
  const ids = [...all.map(({ id }) => id), 'wh_unknown'];
  const found = await world.store.countsOf(world.home, ids, 0);
  expect(found.map(({ webhookId }) => webhookId)).toEqual([own.id, gone.id]);
  expect(await world.store.countsOf(world.home, [], 0)).toEqual([]);
});

test('more than a statement holds is counted at once', async (world) => {
  const webhook = await world.webhook();
  const hours = Array.from({ length: 1700 }, (_, index) => counted(webhook, now - index * hour, { delivered: index }));
  await world.store.addCounts(hours);
  await world.store.addCounts(hours.toReversed());
  const twice = hours.map((each) => ({ ...each, delivered: each.delivered * 2 }));
  expect(await hoursOf(world, webhook)).toEqual(twice.toReversed());
});

test('several that count the same at once lose nothing and do not stand in each other’s way', async (world) => {
  const webhooks = await Promise.all(Array.from({ length: 40 }, () => world.webhook()));
  const counts = webhooks.map((webhook) => counted(webhook, now, { delivered: 1 }));
  const nodes = Array.from({ length: 8 }, (_, node) => counts.toSorted(() => (node % 2 ? 1 : -1)));
  await Promise.all(nodes.map((each) => world.store.addCounts(each)));
  const found = await world.store.countsOf(
    world.home,
    webhooks.map(({ id }) => id),
    0,
  );
  expect(found.flatMap(({ hours }) => hours.map(({ delivered }) => delivered))).toEqual(counts.map(() => 8));
});

test('hours of more than two days ago go, in bounded steps; younger ones stay', async (world) => {
  const webhook = await world.webhook();
  const old = Array.from({ length: 1200 }, (_, index) => counted({ id: `wh_${index}` }, now - 49 * hour));
  const kept = counted(webhook, now - 47 * hour, { delivered: 1 });
  await world.store.addCounts([...old, counted(webhook, now - 50 * hour), kept]);
  let left = await world.count('webhook_hours');
  const retention = { attemptsPerWebhook: 100, eventsMs: 30 * day, idempotencyMs: day };
  while ((await world.store.sweep(retention, now)).more) {
    const rest = await world.count('webhook_hours');
    expect(left - rest).toBeLessThanOrEqual(mostPerStep);
    left = rest;
  }
  expect(left).toBe(1);
  expect(await hoursOf(world, webhook)).toEqual([kept]);
});

test('what was counted of a webhook goes with it', async (world) => {
  const webhook = await world.webhook();
  await world.store.addCounts([counted(webhook, now, { delivered: 1 })]);
  await world.store.deleteWebhook(world.home, webhook.id, now - 31 * day);
  await world.sweep();
  expect([await world.count('webhooks'), await world.count('webhook_hours')]).toEqual([0, 0]);
});
