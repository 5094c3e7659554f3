import { expect } from 'vitest';
import type { Event, Webhook } from '../../../src/model.ts';
import type { PublishRequest } from '../../../src/store/contract/index.ts';
import { Contract } from './contract.ts';
import { becoming, exhausted, retry } from './results.ts';
import type { World } from './world.ts';
import { at, idsOf, nothing, now, only, request, second } from './world.ts';

export const publishing = new Contract('publish');
const { test } = publishing;

/** A request with one event for the webhook and an idempotency key. */
function keyed(world: World, webhook: Webhook, key: string, hash = 'body'): PublishRequest {
  return request([world.eventFor(webhook)], { idempotency: { key, hash } });
}

test('an event goes to exactly the webhooks of its organization, provider and type', async (world) => {
  const kind = { provider: 'salpre', events: ['new_lead', 'other'] };
  const active = await world.webhook(kind);
  const paused = await world.webhook(kind);
  const disabled = await world.webhook(kind);
  const gone = await world.webhook({ ...kind, events: ['new_lead', 'ending'] });
  const deleted = await world.webhook(kind);
  await world.webhook({ ...kind, organizationId: await world.organization() });
  await world.webhook({ ...kind, provider: 'bolten' });
  await world.webhook({ ...kind, events: ['other', 'new_leads'] });
  await world.pause(paused);
  await world.store.deleteWebhook(world.home, deleted.id, now);
  await end(world, disabled, 'other', 'disabled');
  await end(world, gone, 'ending', 'gone');

  const event = world.eventFor(active);
  const { matched } = await world.publish([event]);
  const deliveries = await world.store.listDeliveriesOfEvent(world.home, event.id);
  expect(deliveries.map(({ webhookId }) => webhookId).sort()).toEqual([active.id, paused.id, disabled.id]);
  expect(matched).toBe(3);
});

async function end(world: World, webhook: Webhook, type: string, status: 'disabled' | 'gone'): Promise<void> {
  const { held } = await world.publish([world.eventFor(webhook, { type })], { node: 'node' });
  const work = held.filter(({ delivery }) => delivery.webhookId === webhook.id);
  await world.store.record('node', [exhausted(only(work), becoming(status))], now);
}

test('the event and its deliveries are stored', async (world) => {
  const webhook = await world.webhook();
  const event = world.eventFor(webhook, { occurredAt: now - second, data: '{"name":"Zoë","nul":"\\u0000"}' });
  await world.publish([event]);
  expect(await world.store.getEvent(world.home, event.id)).toEqual(event);
  const delivery = only(await world.store.listDeliveriesOfEvent(world.home, event.id));
  expect(delivery).toEqual({
    id: expect.stringMatching(/^dlv_/),
    eventId: event.id,
    webhookId: webhook.id,
    organizationId: world.home,
    test: false,
    state: 'pending',
    attempts: 0,
    failures: 0,
    nextAttemptAt: now,
    createdAt: now,
    completedAt: null,
    eventType: event.type,
    webhookStatus: 'active',
    webhookUntil: null,
  });
});

test('an event that nobody wants is stored all the same', async (world) => {
  const event = world.eventFor(world.newWebhook());
  expect(await world.publish([event], { node: 'node' })).toMatchObject({ matched: 0, work: [], waiting: false });
  expect(await world.store.getEvent(world.home, event.id)).toEqual(event);
});

test('every request of a batch is answered for itself', async (world) => {
  const [first, second] = [await world.webhook(), await world.webhook()];
  const other = await world.webhook({ organizationId: await world.organization() });
  const requests = [
    request([world.eventFor(first), world.eventFor(second), world.eventFor(first)]),
    request([world.eventFor(other)]),
    request([]),
  ];
  const results = await world.store.publish(requests, { node: 'node', now });
  const places = results.map((result) =>
    result.kind === 'stored' ? result.work.map(({ eventIndex, delivery }) => [eventIndex, delivery.webhookId]) : [],
  );
  expect(places).toEqual([
    [
      [0, first.id],
      [1, second.id],
      [2, first.id],
    ],
    [[0, other.id]],
    [],
  ]);
});

