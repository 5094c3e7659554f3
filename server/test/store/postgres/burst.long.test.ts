import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import type { Webhook } from '../../../src/model.ts';
import { openPool } from '../../../src/store/postgres/pool.ts';
import { postgresStore } from '../../../src/store/postgres/store.ts';
import { freshDatabase } from '../../databases.ts';
import { now, World } from '../conformance/world.ts';
import { recordQueries } from './record-queries.ts';
import { openTables, storeSettings } from './support.ts';

/** What it costs to take deliveries when one webhook got very many deliveries, and PostgreSQL has not looked at the table since. */

const pending = 50_000;

let world: World | undefined;
afterEach(() => world?.close());

test.each([
  ['never', undefined],
  ['when it was empty', 'false'],
  ['when all of it was delivered', 'number < 0'],
  ['when some of it waited', 'number % 10 = 0'],
])('PostgreSQL looked at the table %s: a claim and a fetch read what they take', async (_, waiting) => {
  const url = await freshDatabase();
  const pool = openPool(url, storeSettings);
  const queries = recordQueries(pool);
  world = new World({ store: postgresStore(pool), tables: openTables(url) });
  await world.clear();
  await sql`alter table deliveries set (autovacuum_enabled = off)`.execute(world.tables);
  if (waiting) await lookedAt(world, waiting);
  const webhook = await world.webhook();
  await burst(world, webhook);
  queries.clear();
  const { work } = await world.claim('node');
  expect(work).toHaveLength(100);
  await world.store.fetch('node', { eventIds: work.map(({ event }) => event.id) });
  expect((await world.refill('node', [webhook])).work).toHaveLength(100);
  const reads = [...queries.values()].filter(({ sql: text }) => /^select .* "deliveries"/.test(text));
  expect(reads.length).toBeGreaterThanOrEqual(3);
  for (const { sql: text, parameters } of reads) {
    const { rows } = await pool.query(`explain (analyze, costs off, timing off, buffers off) ${text}`, [...parameters]);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    const most = Math.max(...Array.from(plan.matchAll(/rows=(\d+)/g), ([, count]) => Number(count)));
    expect({ plan, most: most <= 101 }).toEqual({ plan, most: true });
  }
});

/** Statistics of other times: of so many deliveries, of which some wait. */
async function lookedAt({ tables, home }: World, waiting: string): Promise<void> {
  if (waiting !== 'false') {
    const id = sql`md5(number::text)`;
    await sql`insert into deliveries select ${id}, ${id}, md5((number % 1000)::text), ${home}, 0,
      case when ${sql.raw(waiting)} then 'pending' else 'delivered' end, 0, 0, number, null, number, number
      from generate_series(1, 20000) as number`.execute(tables);
  }
  await sql`analyze`.execute(tables);
}

async function burst(world: World, webhook: Webhook): Promise<void> {
  const { tables, home } = world;
  await world.queue(webhook);
  const id = sql`lpad(number::text, 8, '0')`;
  const series = sql`generate_series(1, ${sql.lit(pending)}) as number`;
  await sql`insert into events select ${id}, ${home}, 'salpre', 'type', 0, number, number, '{}' from ${series}`.execute(
    tables,
  );
  await sql`insert into deliveries select ${id}, ${id}, ${webhook.id}, ${home}, 0, 'pending', 0, 0, number, null, number,
    null from ${series}`.execute(tables);
  await sql`update lanes set due_at = ${now}`.execute(tables);
}
