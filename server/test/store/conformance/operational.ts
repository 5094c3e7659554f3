import {
  deliveryExhausted,
  failingAfterFailures,
  operationalProvider,
  webhookFailing,
  webhookRecovered,
  webhookStopped,
} from '@bellhop/shared';
import { expect } from 'vitest';
import type { Event, Webhook, Work } from '../../../src/model.ts';
import type { AttemptResult, Recorded } from '../../../src/store/contract/index.ts';
import { Contract } from './contract.ts';
import { becoming, delivered, discarded, exhausted, retry } from './results.ts';
import type { World } from './world.ts';
import { at, idsOf, now, only, second, two } from './world.ts';

export const operational = new Contract('operational events');
const { test } = operational;

const later = now + 5 * second;
const none = { code: '', message: '' };
const stopped = {
  disabled: webhookStopped('disabled', none).type,
  paused: webhookStopped('paused', none).type,
  gone: webhookStopped('gone', none).type,
};
const failing = webhookFailing(0).type;
const recovered = webhookRecovered(0).type;
const givenUp = deliveryExhausted(0).type;

function record(world: World, ...results: readonly AttemptResult[]): Promise<Recorded> {
  return world.store.record('node', results, later);
}

/** A webhook that subscribes to operational events, all of them unless said otherwise. */
function monitor(world: World, differences: Partial<Webhook> = {}): Promise<Webhook> {
  const events = Object.keys(operationalProvider.events);
  return world.webhook({ provider: operationalProvider.id, format: 'standard', events, ...differences });
}

/** The operational events of an organization, oldest first. */
async function reported(world: World, organizationId = world.home): Promise<Event[]> {
  const filter = { provider: operationalProvider.id };
  return (await world.store.listEvents(organizationId, filter, { limit: 1000 })).items.reverse();
}

async function typesReported(world: World): Promise<string[]> {
  return (await reported(world)).map(({ type }) => type);
}

const fail = (work: Work) => exhausted(work, { failures: 'increment' });
const succeed = (work: Work) => delivered(work, { failures: 'reset', goneAnswers: 'reset' });

for (const status of ['disabled', 'paused', 'gone'] as const) {
  test(`a webhook that becomes ${status} is reported, also when nobody subscribes`, async (world) => {
    const webhook = await world.webhook({
      name: 'Leads',
      platform: 'zapier',
      url: 'https://hooks.zapier.com/hooks/1/secret?key=secret',
    });
    const work = only(await world.give(webhook, 'node'));
    const result = retry(work, later, becoming(status, 'Nobody listens.'));
    expect(await record(world, result)).toEqual({ waiting: false });
    const event = only(await reported(world));
    expect(event).toMatchObject({
      organizationId: world.home,
      provider: operationalProvider.id,
      type: stopped[status],
      test: false,
      occurredAt: later,
      createdAt: later,
    });
    const data = JSON.parse(event.data);
    expect(data).toEqual({
      webhook: {
        id: webhook.id,
        name: 'Leads',
        provider: webhook.provider,
        platform: 'zapier',
        url: 'https://hooks.zapier.com/…',
        events: webhook.events,
      },
      status,
      reason: { code: 'test', message: 'Nobody listens.' },
      attempt: {
        id: result.attempt.id,
        delivery_id: work.delivery.id,
        event_id: work.event.id,
        event: work.event.type,
        test: false,
        number: 1,
        status_code: 500,
        error: null,
      },
      at: new Date(later).toISOString(),
    });
    expect(operationalProvider.events[event.type]?.schema.safeParse(data).error).toBeUndefined();
  });
}

