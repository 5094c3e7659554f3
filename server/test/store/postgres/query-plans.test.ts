import { sql } from 'kysely';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPool } from '../../../src/store/postgres/pool.ts';
import { openPostgresStore, postgresStore } from '../../../src/store/postgres/store.ts';
import { freshDatabase } from '../../databases.ts';
import { delivered } from '../conformance/results.ts';
import { Simulation } from '../conformance/simulation/simulation.ts';
import { day, idsOf, now, World } from '../conformance/world.ts';
import type { Query } from './record-queries.ts';
import { recordQueries } from './record-queries.ts';
import { openTables, storeSettings } from './support.ts';

/** How PostgreSQL looks up what the store asks for, with many rows in its tables: every query that a simulation makes. */

let world: World;
let plans: { readonly query: string; readonly plan: string }[];

beforeAll(async () => {
  const url = await freshDatabase();
  await migrated(url);
  const pool = openPool(url, storeSettings);
  const queries = recordQueries(pool);
  const store = postgresStore(pool);
  world = new World({ store, tables: openTables(url) });
  await world.clear();
  const simulation = new Simulation(world, 1);
  await simulation.start();
  for (let step = 0; step < 500; step += 1) await simulation.step();
  await simulation.settle();
  await moveOut(simulation.now);
  await world.sweep({ eventsMs: 0, attemptsPerWebhook: 1, idempotencyMs: 0 }, simulation.now + day);
  const nodes = await world.store.deliveringNodes(simulation.now);
  await fill(nodes, simulation.now);
  await watch(simulation.now);
  await signInAndOut();
  await explain(pool, queries);
});
afterAll(() => world.close());

async function migrated(url: string): Promise<void> {
  const store = openPostgresStore(url, storeSettings);
  await store.close();
}

