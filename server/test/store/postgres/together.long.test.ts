import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { openPostgresStore } from '../../../src/store/postgres/store.ts';
import { emptyDatabase } from '../../databases.ts';
import { contradictions } from '../conformance/contradictions.ts';
import { becoming, exhausted, retry } from '../conformance/results.ts';
import { Cluster } from '../conformance/simulation/cluster.ts';
import { Simulation } from '../conformance/simulation/simulation.ts';
import type { World } from '../conformance/world.ts';
import { idsOf, now, request, second } from '../conformance/world.ts';
import { storeSettings } from './support.ts';
import { useTogether } from './together.ts';

/** What only several connections can show: nodes that share one database. */

const together = useTogether();

test('stores that are opened together create the tables once', async () => {
  const empty = await emptyDatabase();
  const stores = Array.from({ length: 6 }, () => openPostgresStore(empty, storeSettings));
  const made = await Promise.all(stores.map((store) => store.migrate()));
  expect(made.flat()).toHaveLength(new Set(made.flat()).size);
  expect(made.flat()).toContain('0004-cluster');
  await Promise.all(stores.map((store) => store.migrate()));
  expect(await stores[0]?.getOrganization('org_none')).toBeNull();
  await Promise.all(stores.map((store) => store.close()));
});

test('ids are in bytewise order, whatever the collation of the database', async () => {
  const { rows } = await sql<{ table_name: string; column_name: string }>`
    select table_name, column_name from information_schema.columns
    where table_schema = 'public' and data_type = 'text' and collation_name is distinct from 'C'`.execute(
    together().tables,
  );
  expect(rows).toEqual([]);
  const own = await sql<{ first: boolean }>`select 'a' < 'B' as first`.execute(together().tables);
  expect(own.rows).toEqual([{ first: true }]);
});

describe('a publish and what happens beside it', () => {
  test('a claim leaves a lane alone that a publish relies on, and finds it afterwards', async () => {
    const [here, there] = together().two;
    const webhook = await here.webhook();
    await here.queue(webhook);
    const goOn = await together().holdBack('deliveries', 'commit');
    const publish = here.publish([here.eventFor(webhook)], { node: 'here' });
    await together().someoneWaits();
    expect(await there.claim('there')).toMatchObject({ work: [], backlogged: [] });
    await goOn();
    await publish;
    expect(await contradictions(together().tables, now)).toEqual({});
    expect((await there.claim('there')).work).toHaveLength(2);
  });

  test('what is published for a webhook that is resumed meanwhile is sent', async () => {
    const [here, there] = together().two;
    const webhook = await here.webhook();
    await here.pause(webhook);
    const goOn = await together().holdBack('events', 'insert');
    const publish = here.publish([here.eventFor(webhook)], { node: 'here' });
    await together().someoneWaits();
    await there.resume(webhook);
    expect((await there.claim('there')).work).toEqual([]);
    await goOn();
    await publish;
    expect(await contradictions(together().tables, now)).toEqual({});
    expect((await there.claim('there')).work).toHaveLength(1);
  });

  test('what is published for a webhook that is deleted meanwhile is discarded', async () => {
    const [here, there] = together().two;
    const webhook = await here.webhook({ ordering: 'fifo' });
    const goOn = await together().holdBack('events', 'insert');
    const publish = here.publish([here.eventFor(webhook)], { node: 'here' });
    await together().someoneWaits();
    await there.store.deleteWebhook(there.home, webhook.id, now);
    await there.sweep();
    await goOn();
    await publish;
    expect(await contradictions(together().tables, now)).toEqual({});
    await there.sweep();
    expect(await together().tables.selectFrom('deliveries').select('state').execute()).toEqual([
      { state: 'discarded' },
    ]);
  });

  test('a repeat waits for the first with its key, and is answered as that was', async () => {
    const [here, there] = together().two;
    const webhook = await here.webhook();
    const keyed = () => request([here.eventFor(webhook)], { idempotency: { key: 'key', hash: 'body' } });
    const goOn = await together().holdBack('deliveries', 'commit');
    const [original, repeat] = [keyed(), keyed()];
    const first = here.store.publish([original], { node: null, now });
    await together().someoneWaits();
    const second = there.store.publish([repeat], { node: null, now });
    await goOn();
    expect(await first).toMatchObject([{ kind: 'stored' }]);
    expect(await second).toEqual([{ kind: 'repeated', answer: original.answer }]);
    expect(await here.count('events')).toBe(1);
  });

  test('batches with the same keys in opposite orders never wait for each other', async () => {
    const [here] = together().two;
    const webhook = await here.webhook();
    const keys = Array.from({ length: 30 }, (_, index) => `key ${index}`);
    const batch = (names: readonly string[]) =>
      names.map((key) => request([here.eventFor(webhook)], { idempotency: { key, hash: 'body' } }));
    const results = await Promise.all(
      together().worlds.map(({ store }, index) =>
        store.publish(batch(index % 2 ? keys : keys.toReversed()), { node: null, now }),
      ),
    );
    expect(results.flat().filter(({ kind }) => kind === 'stored')).toHaveLength(keys.length);
    expect(await here.count('events')).toBe(keys.length);
    expect(await together().deadlocks()).toBe(0);
  });
});