test('it is reported once: of several changes the one that counted, and none of a webhook that was stopped', async (world) => {
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'node', 4);
  await record(world, fail(at(work, 0)), exhausted(at(work, 1), becoming('disabled', 'first')));
  await record(world, exhausted(at(work, 2), becoming('paused', 'second')));
  await record(world, exhausted(at(work, 3), becoming('gone', 'third')));
  expect(await typesReported(world)).toEqual([stopped.disabled]);
  const person = await world.webhook();
  const held = only(await world.give(person, 'node'));
  await world.pause(person);
  await record(world, exhausted(held, becoming('disabled')));
  expect(await reported(world)).toHaveLength(1);
});

test('a batch that is recorded again reports nothing again', async (world) => {
  await monitor(world);
  const webhook = await world.webhook({ consecutiveFailures: failingAfterFailures - 1 });
  const [first, second] = two(await world.give(webhook, 'node', 2));
  const batch = [fail(first), exhausted(second, { failures: 'increment', ...becoming('disabled') })];
  expect(await record(world, ...batch)).toEqual({ waiting: true });
  expect(await typesReported(world)).toEqual([givenUp, givenUp, failing, stopped.disabled]);
  expect(await record(world, ...batch)).toEqual({ waiting: false });
  expect(await reported(world)).toHaveLength(4);
});

test('a batch that cannot be recorded reports nothing, and what cannot be reported is not recorded', async (world) => {
  const [fine, broken] = [await world.webhook(), await world.webhook()];
  const [one, two] = [only(await world.give(fine, 'node')), only(await world.give(broken, 'node'))];
  await world.tables.updateTable('webhooks').set({ events: '[' }).where('id', '=', broken.id).execute();
  const batch = [exhausted(one, becoming('disabled')), exhausted(two, becoming('disabled'))];
  await expect(record(world, ...batch)).rejects.toMatchObject({ name: 'StoreError', code: 'failed' });
  expect(await reported(world)).toEqual([]);
  expect(await world.count('attempts')).toBe(0);
  expect((await world.reload(fine)).status).toBe('active');
  await world.tables.updateTable('webhooks').set({ events: '[]' }).where('id', '=', broken.id).execute();
  await record(world, ...batch);
  expect(await typesReported(world)).toEqual([stopped.disabled, stopped.disabled]);
});

test('reports wait in the store for whoever claims them, due at once', async (world) => {
  const receiver = await monitor(world);
  const webhook = await world.webhook();
  const work = only(await world.give(webhook, 'node'));
  expect(await record(world, exhausted(work, becoming('paused')))).toEqual({ waiting: true });
  const { work: claimed } = await world.claim('other', { now: later });
  expect(claimed.map(({ event, delivery }) => [event.type, delivery.webhookId])).toEqual([
    [givenUp, receiver.id],
    [stopped.paused, receiver.id],
  ]);
  expect(claimed[0]?.delivery).toMatchObject({ attempts: 0, failures: 0, createdAt: later });
});

test('they go to those who subscribe to that event type, in that organization', async (world) => {
  const elsewhere = await world.organization();
  const disabled = await monitor(world, { events: [stopped.disabled] });
  await monitor(world, { events: [stopped.paused] });
  await monitor(world, { organizationId: elsewhere });
  const impostor = await world.webhook({ events: Object.keys(operationalProvider.events) });
  const webhook = await world.webhook();
  await record(world, exhausted(only(await world.give(webhook, 'node')), becoming('disabled')));
  const event = only(await reported(world));
  const deliveries = await world.store.listDeliveriesOfEvent(world.home, event.id);
  expect(deliveries.map(({ webhookId }) => webhookId)).toEqual([disabled.id]);
  expect(await reported(world, elsewhere)).toEqual([]);
  expect(await world.store.listDeliveries(world.home, impostor.id, { limit: 10 })).toEqual([]);
});

test('those of a paused subscriber are held until it is resumed', async (world) => {
  const receiver = await monitor(world);
  await world.pause(receiver);
  const work = only(await world.give(await world.webhook(), 'node'));
  expect(await record(world, exhausted(work, becoming('disabled')))).toEqual({ waiting: false });
  expect(await world.claim('node', { now: later })).toMatchObject({ work: [], nextDueAt: null });
  await world.resume(receiver, later);
  expect((await world.claim('node', { now: later })).work).toHaveLength(2);
});

