import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Event, Webhook } from '../../../src/model.ts';
import type { OwnedLane, Stored } from '../../../src/store/contract/index.ts';
import { slotCount } from '../../../src/store/slots.ts';
import { contradictions } from '../conformance/contradictions.ts';
import { retry } from '../conformance/results.ts';
import { idsOf, nothing, now, only, second } from '../conformance/world.ts';
import { useTogether } from './together.ts';

/** Who gets a lane while several nodes reach for it at once. */

const together = useTogether();

/** For every slot the same home. */
const homes = (node: string) => Array.from({ length: slotCount }, () => node);

test('nodes that publish to the same free lanes at once give each to one of them, with everything that is born in it', async () => {
  const [here, there] = together().two;
  for (let round = 0; round < 10; round += 1) {
    const kind = { events: [`popular_${round}`] };
    const webhooks = await Promise.all(Array.from({ length: 40 }, () => here.webhook(kind)));
    const events = Array.from({ length: 12 }, () => here.eventFor({ ...here.newWebhook(), ...kind }));
    // Each node believes that the lanes are the other's.
    const published = await Promise.all(
      events.map((event, index) =>
        index % 2
          ? here.publish([event], { node: 'here', homes: homes('there') })
          : there.publish([event], { node: 'there', homes: homes('here') }),
      ),
    );
    const lanes = await lanesOf(webhooks);
    expect(new Set(lanes.values()).size).toBeLessThanOrEqual(2);
    expect([...lanes.values()]).not.toContain(null);
    await expectBornTo(lanes, events);
    for (const [index, stored] of published.entries()) {
      const [node, other] = index % 2 ? ['here', 'there'] : ['there', 'here'];
      expectTold(stored, { node, other, lanes });
    }
  }
  expect(await contradictions(together().tables, now)).toEqual({});
  expect(await together().deadlocks()).toBe(0);
});

test('publishers, claimers and those who give up never have a lane both', async () => {
  const [here] = together().two;
  const kind = { events: ['contended'] };
  const webhooks = await Promise.all(Array.from({ length: 30 }, () => here.webhook(kind)));
  const owners = new Map<string, string>();
  const own = (node: string, lanes: readonly OwnedLane[]) => {
    for (const { webhookId } of lanes) {
      expect([undefined, node]).toContain(owners.get(webhookId));
      owners.set(webhookId, node);
    }
  };
  await Promise.all(
    together().worlds.map(async (world, index) => {
      const node = `node_${index}`;
      for (let round = 0; round < 25; round += 1) {
        const event = world.eventFor({ ...world.newWebhook(), ...kind });
        const { lanes, waiting } = await world.publish([event], { node, full: round % 5 === 4 });
        own(node, lanes);
        if (waiting || round % 3 === 0) own(node, (await world.claim(node)).lanes);
        const mine = webhooks.map(({ id }) => id).filter((id) => owners.get(id) === node);
        const given = mine.filter((_, place) => (place + round) % 4 === 0);
        for (const id of given) owners.delete(id);
        for (const id of given) await world.relinquish({ id }, node);
      }
    }),
  );
  for (const [webhookId, node] of owners) expect((await lanesOf(webhooks)).get(webhookId)).toBe(node);
  expect(await contradictions(together().tables, now)).toEqual({});
  expect(await together().deadlocks()).toBe(0);
});

test('a claim leaves a lane alone that is just given away', async () => {
  const [here, there] = together().two;
  const webhook = await here.webhook();
  const work = await here.give(webhook, 'here');
  await here.store.record('here', [retry(only(work), now + second)], now);
  await here.relinquish(webhook, 'here');
  const goOn = await together().holdBack('deliveries', 'commit');
  const publish = here.publish([here.eventFor(webhook)], { node: 'here', homes: homes('here') });
  await together().someoneWaits();
  expect(await there.claim('there', { now: now + second })).toMatchObject({ work: [], lanes: [] });
  await goOn();
  expect(await publish).toMatchObject({ lanes: [{ webhookId: webhook.id }], work: [{}] });
  expect(await there.claim('there', { now: now + second })).toEqual(nothing);
  expect(idsOf((await here.claim('here', { now: now + second })).work)).toEqual(idsOf(work));
});

