import { expect } from 'vitest';
import { newId } from '../../../src/ids.ts';
import type { Job, Webhook } from '../../../src/model.ts';
import { Contract } from './contract.ts';
import { delivered, exhausted, retry } from './results.ts';
import type { World } from './world.ts';
import { at, day, idsOf, now, only, second } from './world.ts';

export const jobs = new Contract('backlogs and jobs');
const { test } = jobs;

/** What one step may look at. */
const mostPerStep = 500;
const later = now + 60 * second;

/** How many deliveries of a webhook are in each state. */
async function states(world: World, webhook: Webhook): Promise<Record<string, number>> {
  const rows = await world.tables
    .selectFrom('deliveries')
    .select('state')
    .where('webhook_id', '=', webhook.id)
    .execute();
  return Object.fromEntries([...Map.groupBy(rows, ({ state }) => state)].map(([state, { length }]) => [state, length]));
}

/** Deliveries of a webhook, half of which failed for good and half of which arrived. Returns the ids of each. */
async function history(world: World, webhook: Webhook, count = 4) {
  const work = await world.give(webhook, 'node', count);
  const failed = work.filter((_, index) => index % 2 === 0);
  const arrived = work.filter((_, index) => index % 2 === 1);
  const results = [...failed.map((each) => exhausted(each)), ...arrived.map((each) => delivered(each))];
  await world.store.record('node', results, now);
  return { failed: idsOf(failed), arrived: idsOf(arrived) };
}

/** Ids of the deliveries that are due, in the order in which the one node that sends is handed them. */
async function due(world: World, time = later): Promise<string[]> {
  return idsOf((await world.claim('node', { now: time, perLane: 10_000 })).work);
}

test('a backlog is what waits and what nodes hold, since the oldest of them was created', async (world) => {
  const webhook = await world.webhook();
  expect(await world.store.backlog(webhook.id, 10)).toEqual({ deliveries: 0, more: false, oldestAt: null });
  await world.store.heartbeat('node', later);
  const held = only(await world.give(webhook, 'node'));
  expect(await world.store.backlog(webhook.id, 10)).toEqual({ deliveries: 1, more: false, oldestAt: now });
  await world.pause(webhook);
  await world.queue(webhook, 2, now + second);
  await world.queue(await world.webhook(), 5);
  expect(await world.store.backlog(webhook.id, 10)).toEqual({ deliveries: 3, more: false, oldestAt: now });
  await world.store.record('node', [delivered(held)], now);
  expect(await world.store.backlog(webhook.id, 10)).toEqual({ deliveries: 2, more: false, oldestAt: now + second });
});

test('a backlog is counted so far and no further', async (world) => {
  const webhook = await world.webhook({ status: 'paused' });
  await world.queue(webhook, 10);
  expect(await world.store.backlog(webhook.id, 10)).toMatchObject({ deliveries: 10, more: false });
  expect(await world.store.backlog(webhook.id, 9)).toMatchObject({ deliveries: 9, more: true });
});

for (const status of ['active', 'paused', 'disabled'] as const) {
  test(`a discard ends all that waited for a webhook that is ${status}, and nothing that comes after it`, async (world) => {
    const webhook = await world.webhook({ status });
    await world.queue(webhook, 3);
    const other = await world.webhook({ status: 'paused' });
    await world.queue(other, 2);
    const job = await world.createJob({ kind: 'discard', webhookId: webhook.id });
    const [newer] = await world.queue(webhook, 1);
    const finished = await world.finish(job, later);
    expect(finished).toEqual({ ...job, status: 'completed', examined: 3, affected: 3, completedAt: later });
    expect(await states(world, webhook)).toEqual({ discarded: 3, pending: 1 });
    expect(await states(world, other)).toEqual({ pending: 2 });
    const discarded = await world.store.listDeliveries(world.home, webhook.id, { limit: 10 });
    for (const delivery of discarded.filter(({ id }) => id !== newer)) {
      expect(delivery).toMatchObject({ nextAttemptAt: null, completedAt: later });
    }
    if (status !== 'active') await world.resume(webhook, later);
    expect(await due(world)).toEqual([newer]);
  });
}

