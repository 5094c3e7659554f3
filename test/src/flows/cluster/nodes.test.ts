import { SteadyClock } from '@bellhop/server';
import { expect, test } from 'vitest';
import { TestBellhop } from '../../harness/bellhop.ts';
import { providersOf } from '../../harness/cluster-mark.ts';
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

test('an API node takes events and sends none, a delivering node sends and takes none', async () => {
  const cluster = await world.cluster({
    nodes: 4,
    each: (number) => ({ roles: [number % 2 === 0 ? 'api' : 'deliver'] }),
  });
  const [api, deliver] = [cluster.node(0), cluster.node(1)];
  const webhooks = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      world.webhook(api, { ordering: index % 2 === 0 ? 'parallel' : 'fifo', events: ['message.sent'] }),
    ),
  );
  const ids = await publishInTurn([api, cluster.node(2)], 20, 'message.sent');
  for (const webhook of webhooks) {
    await webhook.receiver.atLeast(ids.length);
    await webhook.settled(api);
    expect(webhook.ids.toSorted()).toEqual(ids.toSorted());
    for (const sender of webhook.senders) expect([1, 3]).toContain(sender);
  }
  for (const path of ['/healthz', '/readyz']) {
    expect((await fetch(`${deliver.url}${path}`)).status).toBe(200);
    expect((await fetch(`${api.url}${path}`)).status).toBe(200);
  }
  const headers = { authorization: `Bearer ${cluster.tenant.apiKey}` };
  expect((await fetch(`${deliver.url}/v1/webhooks`, { headers })).status).toBe(404);
  expect((await fetch(`${api.url}/v1/webhooks`, { headers })).status).toBe(200);
});

test('an API node alone stores what it takes; a delivering node that comes later sends it', async () => {
  const databaseUrl = await freshDatabase();
  const cluster = await world.cluster({ nodes: 1, databaseUrl, each: () => ({ roles: ['api'] }) });
  const api = cluster.node(0);
  const webhook = await world.webhook(api, { ordering: 'fifo' });
  const ids = await publishInTurn([api], 10);
  expect(webhook.received).toHaveLength(0);
  const deliver = await TestBellhop.start({
    databaseUrl,
    providers: providersOf(1),
    roles: ['deliver'],
  });
  try {
    await webhook.receiver.atLeast(ids.length);
    await webhook.settled(api);
    expect(webhook.ids).toEqual(ids);
    expect(webhook.senders).toEqual([1]);
  } finally {
    await deliver.stop();
  }
});

test('a webhook can be tested at an API node, too', async () => {
  const cluster = await world.cluster({ nodes: 2, each: (number) => ({ roles: [number === 0 ? 'api' : 'deliver'] }) });
  const webhook = await world.webhook(cluster.node(0));
  const attempt = await cluster.node(0).client.testWebhook(webhook.params);
  expect(attempt).toMatchObject({ test: true, status_code: 200 });
  expect(webhook.received).toHaveLength(1);
});

test('nodes whose clocks are minutes apart deliver at once, in order, and take nothing from each other', async () => {
  const minutes = [0, 3, -3];
  const cluster = await world.cluster({
    nodes: 3,
    // Much shorter than their clocks are apart.
    config: { database: { leaseSeconds: 15 } },
    each: (number) => {
      const wall = () => Date.now() + (minutes[number] ?? 0) * 60_000;
      return { clock: new SteadyClock({ wall, elapsed: () => performance.now() }) };
    },
  });
  const webhooks = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      world.webhook(cluster.node(0), { ordering: index % 2 === 0 ? 'parallel' : 'fifo' }),
    ),
  );
  const ids = await publishInTurn(cluster.nodes, 30);
  for (const [index, webhook] of webhooks.entries()) {
    await webhook.receiver.atLeast(ids.length);
    await webhook.settled(cluster.node(index % 3));
    if (index % 2 === 1) expect(webhook.ids).toEqual(ids);
    else expect(webhook.ids.toSorted()).toEqual(ids.toSorted());
  }
});