test('the deliveries of an active webhook belong to the node from birth', async (world) => {
  const webhook = await world.webhook({ revision: 5 });
  const event = world.eventFor(webhook);
  const { work, waiting } = await world.publish([event], { node: 'here' });
  const delivery = only(await world.store.listDeliveriesOfEvent(world.home, event.id));
  expect(only(work)).toMatchObject({
    eventIndex: 0,
    webhookRevision: 5,
    delivery: { id: delivery.id, webhookId: webhook.id, attempts: 0, failures: 0, createdAt: now },
  });
  expect(waiting).toBe(false);
  expect(await world.claim('there')).toEqual(nothing);
});

test('without a node they wait for whoever claims them', async (world) => {
  const webhook = await world.webhook();
  const event = world.eventFor(webhook);
  expect(await world.publish([event], { node: null })).toMatchObject({ work: [], matched: 1, waiting: true });
  expect(only((await world.claim('there')).work).event).toEqual(event);
});

test('those of a paused webhook are held until it is resumed', async (world) => {
  const webhook = await world.webhook();
  await world.pause(webhook);
  expect(await world.publish([world.eventFor(webhook)], { node: 'here' })).toMatchObject({ work: [], waiting: false });
  expect(await world.claim('here', { now: now + second })).toMatchObject({ work: [], nextDueAt: null });
  await world.resume(webhook, now + second);
  expect((await world.claim('here', { now: now + second })).work).toHaveLength(1);
});

test('nothing overtakes deliveries that are due and wait in the store', async (world) => {
  const webhook = await world.webhook();
  const waiting = await world.queue(webhook);
  expect(await world.publish([world.eventFor(webhook)], { node: 'here' })).toMatchObject({ work: [], waiting: true });
  const claimed = idsOf((await world.claim('there')).work);
  expect(claimed).toHaveLength(2);
  expect(claimed[0]).toBe(waiting[0]);
});

test('nothing overtakes a backlog that a node is emptying', async (world) => {
  const webhook = await world.webhook();
  await world.queue(webhook, 3);
  await world.claim('there', { perLane: 1 });
  // Nobody has to be told: the node goes on by itself.
  const left = { work: [], elsewhere: [], waiting: false };
  expect(await world.publish([world.eventFor(webhook)], { node: 'there' })).toMatchObject(left);
  expect(await world.publish([world.eventFor(webhook)], { node: 'here' })).toMatchObject(left);
  expect((await world.refill('there', [webhook])).work).toHaveLength(4);
});

test('a retry that waits for its time holds nothing up', async (world) => {
  const webhook = await world.webhook();
  const work = only(await world.give(webhook, 'here'));
  await world.store.record('here', [retry(work, now + 60 * second)], now);
  expect((await world.publish([world.eventFor(webhook)], { node: 'here' })).work).toHaveLength(1);
});

test('when one of a batch cannot be stored, nothing of the batch is', async (world) => {
  const webhook = await world.webhook();
  const fine = keyed(world, webhook, 'key');
  const twice = world.eventFor(webhook);
  const batch = world.store.publish([fine, request([twice, twice])], { node: 'node', now });
  await expect(batch).rejects.toMatchObject({ name: 'StoreError', code: 'failed' });
  expect((await world.store.listEvents(world.home, {}, { limit: 10 })).items).toEqual([]);
  expect(await world.store.listDeliveries(world.home, webhook.id, { limit: 10 })).toEqual([]);
  expect(await world.store.publish([fine], { node: null, now })).toMatchObject([{ kind: 'stored' }]);
});

test('a repeat with the same idempotency key is answered like the first, and stores nothing', async (world) => {
  const webhook = await world.webhook();
  const first = keyed(world, webhook, 'key');
  expect(await world.store.publish([first], { node: null, now })).toMatchObject([{ kind: 'stored' }]);
  const second = await world.store.publish([keyed(world, webhook, 'key')], { node: null, now });
  expect(second).toEqual([{ kind: 'repeated', answer: first.answer }]);
  expect((await world.store.listEvents(world.home, {}, { limit: 10 })).items).toHaveLength(1);
});