test('failing and recovering are reported once per streak, however the results are batched', async (world) => {
  await monitor(world, { events: [failing, recovered] });
  const story = [
    ...Array.from({ length: failingAfterFailures - 1 }, () => fail),
    succeed,
    ...Array.from({ length: failingAfterFailures + 3 }, () => fail),
    succeed,
    succeed,
    ...Array.from({ length: failingAfterFailures }, () => fail),
  ];
  for (const batchSize of [1, 2, 3, 7, story.length]) {
    const webhook = await world.webhook();
    const work = await world.give(webhook, 'node', story.length);
    const results = story.map((happen, index) => happen(at(work, index)));
    for (let start = 0; start < results.length; start += batchSize) {
      await record(world, ...results.slice(start, start + batchSize));
    }
    const events = (await reported(world)).map(({ type, data }) => ({ type, data: JSON.parse(data) }));
    const own = events.filter(({ data }) => data.webhook.id === webhook.id);
    expect(own.map(({ type, data }) => [type, data.consecutive_failures, data.attempt.id])).toEqual([
      [failing, failingAfterFailures, at(results, 2 * failingAfterFailures - 1).attempt.id],
      [recovered, failingAfterFailures + 3, at(results, 2 * failingAfterFailures + 3).attempt.id],
      [failing, failingAfterFailures, at(results, -1).attempt.id],
    ]);
    for (const { type, data } of own) {
      expect(operationalProvider.events[type]?.schema.safeParse(data).error).toBeUndefined();
    }
  }
});

test('of a webhook that is not active neither is reported; resuming it begins a new streak', async (world) => {
  await monitor(world, { events: [failing, recovered] });
  const webhook = await world.webhook({ consecutiveFailures: failingAfterFailures - 1 });
  const [first, second, third, fourth] = await world.give(webhook, 'node', 4);
  if (!first || !second || !third || !fourth) throw new Error('The webhook has too few deliveries.');
  await world.pause(webhook);
  await record(world, fail(first), succeed(second));
  await world.resume(webhook);
  await record(world, fail(third), succeed(fourth));
  expect(await reported(world)).toEqual([]);
});

test('an attempt that stops the webhook is reported as that, not as failing', async (world) => {
  await monitor(world, { events: [failing, recovered, stopped.disabled] });
  const webhook = await world.webhook({ consecutiveFailures: failingAfterFailures - 1 });
  const [first, second] = two(await world.give(webhook, 'node', 2));
  await record(world, exhausted(first, { failures: 'increment', ...becoming('disabled') }), succeed(second));
  expect(await typesReported(world)).toEqual([stopped.disabled]);
});

test('a delivery that is given up is reported with its last attempt, and again when a replay is', async (world) => {
  await monitor(world, { events: [givenUp] });
  const webhook = await world.webhook();
  const work = only(await world.give(webhook, 'node'));
  await record(world, retry(work, later));
  const second = only((await world.claim('node', { now: later })).work);
  const last = exhausted(second);
  await record(world, { ...last, attempt: { ...last.attempt, statusCode: null, error: 'Timed out.' } });
  const event = only(await reported(world));
  const data = JSON.parse(event.data);
  expect(event.type).toBe(givenUp);
  expect(data).toMatchObject({
    webhook: { id: webhook.id, provider: webhook.provider, url: 'https://example.com/…' },
    attempts: 2,
    attempt: { delivery_id: work.delivery.id, number: 2, status_code: null, error: 'Timed out.' },
    at: new Date(later).toISOString(),
  });
  expect(operationalProvider.events[givenUp]?.schema.safeParse(data).error).toBeUndefined();

  await world.store.replay(world.home, work.delivery.id, later);
  const claimed = (await world.claim('node', { now: later })).work;
  const replayed = claimed.filter(({ delivery }) => delivery.webhookId === webhook.id);
  await record(world, fail(only(replayed)));
  expect(await typesReported(world)).toEqual([givenUp, givenUp]);
});