test('what a node holds when a discard is asked for stays, also when it fails before the job comes to it', async (world) => {
  const webhook = await world.webhook();
  await world.store.heartbeat('node', later);
  const [failing, arriving] = await world.give(webhook, 'node', 2);
  if (!failing || !arriving) throw new Error('There is no work.');
  await world.pause(webhook);
  await world.queue(webhook, 2);
  const job = await world.createJob({ kind: 'discard', webhookId: webhook.id });
  await world.store.record('node', [retry(failing, later)], now);
  expect(await world.finish(job)).toMatchObject({ affected: 2 });
  expect(await states(world, webhook)).toEqual({ discarded: 2, pending: 2 });
  await world.store.record('node', [delivered(arriving)], now);
  await world.resume(webhook, later);
  expect(await due(world)).toEqual(idsOf([failing]));
});

test('a webhook is not resumed while its backlog is being discarded, by nobody', async (world) => {
  const hook = await world.webhook({ restHook: true });
  await world.queue(hook);
  await world.pause(hook);
  const job = await world.createJob({ kind: 'discard', webhookId: hook.id });
  const active = { status: 'active', reason: null } as const;
  expect(await world.store.setWebhookStatus(world.home, hook.id, active, now)).toMatchObject({ status: 'paused' });
  const again = { ...world.newWebhook(hook), id: newId('webhook'), format: 'standard' as const };
  const paused = await world.reload(hook);
  expect(await world.subscribe(again, false)).toEqual(paused);
  expect(await world.reload(hook)).toEqual(paused);
  await world.finish(job);
  expect(await world.subscribe(again, false)).toMatchObject({ id: hook.id, status: 'active' });
});

test('what waits for a later attempt is not brought forward while it is being discarded', async (world) => {
  const webhook = await world.webhook();
  const [failing] = await world.give(webhook, 'node');
  if (!failing) throw new Error('There is no work.');
  await world.store.record('node', [retry(failing, later)], now);
  await world.pause(webhook);
  const job = await world.createJob({ kind: 'discard', webhookId: webhook.id });
  const page = { limit: 1 };
  expect(await world.store.bringForward(world.home, webhook.id, now)).toBe(false);
  expect(await world.store.listDeliveries(world.home, webhook.id, page)).toMatchObject([{ nextAttemptAt: later }]);
  await world.store.cancelJob(world.home, job.id, now);
  await world.store.bringForward(world.home, webhook.id, now);
  expect(await world.store.listDeliveries(world.home, webhook.id, page)).toMatchObject([{ nextAttemptAt: now }]);
});

test('one whose discard was cancelled is resumed; what was discarded stays so', async (world) => {
  const webhook = await world.webhook({ status: 'disabled' });
  await world.queue(webhook, mostPerStep + 100);
  const job = await world.createJob({ kind: 'discard', webhookId: webhook.id });
  await world.store.advanceJob(now);
  const cancelled = await world.store.cancelJob(world.home, job.id, later);
  expect(cancelled).toMatchObject({ status: 'cancelled', affected: mostPerStep, completedAt: later });
  expect(await world.store.advanceJob(later)).toBeNull();
  await world.resume(webhook, later);
  expect(await states(world, webhook)).toEqual({ discarded: mostPerStep, pending: 100 });
  expect(await due(world)).toHaveLength(100);
});

test('a replay makes what was exhausted due again, oldest first, with a fresh retry schedule', async (world) => {
  const webhook = await world.webhook();
  const { failed } = await history(world, webhook, 8);
  const { arrived: others } = await history(world, await world.webhook());
  const job = await world.createJob({ webhookId: webhook.id, selection: { outcomes: ['exhausted'] } });
  expect(await world.store.advanceJob(later)).toEqual({
    job: { ...job, status: 'completed', examined: 8, affected: 4, completedAt: later },
    due: true,
  });
  const replayed = { state: 'pending', attempts: 1, failures: 0, nextAttemptAt: later, completedAt: null };
  for (const id of failed) expect(await world.store.getDelivery(world.home, id)).toMatchObject(replayed);
  expect(await states(world, webhook)).toEqual({ delivered: 4, pending: 4 });
  expect(await due(world)).toEqual(failed);
  expect(await world.store.getDelivery(world.home, at(others, 0))).toMatchObject({ state: 'delivered' });
});

