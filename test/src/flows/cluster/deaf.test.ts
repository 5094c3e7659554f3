import { expect, test } from 'vitest';
import type { Cluster } from '../../harness/cluster.ts';
import { eventually } from '../../harness/eventually.ts';
import { ManualClock } from '../../harness/manual-clock.ts';
import { freshDatabase } from '../../harness/postgres/database.ts';
import { query } from '../../harness/postgres/query.ts';
import { Gate } from '../gate.ts';
import type { Watched } from './support.ts';
import { acquainted, goingBy, heldBack, publishInTurn, World } from './support.ts';

const world = new World();

/** From one look into the store to the next. */
const pollingMs = 5000;

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
  const clock = new ManualClock();
  const cluster = await world.cluster({ nodes: 3, databaseUrl, each: () => goingBy(clock) });
  await acquainted(
    cluster.nodes.map(({ server }) => server),
    clock,
    cluster.nodes.length,
  );
  const webhooks = await webhooksOf(cluster);
  const ids = await publishInTurn(cluster.nodes, 12);
  clock.advance(pollingMs);
  await eventually(
    async () => {
      // For what is tried again in some milliseconds.
      clock.advance(1);
      return webhooks.map(({ received }) => received.length);
    },
    (counts) => counts.every((count) => count >= ids.length),
  );
  await expectDelivered(webhooks, ids, cluster);
});

test('nodes whose listening connections are ended again and again lose nothing, and listen again', async () => {
  const looks = new Gate();
  const cluster = await world.cluster({ nodes: 3, each: () => heldBack(looks) });
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
  // By what the nodes tell each other alone.
  looks.close();
  try {
    ids.push(...(await publishInTurn(cluster.nodes, 6)));
    await expectDelivered(webhooks, ids, cluster);
  } finally {
    looks.open();
  }
});

const listening = "datname = current_database() and application_name = 'bellhop signals'";

/** How many have begun to listen, and are not just being made. */
async function listeners(databaseUrl: string): Promise<number> {
  const begun = "state = 'idle' and query <> ''";
  return (await query(databaseUrl, `select pid from pg_stat_activity where ${listening} and ${begun}`)).length;
}

async function endListeners(databaseUrl: string): Promise<void> {
  await query(databaseUrl, `select pg_terminate_backend(pid) from pg_stat_activity where ${listening}`);
}
