import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Store } from '../../../src/store/contract.ts';
import { openPostgresStore } from '../../../src/store/postgres/store.ts';
import type { Db } from '../../../src/store/tables.ts';
import { contradictions } from '../conformance/contradictions.ts';
import { becoming, exhausted, retry } from '../conformance/results.ts';
import { Cluster } from '../conformance/simulation/cluster.ts';
import { Simulation } from '../conformance/simulation/simulation.ts';
import { idsOf, now, request, second, World } from '../conformance/world.ts';
import { freshDatabase, openTables, storeSettings } from './support.ts';

/** What only several connections can show: nodes that share one database. */

let url: string;
let tables: Db;
let stores: Store[];
let worlds: World[];

beforeAll(async () => {
  url = await freshDatabase();
  tables = openTables(url);
  stores = Array.from({ length: 4 }, () => openPostgresStore(url, storeSettings));
  await Promise.all(stores.map((store) => store.migrate()));
  worlds = stores.map((store) => new World({ store, tables }));
});
beforeEach(async () => {
  await worlds[0]?.clear();
  for (const world of worlds) world.home = worlds[0]?.home ?? '';
});
afterAll(async () => {
  for (const store of stores) await store.close();
  await tables.destroy();
});

/** Two nodes' views of the database. */
function nodes(): [World, World] {
  const [here, there] = worlds;
  if (!here || !there) throw new Error('There are not two nodes.');
  return [here, there];
}

/**
 * Holds every transaction that inserts into a table at one point: `insert`, when it comes to that table; `commit`, when it
 * has done everything and is about to commit. Resolves with how to let them go on.
 */
