import { expect } from 'vitest';
import type { Attempt, Event, Webhook } from '../../../src/model.ts';
import type { EventFilter } from '../../../src/store/contract/index.ts';
import { Contract } from './contract.ts';
import { delivered, exhausted, newAttempt, unchanged } from './results.ts';
import type { World } from './world.ts';
import { at, idsOf, now, only, two } from './world.ts';

export const log = new Contract('log');
const { test } = log;

/** Records attempts that were made for a webhook, each for a delivery of its own. */
async function attempts(world: World, webhook: Webhook, count: number): Promise<Attempt[]> {
  const work = await world.give(webhook, 'node', count);
  const results = work.map((each) => delivered(each));
  await world.store.record('node', results, now);
  return results.map(({ attempt }) => attempt);
}

async function recordAttempt(world: World, attempt: Attempt): Promise<void> {
  const delivery = { state: 'exhausted', nextAttemptAt: null, failures: 1 } as const;
  await world.store.record('node', [{ attempt, delivery, webhook: unchanged }], now);
}

test('events are listed newest first, page by page', async (world) => {
  const events = Array.from({ length: 5 }, () => world.eventFor(world.newWebhook()));
  await world.publish(events);
  const first = (await world.store.listEvents(world.home, {}, { limit: 3 })).items;
  const second = (await world.store.listEvents(world.home, {}, { limit: 3, cursor: at(first, -1).id })).items;
  expect([...first, ...second]).toEqual(events.reverse());
  expect(first).toHaveLength(3);
});

test('events are listed by provider, by type, and without tests', async (world) => {
  const kinds = [
    { provider: 'salpre', type: 'a', test: false },
    { provider: 'salpre', type: 'b', test: true },
    { provider: 'bolten', type: 'a', test: false },
  ];
  const events = kinds.map((kind) => world.eventFor(world.newWebhook(), kind));
  await world.publish(events);
  const list = async (filter: Parameters<typeof world.store.listEvents>[1]) =>
    (await world.store.listEvents(world.home, filter, { limit: 10 })).items.map((event) =>
      events.findIndex(({ id }) => id === event.id),
    );
  expect(await list({})).toEqual([2, 1, 0]);
  expect(await list({ tests: true })).toEqual([2, 1, 0]);
  expect(await list({ tests: false })).toEqual([2, 0]);
  expect(await list({ provider: 'salpre' })).toEqual([1, 0]);
  expect(await list({ type: 'a' })).toEqual([2, 0]);
  expect(await list({ provider: 'salpre', type: 'a', tests: false })).toEqual([0]);
});

test('events of a provider, or of a type, are listed newest first, page by page, whatever lies between them', async (world) => {
  const kinds = ['salpre', 'bolten', 'acme'].flatMap((provider) => ['a', 'b', 'c'].map((type) => ({ provider, type })));
  const events = Array.from({ length: 90 }, (_, index) => {
    const kind = at(kinds, (index * 7 + Math.floor(index / 11)) % kinds.length);
    return world.eventFor(world.newWebhook(), { ...kind, test: index % 5 === 0 });
  });
  await world.publish(events);
  const elsewhere = await world.organization();
  await world.publish(kinds.map((kind) => world.eventFor(world.newWebhook({ organizationId: elsewhere }), kind)));
  const filters = [
    { provider: 'bolten' },
    { type: 'b' },
    { provider: 'bolten', tests: false },
    { type: 'b', tests: false },
    { provider: 'unknown' },
    { type: 'unknown' },
  ];
  for (const filter of filters) {
    const expected = events.filter(
      ({ provider, type, test }) =>
        (filter.provider ?? provider) === provider &&
        (filter.type ?? type) === type &&
        (filter.tests !== false || !test),
    );
    expect(await everyPage(world, filter)).toEqual(expected.reverse());
  }
});

async function everyPage(world: World, filter: EventFilter): Promise<Event[]> {
  const events: Event[] = [];
  for (let cursor: string | undefined; ; cursor = at(events, -1).id) {
    const page = (await world.store.listEvents(world.home, filter, { limit: 4, cursor })).items;
    events.push(...page);
    if (page.length < 4) return events;
  }
}

test('another organization sees nothing of the log', async (world) => {
  const { store } = world;
  const webhook = await world.webhook();
  const attempt = only(await attempts(world, webhook, 1));
  const other = await world.organization();
  expect((await store.listEvents(other, {}, { limit: 10 })).items).toEqual([]);
  expect(await store.getEvent(other, attempt.eventId)).toBeNull();
  expect((await store.listAttempts(other, webhook.id, { limit: 10 })).items).toEqual([]);
  expect(await store.listDeliveries(other, webhook.id, { limit: 10 })).toEqual([]);
  expect(await store.listDeliveriesOfEvent(other, attempt.eventId)).toEqual([]);
  expect(await store.getDelivery(other, attempt.deliveryId)).toBeNull();
});