test('an idempotency key is not used for another body', async (world) => {
  const webhook = await world.webhook();
  await world.store.publish([keyed(world, webhook, 'key')], { node: null, now });
  const other = await world.store.publish([keyed(world, webhook, 'key', 'other body')], { node: null, now });
  expect(other).toEqual([{ kind: 'key_reused' }]);
  expect((await world.store.listEvents(world.home, {}, { limit: 10 })).items).toHaveLength(1);
});

test('the same idempotency key in two organizations is two keys', async (world) => {
  const [here, there] = [await world.webhook(), await world.webhook({ organizationId: await world.organization() })];
  const requests = [keyed(world, here, 'key'), keyed(world, there, 'key', 'other body')];
  const results = await world.store.publish(requests, { node: null, now });
  expect(results).toMatchObject([{ kind: 'stored' }, { kind: 'stored' }]);
});

test('the same idempotency key twice in one batch counts for the first', async (world) => {
  const webhook = await world.webhook();
  const first = keyed(world, webhook, 'key');
  const batch = [first, keyed(world, webhook, 'key'), keyed(world, webhook, 'key', 'other body')];
  const results = await world.store.publish(batch, { node: null, now });
  expect(results).toMatchObject([
    { kind: 'stored' },
    { kind: 'repeated', answer: first.answer },
    { kind: 'key_reused' },
  ]);
  expect((await world.store.listEvents(world.home, {}, { limit: 10 })).items).toHaveLength(1);
});

test('the same idempotency key in several batches at once stores one event', async (world) => {
  const webhook = await world.webhook();
  const results = await Promise.all(
    Array.from({ length: 10 }, () => world.store.publish([keyed(world, webhook, 'key')], { node: null, now })),
  );
  const kinds = results.map((result) => only(result).kind).sort();
  expect(kinds).toEqual([...Array.from({ length: 9 }, () => 'repeated'), 'stored']);
  expect((await world.store.listEvents(world.home, {}, { limit: 10 })).items).toHaveLength(1);
});

/** A batch of an event each, of which those with a key have it for their own. */
function batchOf(world: World, webhook: Webhook, keys: readonly (string | null)[], hash = 'event'): PublishRequest {
  const events = keys.map(() => world.eventFor(webhook));
  const keyedEvents = keys.map((key, index) => (key === null ? [] : { key, hash, index, from: index, count: 1 }));
  return request(events, { answer: JSON.stringify(events.map(({ id }) => id)), keyed: keyedEvents.flat() });
}

test('events of a batch that were published before are not stored again, and have their first answers', async (world) => {
  const webhook = await world.webhook();
  const first = batchOf(world, webhook, ['a', null, 'b']);
  const second = batchOf(world, webhook, [null, 'b', 'c', 'a', 'c']);
  await world.store.publish([first], { node: null, now });
  const [result] = await world.store.publish([second], { node: 'node', now });
  if (result?.kind !== 'stored') throw new Error('It was not stored.');
  const [one, , two] = first.events;
  const [three, , four] = second.events;
  expect(JSON.parse(result.answer)).toEqual([three?.id, two?.id, four?.id, one?.id, four?.id]);
  expect(result.dropped).toEqual([1, 3, 4]);
  expect((await world.store.listEvents(world.home, {}, { limit: 10 })).items).toHaveLength(5);
  expect(await world.store.listDeliveries(world.home, webhook.id, { limit: 10 })).toHaveLength(5);
});

