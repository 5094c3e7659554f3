import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cluster } from '../../harness/cluster.ts';
import { Gate } from '../gate.ts';
import type { Watched } from './support.ts';
import { heldBack, knowing, publishInTurn, publishMany, types, World } from './support.ts';

const world = new World(afterAll);
/** What a node looks into for what others gave to it without its hearing of it. */
const looks = new Gate();
let cluster: Cluster;
beforeAll(async () => {
  cluster = await world.cluster({ each: () => heldBack(looks) });
});

/** What a webhook got of one publisher's events, in the order of their coming. */
function only(webhook: Watched, ids: readonly string[]): string[] {
  const own = new Set(ids);
  return webhook.ids.filter((id) => own.has(id));
}

test('four nodes: every event arrives once at every webhook that wants it, in order where that is asked for', async () => {
  const [received = '', sent = '', other = ''] = types;
  const wanted = [[received], [received, sent], [sent], [received, sent], [received], [sent, other]];
  const webhooks = await Promise.all(
    wanted.map(async (events, index) => {
      const ordering = index % 2 === 0 ? 'parallel' : 'fifo';
      return { events, ordering, watched: await world.webhook(cluster.node(index % 4), { events, ordering }) };
    }),
  );
  const publishers = await Promise.all(
    Array.from({ length: 8 }, async (_, number) => {
      // Each begins at another node, so that all are asked at once.
      const places = cluster.nodes.map((_, index) => cluster.node((number + index) % 4));
      const type = number % 2 === 0 ? received : sent;
      return { type, ids: await publishInTurn(places, 15, type) };
    }),
  );
  for (const { watched, events, ordering } of webhooks) {
    const own = publishers.filter(({ type }) => events.includes(type)).map(({ ids }) => ids);
    await watched.receiver.atLeast(own.flat().length);
    await watched.settled(cluster.node(0));
    expect(watched.ids.toSorted()).toEqual(own.flat().toSorted());
    if (ordering === 'fifo') expect(own.map((ids) => only(watched, ids))).toEqual(own);
  }
});

test('what finds no room in memory is delivered from the store, once and in order, by whoever owns the webhook', async () => {
  const events = types.slice(3, 4);
  const fifo = await world.webhook(cluster.node(0), { events, ordering: 'fifo' });
  const parallel = await world.webhook(cluster.node(1), { events });
  const ids: string[] = [];
  for (let batch = 0; batch < 4; batch += 1) ids.push(...(await publishMany(cluster.node(batch), 100, events[0])));
  for (const watched of [fifo, parallel]) {
    await watched.receiver.atLeast(ids.length);
    await watched.settled(cluster.node(0));
  }
  expect(fifo.ids).toEqual(ids);
  expect(parallel.ids.toSorted()).toEqual(ids.toSorted());
});

test('many webhooks: all nodes take part in sending', async () => {
  const type = types[4] ?? '';
  await knowing(
    cluster.nodes.map(({ server }) => server),
    4,
  );
  const webhooks = await Promise.all(
    Array.from({ length: 60 }, (_, index) => world.webhook(cluster.node(index % 4), { events: [type] })),
  );
  const ids = await publishInTurn(cluster.nodes, 12, type);
  await Promise.all(webhooks.map(({ receiver }) => receiver.atLeast(ids.length)));
  await Promise.all(webhooks.map((webhook) => webhook.settled(cluster.node(0))));
  for (const webhook of webhooks) expect(webhook.ids.toSorted()).toEqual(ids.toSorted());
  expect(new Set(webhooks.flatMap(({ senders }) => senders))).toEqual(new Set([0, 1, 2, 3]));
});

test('the first events of a webhook, published at all nodes in the same moment, go out at once', async () => {
  const events = types.slice(2, 3);
  // By what the nodes tell each other alone.
  looks.close();
  try {
    for (let round = 0; round < 5; round += 1) {
      const webhooks = await Promise.all(
        Array.from({ length: 4 }, () => world.webhook(cluster.node(round % 4), { events })),
      );
      const ids = (await Promise.all(cluster.nodes.map((node) => publishMany(node, 5, events[0])))).flat();
      for (const webhook of webhooks) {
        await webhook.receiver.atLeast(ids.length);
        expect(webhook.ids.toSorted()).toEqual(ids.toSorted());
        await cluster.node(0).client.deleteWebhook(webhook.params);
      }
    }
  } finally {
    looks.open();
  }
});
