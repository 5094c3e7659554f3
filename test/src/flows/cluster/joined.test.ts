import { createClient } from '@bellhop/shared';
import { expect, test } from 'vitest';
import { TestBellhop } from '../../harness/bellhop.ts';
import { hasty } from '../../harness/cluster.ts';
import { providersOf } from '../../harness/cluster-mark.ts';
import { publishInTurn, types, World } from './support.ts';

const world = new World();

test('a node that joins gets its share of the webhooks, and nothing is lost or sent twice on the way', async () => {
  const cluster = await world.cluster({ nodes: 1 });
  const first = cluster.node(0);
  const webhooks = await Promise.all(Array.from({ length: 16 }, () => world.webhook(first)));
  const ids = await publishInTurn([first], 3);
  await Promise.all(webhooks.map(({ receiver }) => receiver.atLeast(ids.length)));

  const server = await TestBellhop.start({
    providers: providersOf(1),
    databaseUrl: cluster.databaseUrl,
    config: { database: hasty },
  });
  try {
    const client = createClient({ baseUrl: server.url, apiKey: cluster.tenant.apiKey });
    const places = [first, { number: 1, url: server.url, client }];
    // Lanes stay where they are for some seconds, so that they do not go to and fro.
    const senders = () => new Set(webhooks.map(({ sender }) => sender));
    while (senders().size < 2) {
      ids.push(...(await publishInTurn(places, 2, types[0])));
      await Promise.all(webhooks.map(({ receiver }) => receiver.atLeast(ids.length)));
    }
    ids.push(...(await publishInTurn(places, 20, types[0])));
    await Promise.all(webhooks.map(({ receiver }) => receiver.atLeast(ids.length)));
    const ofSecond = webhooks.filter(({ sender }) => sender === 1);
    expect(ofSecond.length).toBeGreaterThan(2);
    expect(ofSecond.length).toBeLessThan(14);
    for (const webhook of webhooks) expect(webhook.ids.toSorted()).toEqual(ids.toSorted());
  } finally {
    await server.stop();
  }
}, 60_000);