test('what ended otherwise is not given up', async (world) => {
  await monitor(world, { events: [givenUp] });
  const work = await world.give(await world.webhook(), 'node', 3);
  await record(world, delivered(at(work, 0)), discarded(at(work, 1)), retry(at(work, 2), later));
  expect(await reported(world)).toEqual([]);
});

test('a node that does not hold a delivery any more does not give it up', async (world) => {
  await monitor(world, { events: [givenUp] });
  const work = await world.give(await world.webhook(), 'node', 2);
  await world.store.release('node', idsOf(work), now);
  await record(world, ...work.map(fail));
  expect(await reported(world)).toEqual([]);
});

test('what is as frequent as attempts is stored only where somebody subscribes to it', async (world) => {
  await monitor(world, { events: [stopped.disabled] });
  await monitor(world, { organizationId: await world.organization() });
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'node', failingAfterFailures + 2);
  await record(world, ...work.slice(0, -1).map(fail), succeed(at(work, -1)));
  expect(await reported(world)).toEqual([]);
});

test('a test reports nothing but that it ended the webhook', async (world) => {
  const receiver = await monitor(world);
  const webhook = await world.webhook();
  for (const end of [{}, becoming('gone')]) {
    const event = world.eventFor(webhook, { test: true });
    const delivery = await world.store.insertTest('node', event, webhook.id);
    await record(world, exhausted({ delivery, event, webhookRevision: 1 }, end));
  }
  const event = only(await reported(world));
  expect(event).toMatchObject({ type: stopped.gone, test: false });
  expect(JSON.parse(event.data).attempt).toMatchObject({ test: true });
  const deliveries = await world.store.listDeliveries(world.home, receiver.id, { limit: 10 });
  expect(deliveries).toMatchObject([{ eventId: event.id, test: false }]);
});

test('failures of those who receive reports are not reported in turn; that they stop is, to the others', async (world) => {
  const [dead, alive] = [await monitor(world), await monitor(world)];
  const events = Array.from({ length: failingAfterFailures + 1 }, () => world.eventFor(dead, { type: failing }));
  const { held } = await world.publish(events, { node: 'node' });
  const own = held.filter(({ delivery }) => delivery.webhookId === dead.id);
  expect(await record(world, ...own.slice(0, -1).map(fail))).toEqual({ waiting: false });
  expect(await reported(world)).toHaveLength(events.length);
  expect(await record(world, exhausted(at(own, -1), becoming('gone')))).toEqual({ waiting: true });
  const report = at(await reported(world), -1);
  expect(report.type).toBe(stopped.gone);
  const deliveries = await world.store.listDeliveriesOfEvent(world.home, report.id);
  expect(deliveries.map(({ webhookId }) => webhookId)).toEqual([alive.id]);
});

test('a batch reports all there is to report, to each organization that wants it', async (world) => {
  const counts = new Map<string, number>();
  const batch: AttemptResult[] = [];
  for (const wants of [true, false, true]) {
    const organizationId = await world.organization();
    if (wants) await monitor(world, { organizationId, events: [givenUp] });
    const webhook = await world.webhook({ organizationId });
    batch.push(...(await world.give(webhook, 'node', 600)).map(fail));
    counts.set(organizationId, wants ? 600 : 0);
  }
  expect(await record(world, ...batch)).toEqual({ waiting: true });
  for (const [organizationId, count] of counts) {
    const events = await reported(world, organizationId);
    expect(events).toHaveLength(count);
    expect(new Set(events.map(({ data }) => JSON.parse(data).attempt.delivery_id)).size).toBe(count);
  }
});