/** How each of the queries would be carried out now; reads are carried out. */
async function explain(pool: Pool, queries: ReadonlyMap<string, Query>): Promise<void> {
  plans = [];
  for (const [query, { sql: text, parameters }] of [...queries]) {
    const how = text.startsWith('select') ? 'analyze, timing off, summary off, costs off' : 'costs off';
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain (${how}) ${text}`, [...parameters]);
    plans.push({ query, plan: rows.map((row) => row['QUERY PLAN']).join('\n') });
  }
}

/** All that is asked of sessions and portal links. */
async function signInAndOut(): Promise<void> {
  const { store } = world;
  await store.findSession('hash');
  await store.findPortalLink('hash');
  await store.getPortalTheme('hash');
  await store.deleteSession('hash');
  await store.listPortalLinks(world.home, { limit: 10 });
  await store.revokePortalLink(world.home, 'lnk_none', now);
}

/** A node that fetches what it was assigned, releases it and relinquishes its lanes one by one. */
async function moveOut(time: number): Promise<void> {
  const webhook = await world.webhook();
  const events = [world.eventFor(webhook), world.eventFor(webhook)];
  const { held } = await world.publish(events, { node: 'guest', now: time });
  await world.store.fetch('guest', { eventIds: events.map(({ id }) => id) });
  await world.store.fetch('guest', { ids: idsOf(held) });
  await world.store.release('guest', idsOf(held), time);
  await world.relinquish(webhook, 'guest', time);
}

/** What the dashboard reads, and what goes of it. */
async function watch(time: number): Promise<void> {
  const { store, home } = world;
  const ids = ['a', 'b', 'c'];
  await store.addCounts(ids.map((webhookId) => ({ webhookId, hour: time, delivered: 1, failed: 0, throttled: 0 })));
  await store.countsOf(home, ids, time - day);
  await store.newestAttempts('a', 100);
  await store.getAttempts(home, ids);
  await world.sweep({}, time);
}

/** So many rows that walking over them would cost more than an index, spread over nodes as they would be. */
async function fill(nodes: readonly string[], time: number): Promise<void> {
  const { tables, home } = world;
  const id = sql`md5(number::text)`;
  const series = sql`generate_series(1, 20000) as number`;
  await sql`insert into webhooks (id, organization_id, provider, url, events, format, platform, rest_hook, sealed, status,
      consecutive_failures, gone_answers, revision, created_at, updated_at)
    select ${id}, ${home}, 'salpre', '', '[]', 'provider', 'custom', 0, '', 'active', 0, 0, 1, ${now}, ${now}
    from ${series}`.execute(tables);
  await sql`insert into subscriptions select ${home}, 'salpre', 'type_' || number, ${id} from ${series}`.execute(
    tables,
  );
  // Most lanes are some node's and at rest; some wait for a retry, some are due, some have a backlog.
  const node = sql`(array[${sql.join(nodes)}])[1 + number % ${sql.lit(nodes.length)}]`;
  await sql`insert into lanes (webhook_id, state, ordering, due_at, owner, backlogged, slot)
    select ${id}, 'open', case when number % 9 = 0 then 'fifo' else 'parallel' end,
      case when number % 10 = 0 then ${sql.lit(time)} + (number - 10000) * 1000 end,
      case when number % 4 > 0 then ${node} end,
      case when number % 4 > 0 and number % 50 = 10 then 1 else 0 end, number % 256
    from ${series}`.execute(tables);
  await sql`insert into events select ${id}, ${home}, 'salpre', 'type_' || number, 0, number, number, '{}'
    from ${series}`.execute(tables);
  await sql`insert into deliveries
    select ${id}, ${id}, md5((number % 2000)::text), ${home}, 0, case when number % 10 = 0 then 'pending' else 'delivered' end,
      0, 0, number, case when number % 50 = 0 then ${node} end, number, number
    from ${series}`.execute(tables);
  await sql`insert into attempts
    select ${id}, ${id}, ${id}, md5((number % 2000)::text), ${home}, 'type', 0, 1, number, 1, 200, null, '{}', null, 'delivered'
    from ${series}`.execute(tables);
  await sql`insert into webhook_hours select md5((number % 2000)::text), ${sql.lit(time)} - (number % 10) * 3600000, 1, 1, 1
    from ${series} on conflict do nothing`.execute(tables);
  await sql`insert into webhook_hours select ${id}, number % 20 * 3600000, 1, 1, 1 from ${series}`.execute(tables);
  await sql`insert into idempotency_keys select ${home}, ${id}, '', '', number from ${series}`.execute(tables);
  await sql`insert into sessions (hash, kind, organization_id, scopes, created_at, expires_at, kept_until)
    select ${id}, 'portal', ${home}, '[]', number, number, number from ${series}`.execute(tables);
  await sql`analyze`.execute(tables);
}

/** The plans of every query that looks like this. */
function plansOf(pattern: RegExp): string[] {
  const found = plans.filter(({ query }) => pattern.test(query)).map(({ plan }) => plan);
  if (found.length === 0) throw new Error(`No query looks like ${pattern}.`);
  return found;
}

/** What asks for a good part of a table may walk over it: a node has a quarter of all lanes here. */
const asksForMuch = /^select lanes\.webhook_id, .* from lanes inner join webhooks .* where lanes\.owner = \?$/;

test('no query walks over a table that grows', () => {
  const walks = plans.filter(
    ({ query, plan }) =>
      !asksForMuch.test(query) &&
      /Seq Scan on (deliveries|events|attempts|lanes|webhooks|subscriptions|idempotency_keys|webhook_hours|sessions)/.test(
        plan,
      ),
  );
  expect(walks).toEqual([]);
});

test('no query passes over lanes that it does not want', () => {
  const passed = ({ plan }: { readonly plan: string }) =>
    Math.max(0, ...Array.from(plan.matchAll(/Rows Removed by Filter: (\d+)/g), ([, rows]) => Number(rows)));
  const ofLanes = plans.filter(({ query }) => /^select .* from lanes /.test(query) && !asksForMuch.test(query));
  expect(ofLanes.length).toBeGreaterThanOrEqual(10);
  // Of free lanes, which stand in the order of their times, one of so many is in a slot of the node.
  expect(ofLanes.filter((each) => passed(each) > 50)).toEqual([]);
});

test('the success of a webhook that is well is one statement', async () => {
  const url = await freshDatabase();
  const pool = openPool(url, storeSettings);
  const own = new World({ store: postgresStore(pool), tables: openTables(url) });
  await own.clear();
  const [work] = await own.give(await own.webhook(), 'node');
  if (!work) throw new Error('The webhook has no delivery.');
  await pool.end();
  await own.tables.destroy();
  const again = openPool(url, storeSettings);
  const queries = recordQueries(again);
  const store = postgresStore(again);
  await store.record('node', [delivered(work)], now);
  expect([...queries.keys()]).toEqual([
    expect.stringMatching(/^with logged as \(insert into attempts .*\) update deliveries set state = /),
  ]);
  await store.close();
});

test.each([
  ['publish: who wants the event', / as wanted.* inner join subscriptions/, /subscriptions_key/],
  [
    'claim: a node’s own lanes that are due',
    /^select webhook_id, .* from lanes where .* owner = \? .* due_at <= /,
    /lanes_due_owned .*\n.*owner = .* AND .*due_at <= /,
  ],
  [
    'claim: free lanes that are due',
    /^select webhook_id, .* from lanes where .* owner is null .* due_at <= /,
    /lanes_due on .*\n.*due_at <= /,
  ],
  [
    'claim: when the next of its own lanes is due',
    /^select \(select due_at from lanes where .* owner = /,
    /lanes_due_owned on .*\n.*owner = /,
  ],
  ['claim: when the next free lane is due', /^select \(.* from lanes where .* owner is null/, /lanes_due on/],
  [
    'publish, refill: lanes by their webhooks',
    /^select webhook_id, .* from lanes where webhook_id in .* for no key update/,
    /lanes_pkey/,
  ],
  [
    'publish: lanes that are assigned',
    /^update lanes set owner = \?, term = term \+ 1 where webhook_id in/,
    /lanes_pkey/,
  ],
  [
    'fetch: deliveries by their events',
    /^select deliveries\.\*, .* where deliveries\.event_id in/,
    /deliveries_by_event/,
  ],
  ['fetch, claim: deliveries by their ids', /^select deliveries\.\*, .* deliveries\.id in/, /deliveries_pkey/],
  ['fetch: their lanes', /^select deliveries\.\*, .* left join lanes/, /lanes_pkey/],
  ['holdings: deliveries', /^select id from deliveries where owner = /, /deliveries_owned/],
  ['relinquish: lanes by their webhooks', /^update lanes set owner .* as ended where/, /lanes_pkey/],
  ['requeue: lanes by their webhooks', /^update lanes set backlogged .* where webhook_id in .* coalesce/, /lanes_pkey/],
  ['expire: lanes by their owners', /^select webhook_id from lanes where owner in/, /lanes_owned/],
  ['claim: the first deliveries of a lane', /^select waiting\..* order by next_attempt_at/, /deliveries_waiting/],
  ['claim: the first deliveries of a lane in order', /^select waiting\..* order by id/, /deliveries_in_order/],
  ['lanes by their webhooks', /^select state, backlogged from lanes where webhook_id in/, /lanes_pkey/],
  ['record: deliveries by their ids', /^update deliveries set state = \?, attempts .* id in /, /deliveries_pkey/],
  [
    'record: deliveries by their attempts',
    /^with logged as .* update deliveries/,
    /Scan on logged\n[\s\S]*deliveries_pkey/,
  ],
  ['record: deliveries with their outcomes', /^update deliveries set state = outcome/, /deliveries_pkey/],
  ['release: deliveries by their ids', /^update deliveries set owner .* id in .* returning/, /deliveries_pkey/],
  [
    'take over: deliveries by who holds them',
    /^select id from deliveries where owner in \(\?\) for/,
    /deliveries_owned/,
  ],
  ['log: events of a delivery', /^select deliveries\.\*.* order by deliveries\.id desc/, /deliveries_by_webhook/],
  ['sweep: the oldest events', /^select id, created_at from events/, /events_pkey/],
  ['sweep: their deliveries', /^select id, webhook_id, state from deliveries where event_id/, /deliveries_by_event/],
  ['sweep: the oldest hour', /^select hour from webhook_hours where hour < /, /webhook_hours_by_hour/],
  ['statistics: the hours of webhooks', /from webhooks left join webhook_hours/, /webhook_hours_key/],
  ['live log: the newest attempts', /^select id from attempts where webhook_id/, /attempts_by_webhook/],
  ['session: by its hash', /^select sessions\.\*, .* from sessions .* sessions\.kind != /, /sessions_pkey/],
  ['links: of an organization', /^select \* from sessions where organization_id/, /sessions_links/],
  ['links: one that is revoked', /^delete from sessions where organization_id/, /sessions_links/],
  ['sweep: sessions that have ended', /^delete from sessions where hash in \(select/, /sessions_by_end/],
  ['sweep: old attempts', /^delete from attempts where id in \(select/, /attempts_by_webhook/],
])('%s', (_, pattern, index) => {
  for (const plan of plansOf(pattern)) expect(plan).toMatch(index);
});