test('a replay finds nothing: nothing is due', async (world) => {
  const webhook = await world.webhook();
  await history(world, webhook);
  await world.createJob({ webhookId: webhook.id, selection: { outcomes: ['discarded'] } });
  expect(await world.store.advanceJob(later)).toMatchObject({ job: { examined: 4, affected: 0 }, due: false });
});

test('a replay takes the period from its first to its last moment, and each outcome it names', async (world) => {
  const webhook = await world.webhook({ status: 'paused' });
  const times = [now - 3, now - 2, now - 1, now];
  const made: string[] = [];
  for (const time of times) made.push(...(await world.queue(webhook, 1, time)));
  await world.finish(await world.createJob({ kind: 'discard', webhookId: webhook.id }));
  const selection = { since: now - 2, until: now - 1, outcomes: ['discarded' as const] };
  await world.finish(await world.createJob({ webhookId: webhook.id, selection }), later);
  await world.resume(webhook, later);
  expect(await due(world)).toEqual([made[1], made[2]]);
});

test('the times of creation decide, in whatever order the ids are', async (world) => {
  const webhook = await world.webhook({ status: 'paused' });
  const [young] = await world.queue(webhook, 1, now);
  await world.queue(webhook, 1, now - day);
  await world.finish(await world.createJob({ kind: 'discard', webhookId: webhook.id }));
  await world.finish(await world.createJob({ webhookId: webhook.id, selection: { since: now } }), later);
  await world.resume(webhook, later);
  expect(await due(world)).toEqual([young]);
});

test('what ends, or ends again, after a replay was asked for is none of its business', async (world) => {
  const webhook = await world.webhook();
  const [first, second] = await world.give(webhook, 'node', 2);
  if (!first || !second) throw new Error('There is no work.');
  await world.store.record('node', [exhausted(first)], now);
  const job = await world.createJob({ webhookId: webhook.id, selection: { outcomes: ['exhausted'] } });
  await world.store.record('node', [exhausted(second)], now + 1);
  expect(await world.finish(job, later)).toMatchObject({ examined: 2, affected: 1 });
  expect(await due(world)).toEqual(idsOf([first]));
});

test('a replay leaves tests out, and what a node holds', async (world) => {
  const webhook = await world.webhook();
  const event = world.eventFor(webhook, { test: true });
  const delivery = await world.store.insertTest('node', event, webhook.id);
  await world.store.record('node', [exhausted({ delivery, event, webhookRevision: 1 })], now);
  await world.give(webhook, 'node');
  const job = await world.createJob({ webhookId: webhook.id });
  expect(await world.finish(job, later)).toMatchObject({ examined: 2, affected: 0 });
});

test('a replay of a paused webhook joins its backlog', async (world) => {
  const webhook = await world.webhook();
  const { failed } = await history(world, webhook);
  await world.pause(webhook);
  await world.finish(await world.createJob({ webhookId: webhook.id, selection: { outcomes: ['exhausted'] } }), later);
  expect(await due(world)).toEqual([]);
  expect(await world.store.backlog(webhook.id, 10)).toMatchObject({ deliveries: 2 });
  await world.resume(webhook, later);
  expect(await due(world)).toEqual(failed);
});

