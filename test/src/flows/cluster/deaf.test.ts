import { expect, test } from 'vitest';
import type { Cluster } from '../../harness/cluster.ts';
import { eventually } from '../../harness/eventually.ts';
import { freshDatabase } from '../../harness/postgres/database.ts';
import { query } from '../../harness/postgres/query.ts';
import type { Watched } from './support.ts';
import { publishInTurn, World } from './support.ts';

const world = new World();

/** The longest time between two looks into the store, and some more for what comes of them. */
const pollingMs = 5000 + 1500;

/** Webhooks of both orderings, so many that their owners are different nodes. */
function webhooksOf(cluster: Cluster): Promise<Watched[]> {
  return Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      world.webhook(cluster.node(0), { ordering: index % 2 === 0 ? 'parallel' : 'fifo' }),
    ),
  );
}

async function expectDelivered(webhooks: readonly Watched[], ids: readonly string[], cluster: Cluster): Promise<void> {
  for (const [index, webhook] of webhooks.entries()) {
    await webhook.receiver.atLeast(ids.length);
    await webhook.settled(cluster.node(0));
    if (index % 2 === 0) expect(webhook.ids.toSorted()).toEqual(ids.toSorted());
    else expect(webhook.ids).toEqual(ids);
  }
}

test('where no notification ever arrives, events go out all the same, within the polling time', async () => {
  const databaseUrl = await freshDatabase();
  const name = new URL(databaseUrl).pathname.slice(1);
  // What the nodes call instead of PostgreSQL's own says nothing to anybody.
  await query(databaseUrl, "create function pg_notify(text, text) returns void language sql as ''");
  await query(databaseUrl, `alter database ${name} set search_path = public, pg_catalog`);
  const cluster = await world.cluster({ nodes: 3, databaseUrl });
  const webhooks = await webhooksOf(cluster);
  const publishedAt = Date.now();
  const ids = await publishInTurn(cluster.nodes, 12);
  await expectDelivered(webhooks, ids, cluster);
  const last = Math.max(...webhooks.flatMap(({ received }) => received.map(({ at }) => at)));
  expect(last - publishedAt).toBeLessThan(pollingMs);
});

test('nodes whose listening connections are ended again and again lose nothing, and listen again', async () => {
  const cluster = await world.cluster({ nodes: 3 });
  const webhooks = await webhooksOf(cluster);
  const ids: string[] = [];
  for (let round = 0; round < 6; round += 1) {
    await endListeners(cluster.databaseUrl);
    ids.push(...(await publishInTurn(cluster.nodes, 6)));
  }
  await expectDelivered(webhooks, ids, cluster);

  await eventually(
    () => listeners(cluster.databaseUrl),
    (count) => count === 3,
  );
  const publishedAt = Date.now();
  ids.push(...(await publishInTurn(cluster.nodes, 6)));
  await expectDelivered(webhooks, ids, cluster);
  // By notification again, not by polling.
  expect(Date.now() - publishedAt).toBeLessThan(2000);
});

const listening = "datname = current_database() and application_name = 'bellhop signals'";

async function listeners(databaseUrl: string): Promise<number> {
  return (await query(databaseUrl, `select pid from pg_stat_activity where ${listening}`)).length;
}

async function endListeners(databaseUrl: string): Promise<void> {
  await query(databaseUrl, `select pg_terminate_backend(pid) from pg_stat_activity where ${listening}`);
}