test('attempts are listed newest first, page by page', async (world) => {
  const webhook = await world.webhook();
  const made = await attempts(world, webhook, 5);
  await attempts(world, await world.webhook(), 2);
  const first = (await world.store.listAttempts(world.home, webhook.id, { limit: 3 })).items;
  const second = (await world.store.listAttempts(world.home, webhook.id, { limit: 3, cursor: at(first, -1).id })).items;
  expect([...first, ...second]).toEqual(made.reverse());
});

test('the last 100 attempts of a webhook are listed, whatever is still stored', async (world) => {
  const webhook = await world.webhook();
  const made = (await attempts(world, webhook, 130)).reverse();
  expect(await world.count('attempts')).toBe(130);
  expect((await world.store.listAttempts(world.home, webhook.id, { limit: 1000 })).items).toEqual(made.slice(0, 100));
  const cursor = at(made, 89).id;
  expect((await world.store.listAttempts(world.home, webhook.id, { limit: 50, cursor })).items).toEqual(
    made.slice(90, 100),
  );
  expect(
    (await world.store.listAttempts(world.home, webhook.id, { limit: 50, cursor: at(made, 99).id })).items,
  ).toEqual([]);
});

test('everything of an attempt is kept, whatever a receiver answers', async (world) => {
  const [first, second] = two(await world.give(await world.webhook(), 'node', 2));
  const strange = 'nul \0, lone \ud800, 🛎, "quoted"\r\n';
  const answered = newAttempt(first, {
    test: true,
    number: 7,
    durationMs: 0,
    statusCode: 503,
    error: 'Only 200 counts as success here.',
    request: { headers: { 'x-a': strange }, body: strange },
    response: { headers: { 'set-cookie': strange }, body: strange, truncated: true },
    outcome: 'throttled',
  });
  const unanswered = newAttempt(second, { statusCode: null, response: null, outcome: 'failed' });
  await recordAttempt(world, answered);
  await recordAttempt(world, unanswered);
  const stored = await world.store.listAttemptsOfDeliveries(idsOf([first, second]));
  expect(stored).toEqual([answered, unanswered]);
});

test('a NUL in an error is kept as U+FFFD: not every database takes it', async (world) => {
  const work = only(await world.give(await world.webhook(), 'node'));
  await recordAttempt(world, newAttempt(work, { error: 'could not render \0.' }));
  expect(await world.store.listAttemptsOfDeliveries(idsOf([work]))).toMatchObject([
    { error: 'could not render \u{fffd}.' },
  ]);
});

test('deliveries are listed newest first, with the type of their event and the status of their webhook', async (world) => {
  const webhook = await world.webhook();
  const ids = await world.queue(webhook, 3);
  await world.queue(await world.webhook());
  await world.pause(webhook);
  const first = await world.store.listDeliveries(world.home, webhook.id, { limit: 2 });
  const second = await world.store.listDeliveries(world.home, webhook.id, { limit: 2, cursor: at(first, -1).id });
  expect([...first, ...second].map(({ id }) => id)).toEqual(ids.reverse());
  expect(first[0]).toMatchObject({ eventType: webhook.events[0], webhookStatus: 'paused', state: 'pending' });
  await world.store.deleteWebhook(world.home, webhook.id, now);
  expect(await world.store.getDelivery(world.home, at(ids, 0))).toMatchObject({ webhookStatus: 'deleted' });
});

test('the deliveries of an event are listed, 1,000 at most', async (world) => {
  const webhooks = await Promise.all(Array.from({ length: 1010 }, () => world.webhook({ events: ['popular'] })));
  const event = world.eventFor(at(webhooks, 0));
  await world.publish([event, world.eventFor(at(webhooks, 0))]);
  const deliveries = await world.store.listDeliveriesOfEvent(world.home, event.id);
  expect(new Set(deliveries.map(({ webhookId }) => webhookId)).size).toBe(1000);
  expect(new Set(deliveries.map(({ eventId }) => eventId))).toEqual(new Set([event.id]));
});