test('a replay of all webhooks passes over those that ended, and those of others', async (world) => {
  const [first, gone, deleted, last] = [
    await world.webhook(),
    await world.webhook(),
    await world.webhook(),
    await world.webhook({ provider: 'boltly' }),
  ];
  const foreign = await world.webhook({ organizationId: await world.organization() });
  const made = [];
  for (const webhook of [first, gone, deleted, last, foreign]) made.push(await history(world, webhook));
  await world.tables.updateTable('webhooks').set({ status: 'gone' }).where('id', '=', gone.id).execute();
  await world.tables.updateTable('lanes').set({ state: 'ended' }).where('webhook_id', '=', gone.id).execute();
  await world.store.deleteWebhook(world.home, deleted.id, now);
  const job = await world.createJob({ selection: { outcomes: ['exhausted'] } });
  expect(await world.finish(job, later)).toMatchObject({ examined: 8, affected: 4 });
  expect(new Set(await due(world))).toEqual(new Set([...at(made, 0).failed, ...at(made, 3).failed]));
});

test('a replay of all webhooks may be for one provider, and for one event type', async (world) => {
  const [wanted, other] = [await world.webhook(), await world.webhook({ provider: 'boltly' })];
  const [{ failed }] = [await history(world, wanted), await history(world, other)];
  const event = at(wanted.events, 0);
  const replay = async (selection: Partial<Job['selection']>, webhookId: string | null = null) =>
    (await world.finish(await world.createJob({ webhookId, selection }), later)).affected;
  expect(await replay({ provider: 'boltcall' })).toBe(0);
  expect(await replay({ provider: 'boltly' }, wanted.id)).toBe(0);
  expect(await replay({ event: 'other_type' })).toBe(0);
  expect(await replay({ event, provider: 'salpre', outcomes: ['exhausted'] })).toBe(2);
  expect(await due(world)).toEqual(failed);
  expect(await replay({ event: at(other.events, 0) })).toBe(4);
});

test('a replay of named deliveries takes them whatever they came to, but for those a node holds', async (world) => {
  const webhook = await world.webhook();
  const { failed, arrived } = await history(world, webhook);
  const held = only(await world.give(webhook, 'node'));
  const event = world.eventFor(webhook, { test: true });
  const tested = await world.store.insertTest('node', event, webhook.id);
  await world.store.record('node', [exhausted({ delivery: tested, event, webhookRevision: 1 })], now);
  const gone = await world.webhook();
  const ended = await history(world, gone);
  await world.store.deleteWebhook(world.home, gone.id, now);
  const ids = [at(failed, 0), at(arrived, 1), held.delivery.id, tested.id, ...ended.failed];
  const job = await world.createJob({ selection: { ids } });
  expect(await world.finish(job, later)).toMatchObject({ examined: 6, affected: 3 });
  expect(new Set(await due(world))).toEqual(new Set([failed[0], arrived[1], tested.id]));
});

test('deliveries that are not the organization’s are told by their ids, and no job is created', async (world) => {
  const [own] = await world.queue(await world.webhook());
  const [foreign] = await world.queue(await world.webhook({ organizationId: await world.organization() }));
  const nobodys = newId('delivery');
  const ids = [own ?? '', foreign ?? '', nobodys];
  const refused = await world.refuseJob({ selection: { ids } }, { idempotencyKey: 'key' });
  expect(refused).toEqual({ kind: 'unknown', ids: [foreign, nobodys] });
  expect([await world.count('jobs'), await world.count('idempotency_keys')]).toEqual([0, 0]);
});

test('a job of a webhook that ended meanwhile comes to its end without touching anything', async (world) => {
  const webhook = await world.webhook();
  await history(world, webhook);
  const job = await world.createJob({ webhookId: webhook.id });
  await world.store.deleteWebhook(world.home, webhook.id, now);
  expect(await world.finish(job, later)).toMatchObject({ status: 'completed', examined: 0, affected: 0 });
  expect(await states(world, webhook)).toEqual({ delivered: 2, exhausted: 2 });
});

test('each step looks at a bounded number of deliveries, and all steps together at each of them once', async (world) => {
  const [first, second] = [await world.webhook({ status: 'paused' }), await world.webhook({ status: 'paused' })];
  await world.queue(first, 700);
  await world.queue(second, 800);
  await world.finish(await world.createJob({ kind: 'discard', webhookId: first.id }));
  await world.finish(await world.createJob({ kind: 'discard', webhookId: second.id }));
  const job = await world.createJob({});
  let seen = 0;
  for (;;) {
    const step = await world.store.advanceJob(later);
    if (!step) break;
    expect(step.job.examined - seen).toBeLessThanOrEqual(mostPerStep);
    expect(step.job.affected).toBe(step.job.examined);
    seen = step.job.examined;
  }
  expect(await world.store.getJob(world.home, job.id)).toMatchObject({ examined: 1500, affected: 1500 });
});

