import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cluster, Node } from '../../harness/cluster.ts';
import { eventually } from '../../harness/eventually.ts';
import { Receiver } from '../../harness/receiver.ts';
import type { Watched } from './support.ts';
import { publishInTurn, publishMany, types, World } from './support.ts';

const world = new World(afterAll);
let cluster: Cluster;
beforeAll(async () => {
  cluster = await world.cluster({ nodes: 3 });
});

/** How soon the other nodes know. */
const soonMs = 1000;
const slow = async () => {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return {};
};

/** A webhook with much on its way, and another one like it to compare with; a node that does not send to it. */
async function busy(type: string): Promise<{ watched: Watched; control: Watched; elsewhere: Node; ids: string[] }> {
  const watched = await world.webhook(cluster.node(0), { answer: slow, events: [type] });
  const control = await world.webhook(cluster.node(0), { answer: slow, events: [type] });
  const ids = (await Promise.all(cluster.nodes.map((node) => publishMany(node, 60, type)))).flat();
  await watched.receiver.atLeast(30);
  const [elsewhere] = cluster.others(cluster.node(watched.sender));
  if (!elsewhere) throw new Error('There is no other node.');
  return { watched, control, elsewhere, ids };
}

function sentAfter({ received }: Watched, time: number): number {
  return received.filter(({ at }) => at > time).length;
}

test('a pause at one node stops what another one sends, and a resume lets it go on', async () => {
  const { watched, control, elsewhere, ids } = await busy(types[0] ?? '');
  await elsewhere.client.pauseWebhook(watched.params);
  const soon = Date.now() + soonMs;
  await control.receiver.atLeast(ids.length);
  expect(sentAfter(control, soon)).toBeGreaterThan(20);
  expect(sentAfter(watched, soon)).toBe(0);
  await elsewhere.client.resumeWebhook(watched.params);
  await watched.receiver.atLeast(ids.length);
  expect(watched.ids.toSorted()).toEqual(ids.toSorted());
});

test('a delete at one node stops what another one sends', async () => {
  const { watched, control, elsewhere, ids } = await busy(types[1] ?? '');
  await elsewhere.client.deleteWebhook(watched.params);
  const soon = Date.now() + soonMs;
  await control.receiver.atLeast(ids.length);
  expect(sentAfter(control, soon)).toBeGreaterThan(20);
  expect(sentAfter(watched, soon)).toBe(0);
});

test('an edit at one node holds for what another one sends: it goes to the new URL', async () => {
  const { watched, elsewhere, ids } = await busy(types[2] ?? '');
  const moved = await Receiver.start();
  try {
    await elsewhere.client.updateWebhook({ ...watched.params, body: { url: moved.url('/new') } });
    const soon = Date.now() + soonMs;
    await eventually(
      async () => watched.received.length + moved.received.length,
      (count) => count >= ids.length,
    );
    const all = [...watched.ids, ...moved.received.map(({ json }) => String(json.id))];
    expect(all.toSorted()).toEqual(ids.toSorted());
    expect(sentAfter(watched, soon)).toBe(0);
  } finally {
    await moved.stop();
  }
});

test('a filter or an event type that one node was told holds for what another one takes, from then on', async () => {
  const [type = '', other = ''] = types.slice(3);
  const watched = await world.webhook(cluster.node(0), { events: [type] });
  await cluster.node(1).client.updateWebhook({ ...watched.params, body: { events: [other] } });
  await publishInTurn(cluster.nodes, 3, type);
  const ids = await publishInTurn(cluster.nodes, 3, other);
  await watched.receiver.atLeast(3);
  expect(watched.ids.toSorted()).toEqual(ids.toSorted());
});