describe('nodes beside each other', () => {
  test('claims at the same time take every delivery once', async () => {
    const [here] = together().two;
    const queued: string[] = [];
    for (let count = 0; count < 30; count += 1) queued.push(...(await here.queue(await here.webhook(), 5)));
    const taken = await Promise.all(
      together().worlds.map(async (world, index) => {
        const ids: string[] = [];
        for (;;) {
          const { work, backlogged } = await world.claim(`node_${index}`, { lanes: 3, perLane: 2 });
          const rest = await world.store.refill({ node: `node_${index}`, webhookIds: backlogged, perLane: 100, now });
          ids.push(...idsOf(work), ...idsOf(rest.work));
          if (work.length === 0) return ids;
        }
      }),
    );
    const rest = await here.claim('node_rest');
    const all = [...taken.flat(), ...idsOf(rest.work)];
    expect(all.toSorted()).toEqual(queued.toSorted());
    expect(await contradictions(together().tables, now)).toEqual({});
  });

  test('webhooks are paused and resumed while results stop and retry them', async () => {
    const [here, there] = together().two;
    const webhooks = await Promise.all(Array.from({ length: 8 }, () => here.webhook()));
    for (let round = 0; round < 10; round += 1) {
      for (const webhook of webhooks) await here.resume(webhook);
      const works = [];
      for (const webhook of webhooks) {
        await here.publish([here.eventFor(webhook)], { node: null });
      }
      works.push(...(await here.claim('here')).work);
      const results = works.map((work, index) =>
        index % 2
          ? retry(work, now + second, { failures: 'increment' })
          : exhausted(work, { failures: 'increment', ...becoming('disabled') }),
      );
      const changes = webhooks.toReversed().map((webhook) => there.pause(webhook));
      await Promise.all([here.store.record('here', results, now), ...changes]);
      expect(await contradictions(together().tables, now)).toEqual({});
    }
    expect(await together().deadlocks()).toBe(0);
  });

  test('REST hooks that become the same at the same time are told', async () => {
    const [here, there] = together().two;
    const [one, other] = await Promise.all(
      ['a', 'b'].map((name) => here.webhook({ restHook: true, events: ['same'], url: `https://example.com/${name}` })),
    );
    if (!one || !other) throw new Error('There are not two hooks.');
    const same = 'https://example.com/same';
    const results = await Promise.all([
      here.store.updateWebhook({ ...one, url: same }, now),
      there.store.updateWebhook({ ...other, url: same }, now),
    ]);
    expect(results.toSorted()).toEqual(['saved', 'taken']);
  });

  test('subscribing the same everywhere at once makes one webhook, also while it is deleted again and again', async () => {
    const [here] = together().two;
    const subscribe = (world: World) =>
      world.subscribe(world.newWebhook({ restHook: true, events: ['same'], url: 'https://example.com/one' }), false);
    for (let round = 0; round < 10; round += 1) {
      const hooks = await Promise.all(together().worlds.map(subscribe));
      expect(new Set(hooks.map(({ id }) => id)).size).toBe(1);
      const [hook] = hooks;
      await Promise.all([
        here.store.deleteWebhook(here.home, hook?.id ?? '', now),
        ...together().worlds.map(subscribe),
      ]);
      expect(await contradictions(together().tables, now)).toEqual({});
      const live = await here.store.listWebhooks(here.home, {}, { limit: 10 });
      expect(live.length).toBeLessThanOrEqual(1);
    }
  });
});

describe('everything at once, from every node', () => {
  test.each([1, 2, 3, 4])('seed %i', async (seed) => {
    const cluster = new Cluster();
    const simulations = together().worlds.map(
      (world, index) => new Simulation(world, seed * 100 + index, { name: `${index}_`, cluster }),
    );
    for (const simulation of simulations) await simulation.start();
    await Promise.all(
      simulations.map(async (simulation) => {
        for (let step = 0; step < 250; step += 1) await simulation.step();
      }),
    );
    expect(await contradictions(together().tables, cluster.now)).toEqual({});
    for (const simulation of simulations) {
      for (const found of Object.values(await simulation.faults())) expect(found).toEqual([]);
    }
    for (const simulation of simulations) await simulation.settle();
    expect(await contradictions(together().tables, cluster.now)).toEqual({});
    for (const simulation of simulations) {
      for (const found of Object.values(await simulation.faults())) expect(found).toEqual([]);
    }
    const left = await together().tables.selectFrom('deliveries').selectAll().where('state', '=', 'pending').execute();
    expect(left).toEqual([]);
    expect(await together().deadlocks()).toBe(0);
  });
});