test('the attempts of deliveries come oldest first, the last attempt of each on its own', async (world) => {
  const work = await world.give(await world.webhook(), 'node', 3);
  const made: Attempt[] = [];
  for (const each of [at(work, 0), at(work, 1), at(work, 0), at(work, 1), at(work, 0)]) {
    const result = exhausted(each);
    made.push(result.attempt);
    await world.store.record('node', [result], now);
  }
  expect(await world.store.listAttemptsOfDeliveries(idsOf(work))).toEqual(made);
  const last = await world.store.lastAttempts(idsOf(work));
  expect(last.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(made.slice(3));
});

test('of no deliveries there are no attempts, and any number may be asked about', async (world) => {
  const attempt = only(await attempts(world, await world.webhook(), 1));
  expect(await world.store.listAttemptsOfDeliveries([])).toEqual([]);
  expect(await world.store.lastAttempts([])).toEqual([]);
  const many = [...Array.from({ length: 70_000 }, (_, index) => `dlv_unknown_${index}`), attempt.deliveryId];
  expect(await world.store.listAttemptsOfDeliveries(many)).toEqual([attempt]);
  expect(await world.store.lastAttempts(many)).toEqual([attempt]);
});

test('the newest attempts of a webhook are found by their ids, and these are read oldest first', async (world) => {
  const [webhook, other] = [await world.webhook(), await world.webhook()];
  const made = await attempts(world, webhook, 5);
  await attempts(world, other, 2);
  const ids = made.map(({ id }) => id);
  expect(await world.store.newestAttempts(webhook.id, 3)).toEqual(ids.slice(2).reverse());
  expect(await world.store.newestAttempts('wh_unknown', 3)).toEqual([]);
  expect(await world.store.getAttempts(world.home, [...ids.toReversed(), 'att_unknown'])).toEqual(made);
  expect(await world.store.getAttempts(await world.organization(), ids)).toEqual([]);
});

test('a page of events ends before it has more bytes than it may, and the next goes on', async (world) => {
  const data = JSON.stringify({ text: 'ä'.repeat(500) });
  const events = Array.from({ length: 5 }, () => world.eventFor(world.newWebhook(), { type: 'a', data }));
  await world.publish(events);
  const bytes = Buffer.byteLength(data) * 2;
  for (const filter of [{}, { type: 'a' }]) {
    const listed: Event[][] = [];
    for (let cursor: string | undefined, more = true; more; cursor = at(listed.flat(), -1).id) {
      const page = await world.store.listEvents(world.home, filter, { limit: 10, cursor, bytes });
      listed.push(page.items);
      more = page.more;
    }
    expect(listed.map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(listed.flat()).toEqual(events.toReversed());
  }
});

test('a page has one event, however large', async (world) => {
  await world.publish([world.eventFor(world.newWebhook()), world.eventFor(world.newWebhook())]);
  const { items, more } = await world.store.listEvents(world.home, {}, { limit: 10, bytes: 1 });
  expect([items.length, more]).toEqual([1, true]);
});

test('a page of attempts ends before it has more bytes than it may', async (world) => {
  const webhook = await world.webhook();
  const made = await attempts(world, webhook, 3);
  const { items, more } = await world.store.listAttempts(world.home, webhook.id, { limit: 10, bytes: 1 });
  expect(items).toEqual(made.slice(-1));
  expect(more).toBe(true);
});

test('of attempts that are too large together, the newest are in full', async (world) => {
  const webhook = await world.webhook();
  const made = await attempts(world, webhook, 3);
  const ids = made.map(({ deliveryId }) => deliveryId);
  const { store } = world;
  const leftOut = { headers: {}, body: '', truncated: true };
  const brief = made.slice(0, 2).map((each) => ({ ...each, request: leftOut, response: each.response && leftOut }));
  const expected = [...brief, at(made, -1)];
  expect(await store.listAttemptsOfDeliveries(ids, 1)).toEqual(expected);
  expect(await store.lastAttempts(ids, 1)).toEqual(expected);
  expect(
    await store.getAttempts(
      world.home,
      made.map(({ id }) => id),
      1,
    ),
  ).toEqual(expected);
});

test('deliveries of an event are listed oldest first, page by page', async (world) => {
  const webhooks = [await world.webhook(), await world.webhook(), await world.webhook()];
  const event = world.eventFor(at(webhooks, 0));
  await world.publish([event]);
  const all = await world.store.listDeliveriesOfEvent(world.home, event.id);
  const first = await world.store.listDeliveriesOfEvent(world.home, event.id, { limit: 2 });
  const cursor = at(first, -1).id;
  const second = await world.store.listDeliveriesOfEvent(world.home, event.id, { limit: 2, cursor });
  expect([...first, ...second]).toEqual(all);
});
