import { expect, test } from '@jest/globals';
import { freshDatabase } from '../../harness/postgres/database.ts';
import { query } from '../../harness/postgres/query.ts';
import { publishInTurn, World } from './support.ts';

const world = new World();

test('nodes that start at the same moment on an empty database all come up, and its tables are made once', async () => {
  const databaseUrl = await freshDatabase();
  const cluster = await world.cluster({ nodes: 6, databaseUrl });
  for (const { url } of cluster.nodes) expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const steps = await query<{ name: string }>(databaseUrl, 'select name from kysely_migration order by name');
  expect(steps.map(({ name }) => name)).toContain('0004-cluster');
  expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length);
  expect(await query(databaseUrl, 'select id from nodes')).toHaveLength(6);

  const webhook = await world.webhook(cluster.node(5));
  const ids = await publishInTurn(cluster.nodes, 12);
  await webhook.receiver.atLeast(ids.length);
  await webhook.settled(cluster.node(0));
  expect(webhook.ids.toSorted()).toEqual(ids.toSorted());
});

test('processes that start at the same moment do so, too', async () => {
  const cluster = await world.processes({ nodes: 3 });
  const webhook = await world.webhook(cluster.node(0));
  const ids = await publishInTurn(cluster.nodes, 6);
  await webhook.receiver.atLeast(ids.length);
  expect(webhook.ids.toSorted()).toEqual(ids.toSorted());
});