async function holdBack(table: 'events' | 'deliveries', point: 'insert' | 'commit'): Promise<() => Promise<void>> {
  await sql`create or replace function hold_back() returns trigger language plpgsql as
    'begin perform pg_advisory_xact_lock_shared(42); return new; end'`.execute(tables);
  const trigger =
    point === 'insert'
      ? sql`create trigger held_back before insert on ${sql.table(table)}`
      : sql`create constraint trigger held_back after insert on ${sql.table(table)} deferrable initially deferred`;
  await sql`${trigger} for each row execute function hold_back()`.execute(tables);
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let held = () => {};
  const holding = new Promise<void>((resolve) => {
    held = resolve;
  });
  const transaction = tables.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(42)`.execute(tx);
    held();
    await released;
  });
  await holding;
  return async () => {
    release();
    await transaction;
    await sql`drop trigger held_back on ${sql.table(table)}`.execute(tables);
  };
}

/** Resolves once a transaction is held back. */
async function someoneWaits(): Promise<void> {
  for (;;) {
    const { rows } = await sql`select 1 from pg_locks where locktype = 'advisory' and not granted`.execute(tables);
    if (rows.length > 0) return;
  }
}

test('stores that are opened together create the tables once', async () => {
  const empty = await freshDatabase();
  const together = Array.from({ length: 6 }, () => openPostgresStore(empty, storeSettings));
  await Promise.all(together.map((store) => store.migrate()));
  await Promise.all(together.map((store) => store.migrate()));
  expect(await together[0]?.getOrganization('org_none')).toBeNull();
  await Promise.all(together.map((store) => store.close()));
});

test('ids are in bytewise order, whatever the collation of the database', async () => {
  const { rows } = await sql<{ table_name: string; column_name: string }>`
    select table_name, column_name from information_schema.columns
    where table_schema = 'public' and data_type = 'text' and collation_name is distinct from 'C'`.execute(tables);
  expect(rows).toEqual([]);
  const own = await sql<{ first: boolean }>`select 'a' < 'B' as first`.execute(tables);
  expect(own.rows).toEqual([{ first: true }]);
});

describe('a publish and what happens beside it', () => {
  test('a claim leaves a lane alone that a publish relies on, and finds it afterwards', async () => {
    const [here, there] = nodes();
    const webhook = await here.webhook();
    await here.queue(webhook);
    const goOn = await holdBack('deliveries', 'commit');
    const publish = here.publish([here.eventFor(webhook)], { node: 'here' });
    await someoneWaits();
    expect(await there.claim('there')).toMatchObject({ work: [], backlogged: [] });
    await goOn();
    await publish;
    expect(await contradictions(tables, now)).toEqual({});
    expect((await there.claim('there')).work).toHaveLength(2);
  });

  test('what is published for a webhook that is resumed meanwhile is sent', async () => {
    const [here, there] = nodes();
    const webhook = await here.webhook();
    await here.pause(webhook);
    const goOn = await holdBack('events', 'insert');
    const publish = here.publish([here.eventFor(webhook)], { node: 'here' });
    await someoneWaits();
    await there.resume(webhook);
    expect((await there.claim('there')).work).toEqual([]);
    await goOn();
    await publish;
    expect(await contradictions(tables, now)).toEqual({});
    expect((await there.claim('there')).work).toHaveLength(1);
  });

  test('what is published for a webhook that is deleted meanwhile is discarded', async () => {
    const [here, there] = nodes();
    const webhook = await here.webhook({ ordering: 'fifo' });
    const goOn = await holdBack('events', 'insert');
    const publish = here.publish([here.eventFor(webhook)], { node: 'here' });
    await someoneWaits();
    await there.store.deleteWebhook(there.home, webhook.id, now);
    await there.sweep();
    await goOn();
    await publish;
    expect(await contradictions(tables, now)).toEqual({});
    await there.sweep();
    expect(await tables.selectFrom('deliveries').select('state').execute()).toEqual([{ state: 'discarded' }]);
  });

  test('a repeat waits for the first with its key, and is answered as that was', async () => {
    const [here, there] = nodes();
    const webhook = await here.webhook();
    const keyed = () => request([here.eventFor(webhook)], { idempotency: { key: 'key', hash: 'body' } });
    const goOn = await holdBack('deliveries', 'commit');
    const [original, repeat] = [keyed(), keyed()];
    const first = here.store.publish([original], { node: null, now });
    await someoneWaits();
    const second = there.store.publish([repeat], { node: null, now });
    await goOn();
    expect(await first).toMatchObject([{ kind: 'stored' }]);
    expect(await second).toEqual([{ kind: 'repeated', answer: original.answer }]);
    expect(await here.count('events')).toBe(1);
  });

  test('batches with the same keys in opposite orders never wait for each other', async () => {
    const [here] = nodes();
    const webhook = await here.webhook();
    const keys = Array.from({ length: 30 }, (_, index) => `key ${index}`);
    const batch = (names: readonly string[]) =>
      names.map((key) => request([here.eventFor(webhook)], { idempotency: { key, hash: 'body' } }));
    const results = await Promise.all(
      worlds.map(({ store }, index) => store.publish(batch(index % 2 ? keys : keys.toReversed()), { node: null, now })),
    );
    expect(results.flat().filter(({ kind }) => kind === 'stored')).toHaveLength(keys.length);
    expect(await here.count('events')).toBe(keys.length);
    expect(await deadlocks()).toBe(0);
  });
});

describe('nodes beside each other', () => {
  test('claims at the same time take every delivery once', async () => {
    const [here] = nodes();
    const queued: string[] = [];
    for (let count = 0; count < 30; count += 1) queued.push(...(await here.queue(await here.webhook(), 5)));
    const taken = await Promise.all(
      worlds.map(async (world, index) => {
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
    expect(await contradictions(tables, now)).toEqual({});
  });

  test('webhooks are paused and resumed while results stop and retry them', async () => {
    const [here, there] = nodes();
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
      expect(await contradictions(tables, now)).toEqual({});
    }
    expect(await deadlocks()).toBe(0);
  });

  test('REST hooks that become the same at the same time are told', async () => {
    const [here, there] = nodes();
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
    const [here] = nodes();
    const subscribe = (world: World) =>
      world.store.subscribe(
        world.newWebhook({ restHook: true, events: ['same'], url: 'https://example.com/one' }),
        false,
        now,
      );
    for (let round = 0; round < 10; round += 1) {
      const hooks = await Promise.all(worlds.map(subscribe));
      expect(new Set(hooks.map(({ id }) => id)).size).toBe(1);
      const [hook] = hooks;
      await Promise.all([here.store.deleteWebhook(here.home, hook?.id ?? '', now), ...worlds.map(subscribe)]);
      expect(await contradictions(tables, now)).toEqual({});
      const live = await here.store.listWebhooks(here.home, {}, { limit: 10 });
      expect(live.length).toBeLessThanOrEqual(1);
    }
  });
});

describe('everything at once, from every node', () => {
  test.each([1, 2, 3, 4])('seed %i', async (seed) => {
    const cluster = new Cluster();
    const simulations = worlds.map(
      (world, index) => new Simulation(world, seed * 100 + index, { name: `${index}_`, cluster }),
    );
    for (const simulation of simulations) await simulation.start();
    await Promise.all(
      simulations.map(async (simulation) => {
        for (let step = 0; step < 250; step += 1) await simulation.step();
      }),
    );
    expect(await contradictions(tables, cluster.now)).toEqual({});
    for (const simulation of simulations) {
      for (const found of Object.values(await simulation.faults())) expect(found).toEqual([]);
    }
    for (const simulation of simulations) await simulation.settle();
    expect(await contradictions(tables, cluster.now)).toEqual({});
    for (const simulation of simulations) {
      for (const found of Object.values(await simulation.faults())) expect(found).toEqual([]);
    }
    const left = await tables.selectFrom('deliveries').selectAll().where('state', '=', 'pending').execute();
    expect(left).toEqual([]);
    expect(await deadlocks()).toBe(0);
  });
});

/** Transactions of this database that PostgreSQL had to end because they waited for each other. */
async function deadlocks(): Promise<number> {
  const { rows } = await sql<{ deadlocks: number }>`
    select deadlocks from pg_stat_database where datname = current_database()`.execute(tables);
  return rows[0]?.deadlocks ?? -1;
}