test('webhooks without deliveries are passed in bounded steps too', async (world) => {
  for (let count = 0; count < 120; count += 1) await world.webhook();
  const last = await world.webhook();
  await history(world, last);
  await world.createJob({});
  let steps = 0;
  let affected = 0;
  for (let step = await world.store.advanceJob(later); step; step = await world.store.advanceJob(later)) {
    steps += 1;
    affected = step.job.affected;
  }
  expect(affected).toBe(4);
  expect(steps).toBeGreaterThanOrEqual(3);
});

test('a job is not kept from its end by what is published meanwhile', async (world) => {
  const webhook = await world.webhook();
  await history(world, webhook, 2 * mostPerStep);
  const job = await world.createJob({ webhookId: webhook.id, selection: { outcomes: ['exhausted'] } });
  let steps = 0;
  for (let step = await world.store.advanceJob(later); step; step = await world.store.advanceJob(later)) {
    await world.publish(Array.from({ length: 600 }, () => world.eventFor(webhook)));
    steps += 1;
    if (steps > 10) throw new Error('It does not end.');
  }
  const { examined, affected } = (await world.store.getJob(world.home, job.id)) ?? {};
  expect({ examined, affected }).toEqual({ examined: 2 * mostPerStep, affected: mostPerStep });
});

test('jobs that run together take turns', async (world) => {
  const webhooks = [await world.webhook({ status: 'paused' }), await world.webhook({ status: 'paused' })];
  for (const webhook of webhooks) await world.queue(webhook, 1200);
  const made = [];
  for (const { id } of webhooks) made.push(await world.createJob({ kind: 'discard', webhookId: id }));
  const turns = [];
  for (let turn = 1; turn <= 4; turn += 1) turns.push((await world.store.advanceJob(now + turn))?.job.id);
  expect(turns).toEqual([at(made, 0).id, at(made, 1).id, at(made, 0).id, at(made, 1).id]);
});

test('the same request answers the job that runs; after its end it is a new one', async (world) => {
  const webhook = await world.webhook();
  const first = await world.createJob({ webhookId: webhook.id });
  expect(await world.tryJob({ webhookId: webhook.id })).toEqual({ kind: 'repeated', job: first });
  expect(await world.createJob({ webhookId: webhook.id, selection: { since: 5 } })).not.toMatchObject({ id: first.id });
  await world.finish(first);
  const second = await world.createJob({ webhookId: webhook.id });
  expect(second.id).not.toBe(first.id);
});

test('a job that would undo what another does is refused, and told which', async (world) => {
  const [webhook, other] = [await world.webhook(), await world.webhook()];
  const discard = await world.createJob({ kind: 'discard', webhookId: webhook.id });
  const contradicted = { kind: 'contradicted', job: discard };
  expect(await world.refuseJob({ webhookId: webhook.id })).toEqual(contradicted);
  expect(await world.refuseJob({})).toEqual(contradicted);
  const recovery = await world.createJob({ webhookId: other.id });
  expect(await world.refuseJob({ kind: 'discard', webhookId: other.id })).toEqual({
    kind: 'contradicted',
    job: recovery,
  });
  await world.finish(discard);
  await world.createJob({ webhookId: webhook.id });
});

test('an organization has ten jobs running at most; others are none of its business', async (world) => {
  for (let count = 0; count < 10; count += 1) await world.createJob({ selection: { since: count } });
  expect(await world.refuseJob({ selection: { since: 10 } })).toEqual({ kind: 'crowded', running: 10 });
  expect(await world.tryJob({ selection: { since: 3 } })).toMatchObject({ kind: 'repeated' });
  const organizationId = await world.organization();
  await world.createJob({ organizationId, kind: 'discard', webhookId: (await world.webhook({ organizationId })).id });
});