test('a batch with a key of another event stores nothing and takes no key, unless it is taken in part', async (world) => {
  const webhook = await world.webhook();
  await world.store.publish([batchOf(world, webhook, ['taken'])], { node: null, now });
  const fresh = batchOf(world, webhook, ['free', 'taken'], 'other');
  const own = { ...fresh, idempotency: { key: 'batch', hash: 'batch' } };
  const refused = await world.store.publish([own], { node: null, now });
  expect(refused).toEqual([{ kind: 'key_reused', events: [1] }]);
  expect((await world.store.listEvents(world.home, {}, { limit: 10 })).items).toHaveLength(1);

  const [partly] = await world.store.publish([{ ...own, partial: true }], { node: null, now });
  const answer = JSON.stringify([fresh.events[0]?.id, null]);
  expect(partly).toMatchObject({ kind: 'stored', answer, dropped: [1], matched: 1 });
  const again = await world.store.publish([{ ...own, partial: true }], { node: null, now });
  expect(again).toEqual([{ kind: 'repeated', answer }]);
  expect((await world.store.listEvents(world.home, {}, { limit: 10 })).items).toHaveLength(2);
});

test('the same events in several batches at once are stored once', async (world) => {
  const webhook = await world.webhook();
  const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`);
  const batches = Array.from({ length: 6 }, (_, index) => {
    return batchOf(world, webhook, index % 2 ? keys : keys.toReversed());
  });
  const results = await Promise.all(batches.map((batch) => world.store.publish([batch], { node: null, now })));
  expect(results.flat().map(({ kind }) => kind)).toEqual(batches.map(() => 'stored'));
  expect((await world.store.listEvents(world.home, {}, { limit: 100 })).items).toHaveLength(keys.length);
});

test('many publish at once, and nothing is lost or doubled', async (world) => {
  const webhook = await world.webhook();
  const results = await Promise.all(
    Array.from({ length: 50 }, () =>
      world.publish([world.eventFor(webhook), world.eventFor(webhook)], { node: 'node' }),
    ),
  );
  const ids = results.flatMap(({ held }) => idsOf(held));
  expect(new Set(ids).size).toBe(100);
  expect(await world.store.listDeliveries(world.home, webhook.id, { limit: 1000 })).toHaveLength(100);
});

test('a test event is marked, and so are its deliveries', async (world) => {
  const webhook = await world.webhook();
  const { held } = await world.publish([world.eventFor(webhook, { test: true }), world.eventFor(webhook)], {
    node: 'node',
  });
  expect(held.map(({ event }) => event.test)).toEqual([true, false]);
  const ids = idsOf(held);
  expect(await world.store.getDelivery(world.home, at(ids, 0))).toMatchObject({ test: true });
  expect(await world.store.getDelivery(world.home, at(ids, 1))).toMatchObject({ test: false });
});

test('a webhook with a filter gets the events that satisfy it, one without gets all', async (world) => {
  const kind = { events: ['filtered'] };
  const high = await world.webhook({ ...kind, filter: 'score >= 80' });
  const low = await world.webhook({ ...kind, filter: 'not score >= 80' });
  const all = await world.webhook(kind);
  const events = ['{"score":90}', '{"score":80}', '{"score":10}', '{}'].map((data) => world.eventFor(all, { data }));
  const { held, matched, waiting } = await world.publish(events, { node: 'node' });
  expect({ matched, waiting }).toEqual({ matched: 8, waiting: false });
  const got = (webhook: Webhook) =>
    held.filter(({ delivery }) => delivery.webhookId === webhook.id).map(({ event }) => events.indexOf(event));
  expect([got(high), got(low), got(all)]).toEqual([
    [0, 1],
    [2, 3],
    [0, 1, 2, 3],
  ]);
});

test('an event that every filter keeps back is stored, and nothing waits', async (world) => {
  const webhook = await world.webhook({ filter: 'score >= 80' });
  const event = world.eventFor(webhook, { data: '{"score":79}' });
  const options = { node: null };
  expect(await world.publish([event], options)).toMatchObject({ matched: 0, work: [], waiting: false });
  expect(await world.store.getEvent(world.home, event.id)).toEqual(event);
  expect(await world.claim('node')).toEqual(nothing);
});

test('a paused webhook holds what satisfies its filter', async (world) => {
  const webhook = await world.webhook({ filter: 'score >= 80' });
  await world.pause(webhook);
  const [kept, held] = [79, 80].map((score) => world.eventFor(webhook, { data: JSON.stringify({ score }) }));
  if (!kept || !held) throw new Error('There are not two events.');
  await world.publish([kept, held]);
  await world.resume(webhook);
  expect((await world.claim('node')).work.map(({ event }) => event.id)).toEqual([held.id]);
});

test('a change of the filter holds for what is published afterwards', async (world) => {
  const webhook = await world.webhook({ filter: 'score >= 80' });
  const matched = async () => (await world.publish([world.eventFor(webhook, { data: '{"score":50}' })])).matched;
  expect(await matched()).toBe(0);
  await world.store.updateWebhook({ ...webhook, filter: 'score >= 50' }, now);
  expect(await matched()).toBe(1);
  await world.store.updateWebhook({ ...webhook, filter: null, revision: 2 }, now);
  expect(await matched()).toBe(1);
});

test('a filter that cannot be evaluated keeps nothing back', async (world) => {
  const unreadable = await world.webhook({ filter: 'of a language of the future' });
  const readable = await world.webhook({ filter: 'score >= 80' });
  const events = [world.eventFor(unreadable), world.eventFor(readable, { data: 'not JSON' })];
  const { held } = await world.publish(events, { node: 'node' });
  expect(held.map(({ event }) => event.id)).toEqual(events.map(({ id }) => id));
});

test('an event with many webhooks is stored at once and fanned out in steps; what follows queues behind it', async (world) => {
  const kind = { provider: 'salpre', events: ['wide'] };
  const webhooks = await Promise.all(Array.from({ length: 5 }, () => world.webhook(kind)));
  const narrow = await world.webhook({ provider: 'salpre', events: ['narrow'] });
  const other = await world.webhook({ organizationId: await world.organization() });
  const [first] = webhooks;
  if (!first) throw new Error('There are five.');
  const [wide, later] = [world.eventFor(first), world.eventFor(narrow)];
  const options = { node: 'node', now, mostWebhooks: 2 };
  const publish = (events: Event[]) => world.store.publish([request(events)], options);
  expect(await publish([wide])).toMatchObject([{ kind: 'stored', deferred: true, matched: 0, work: [] }]);
  expect(await publish([later])).toMatchObject([{ kind: 'stored', deferred: true, matched: 0, work: [] }]);
  const elsewhere = request([world.eventFor(other)], { organizationId: other.organizationId });
  expect(await world.store.publish([elsewhere], options)).toMatchObject([{ deferred: false, matched: 1 }]);

  const steps = [];
  for (let step = await world.store.fanOut(options); step; step = await world.store.fanOut(options)) steps.push(step);
  expect(steps.map(({ event, matched, complete }) => [event.id, matched, complete])).toEqual([
    [wide.id, 2, false],
    [wide.id, 2, false],
    [wide.id, 1, true],
    [later.id, 1, true],
  ]);
  expect(steps.flatMap(({ work }) => work.map(({ delivery }) => delivery.webhookId))).toEqual([
    ...webhooks.map(({ id }) => id).sort(),
    narrow.id,
  ]);
  expect(await publish([world.eventFor(narrow)])).toMatchObject([{ deferred: false, matched: 1 }]);
});

test('a batch with too many deliveries for one transaction leaves the rest to later steps', async (world) => {
  const webhooks = await Promise.all(Array.from({ length: 20 }, () => world.webhook({ events: ['many'] })));
  const events = Array.from({ length: 300 }, () => world.eventFor(webhooks[0] as Webhook));
  const [stored] = await world.store.publish([request(events)], { node: null, now });
  expect(stored).toMatchObject({ deferred: true, matched: 5000 });
  let rest = 0;
  for (let step = await world.store.fanOut({ node: null, now }); step; ) {
    rest += step.matched;
    step = await world.store.fanOut({ node: null, now });
  }
  expect(rest).toBe(1000);
});
