import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cluster, Node } from '../../harness/cluster.ts';
import { EventStream } from '../../harness/event-stream.ts';
import { eventually } from '../../harness/eventually.ts';
import type { Watched } from './support.ts';
import { duplicates, publishInTurn, publishMany, types, World } from './support.ts';

const world = new World(afterAll);
const [type = ''] = types;
let cluster: Cluster;
beforeAll(async () => {
  cluster = await world.cluster({ nodes: 2 });
});

const streams: EventStream[] = [];
afterAll(() => Promise.all(streams.map((stream) => stream.close())));

async function watch({ url }: Node, { id }: Watched): Promise<EventStream> {
  const stream = await EventStream.open(`${url}/v1/webhooks/${id}/attempts/stream`, cluster.tenant.apiKey);
  streams.push(stream);
  return stream;
}

test('who watches at one node sees the attempts of all, each once', async () => {
  const webhook = await world.webhook(cluster.node(0), { events: [type] });
  await publishMany(cluster.node(0), 3, type);
  await webhook.receiver.atLeast(3);
  await webhook.settled(cluster.node(0));
  const watching = await Promise.all(cluster.nodes.map((node) => watch(node, webhook)));
  for (let round = 0; round < 3; round += 1) {
    await publishInTurn(cluster.nodes, 4, type);
    await Promise.all(cluster.nodes.map(({ client }) => client.testWebhook(webhook.params)));
  }
  await Promise.all(watching.map((stream) => stream.atLeast(18)));
  await webhook.settled(cluster.node(0));
  // What came once more would come before what is made now.
  for (const { client } of cluster.nodes) {
    const { id } = await client.testWebhook(webhook.params);
    for (const stream of watching) {
      await eventually(
        async () => stream.ids,
        (ids) => ids.includes(id),
      );
    }
  }
  const { data } = await cluster.node(0).client.listAttempts({ ...webhook.params, query: { limit: 20 } });
  for (const { ids } of watching) {
    expect(duplicates(ids)).toEqual([]);
    expect(ids.toSorted()).toEqual(data.map(({ id }) => id).toSorted());
  }
});

test('the counts of all nodes add up', async () => {
  const webhook = await world.webhook(cluster.node(0), { events: [type] });
  const tests = cluster.nodes.map(({ client }) => client.testWebhook(webhook.params));
  await Promise.all([...tests, publishInTurn(cluster.nodes, 10, type)]);
  await webhook.settled(cluster.node(0));
  const read = async ({ client }: Node) => (await client.getWebhookStatistics({ query: { ids: webhook.id } })).data[0];
  for (const node of cluster.nodes) {
    const statistics = await eventually(
      () => read(node),
      (found) => found?.delivered === 10,
    );
    expect(statistics).toMatchObject({ delivered: 10, failed: 0, success_rate: 1 });
  }
});