test('an idempotency key answers its job, also after that has ended; for another request it is refused', async (world) => {
  const webhook = await world.webhook();
  const [one, other] = [{ idempotencyKey: 'one' }, { idempotencyKey: 'other' }];
  const first = await world.createJob({ webhookId: webhook.id }, one);
  expect(await world.tryJob({ webhookId: webhook.id }, other)).toEqual({ kind: 'repeated', job: first });
  const finished = await world.finish(first);
  for (const key of [one, other]) {
    expect(await world.tryJob({ webhookId: webhook.id }, key)).toEqual({ kind: 'repeated', job: finished });
  }
  expect(await world.tryJob({}, one)).toEqual({ kind: 'key_reused' });
  expect(await world.tryJob({ organizationId: await world.organization() }, one)).toMatchObject({ kind: 'created' });
  expect(await world.createJob({ webhookId: webhook.id })).not.toMatchObject({ id: first.id });
});

test('a request that is refused takes no idempotency key', async (world) => {
  const webhook = await world.webhook();
  const key = { idempotencyKey: 'key' };
  const discard = await world.createJob({ kind: 'discard', webhookId: webhook.id });
  await world.refuseJob({ webhookId: webhook.id }, key);
  await world.finish(discard);
  expect(await world.tryJob({}, key)).toMatchObject({ kind: 'created' });
});

test('jobs are listed newest first, by their status and webhook, to their organization alone', async (world) => {
  const [webhook, other] = [await world.webhook(), await world.webhook()];
  const first = await world.finish(await world.createJob({ webhookId: webhook.id }));
  const second = await world.createJob({ webhookId: other.id });
  const list = (filter: Parameters<typeof world.store.listJobs>[1]) =>
    world.store.listJobs(world.home, filter, { limit: 10 });
  expect(await list({})).toEqual([second, first]);
  expect(await list({ status: 'completed' })).toEqual([first]);
  expect(await list({ webhookId: other.id })).toEqual([second]);
  expect(await world.store.listJobs(world.home, {}, { limit: 10, cursor: second.id })).toEqual([first]);
  const stranger = await world.organization();
  expect(await world.store.listJobs(stranger, {}, { limit: 10 })).toEqual([]);
  expect(await world.store.getJob(stranger, first.id)).toBeNull();
  expect(await world.store.cancelJob(stranger, second.id, now)).toBeNull();
  expect(await world.store.getJob(world.home, second.id)).toEqual(second);
});

test('cancelling what has ended changes nothing', async (world) => {
  const job = await world.finish(await world.createJob({}));
  expect(await world.store.cancelJob(world.home, job.id, later)).toEqual(job);
  expect(await world.store.cancelJob(world.home, newId('job'), now)).toBeNull();
});

test('a job that ended is kept as long as events and idempotency keys, and one that runs for ever', async (world) => {
  const long = now - 31 * day;
  const old = await world.createJob({ selection: { since: 1 }, createdAt: long });
  await world.finish(old, long);
  await world.finish(await world.createJob({ selection: { since: 2 } }));
  const running = await world.createJob({ selection: { since: 3 }, createdAt: long });
  await world.sweep({ eventsMs: 7 * day, idempotencyMs: 32 * day });
  expect(await world.count('jobs')).toBe(3);
  await world.sweep();
  expect(await world.count('jobs')).toBe(2);
  expect(await world.store.getJob(world.home, old.id)).toBeNull();
  expect(await world.store.getJob(world.home, running.id)).toEqual(running);
});

test('a job whose deliveries are pruned under it comes to its end', async (world) => {
  const webhook = await world.webhook({ status: 'paused' });
  await world.queue(webhook, 2 * mostPerStep, now - 31 * day);
  const job = await world.createJob({ kind: 'discard', webhookId: webhook.id });
  await world.store.advanceJob(now);
  await world.sweep();
  expect(await world.finish(job)).toMatchObject({ status: 'completed', affected: mostPerStep });
});