test('what is born to a node that gives the lane up meanwhile is that node’s to give back', async () => {
  const [here, there] = together().two;
  const webhook = await here.webhook();
  await here.give(webhook, 'here');
  const goOn = await together().holdBack('events', 'insert');
  const event = there.eventFor(webhook);
  const publish = there.publish([event], { node: 'there' });
  await together().someoneWaits();
  await here.relinquish(webhook, 'here', now);
  await goOn();
  expect(await publish).toMatchObject({ work: [], elsewhere: ['here'] });
  const { work, lanes } = await here.store.fetch('here', { eventIds: [event.id] });
  expect([work.length, lanes]).toEqual([1, []]);
  await here.store.release('here', idsOf(work), now);
  const claim = await there.claim('there');
  expect([idsOf(claim.work), claim.lanes]).toEqual([
    idsOf(work),
    [{ webhookId: webhook.id, leftAt: now, term: expect.any(Number) }],
  ]);
  expect(await contradictions(together().tables, now)).toEqual({});
});

test('what is born to a node that is taken over meanwhile is taken over the next time', async () => {
  const [here, there] = together().two;
  const webhook = await here.webhook();
  await here.store.heartbeat('dead', now);
  await here.give(webhook, 'dead');
  const goOn = await together().holdBack('events', 'insert');
  const publish = there.publish([there.eventFor(webhook)], { node: 'there' });
  await together().someoneWaits();
  const later = now + second;
  expect(await here.store.expire(['here'], later, later)).toBe(1);
  expect((await here.claim('here', { now: later })).work).toHaveLength(1);
  await goOn();
  expect(await publish).toMatchObject({ elsewhere: ['dead'] });
  expect(await there.store.expire(['there'], later, later)).toBe(1);
  expect(await there.claim('there', { now: later })).toEqual(nothing);
  expect((await here.claim('here', { now: later })).work).toHaveLength(1);
  expect(await contradictions(together().tables, later)).toEqual({});
});

test('what a publish finds free and a webhook’s pausing closes meanwhile is held', async () => {
  const [here, there] = together().two;
  const webhook = await here.webhook();
  const pausing = await together()
    .tables.transaction()
    .execute(async (tx) => {
      await sql`select 1 from lanes where webhook_id = ${webhook.id} for no key update`.execute(tx);
      const publish = here.publish([here.eventFor(webhook)], { node: 'here' });
      await together().someoneWaitsForRows();
      await tx.updateTable('lanes').set({ state: 'closed' }).where('webhook_id', '=', webhook.id).execute();
      await tx.updateTable('webhooks').set({ status: 'paused' }).where('id', '=', webhook.id).execute();
      return { publish };
    });
  expect(await pausing.publish).toMatchObject({ work: [], lanes: [], elsewhere: [], waiting: false });
  expect(await contradictions(together().tables, now)).toEqual({});
  await there.resume(webhook);
  expect((await there.claim('there')).work).toHaveLength(1);
});
/** A publisher got the deliveries of lanes that are its own by then, and the other node is named for the rest. */
function expectTold(
  { work, lanes: told, elsewhere, waiting }: Stored,
  { node, other, lanes }: { node: string; other: string; lanes: ReadonlyMap<string, string | null> },
): void {
  const own = [...lanes].filter(([, owner]) => owner === node).map(([webhookId]) => webhookId);
  for (const { delivery } of work) expect(own).toContain(delivery.webhookId);
  expect(elsewhere).toEqual(work.length < lanes.size ? [other] : []);
  // Also of those lanes that the other one gave it.
  expect(told.map(({ webhookId }) => webhookId).toSorted()).toEqual(
    work.map(({ delivery }) => delivery.webhookId).toSorted(),
  );
  expect(waiting).toBe(false);
}

/** The owner of each lane. */
async function lanesOf(webhooks: readonly Webhook[]): Promise<Map<string, string | null>> {
  const ids = webhooks.map(({ id }) => id);
  const rows = await together()
    .tables.selectFrom('lanes')
    .select(['webhook_id', 'owner'])
    .where('webhook_id', 'in', ids)
    .execute();
  return new Map(rows.map(({ webhook_id, owner }) => [webhook_id, owner]));
}

/** Every delivery of these events is leased to the node whose lane it is in. */
async function expectBornTo(lanes: ReadonlyMap<string, string | null>, events: readonly Event[]): Promise<void> {
  const rows = await together()
    .tables.selectFrom('deliveries')
    .select(['webhook_id', 'owner'])
    .where(
      'event_id',
      'in',
      events.map(({ id }) => id),
    )
    .execute();
  expect(rows).toHaveLength(lanes.size * events.length);
  for (const { webhook_id, owner } of rows) expect(owner).toBe(lanes.get(webhook_id));
}
