import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cluster } from '../../harness/cluster.ts';
import { eventually } from '../../harness/eventually.ts';
import { Receiver } from '../../harness/receiver.ts';
import { Gate } from '../gate.ts';
import type { Watched } from './support.ts';
import { publishInTurn, publishMany, types, World } from './support.ts';

const world = new World(afterAll);
const [heralded = '', ...others] = types;
let cluster: Cluster;
let herald: Watched;
beforeAll(async () => {
  // The first alone sends, so that what another one says reaches the one that it concerns.
  cluster = await world.cluster({
    nodes: 3,
    each: (number) => ({ roles: number === 0 ? ['api', 'deliver'] : ['api'] }),
  });
  herald = await world.webhook(cluster.node(0), { events: [heralded] });
});

/** Resolves when the node that sends has heard what the other one said before: news arrives in its order. */
async function heard(): Promise<void> {
  const [id] = await publishInTurn([cluster.node(1)], 1, heralded);
  await eventually(
    async () => herald.ids,
    (ids) => id !== undefined && ids.includes(id),
  );
}

/** Requests that are answered before the gate closes, and those that are on the wire then. */
const answered = 20;
const onTheWire = 10;

/** A webhook with requests on the wire that wait for a gate, and much more to send. */
async function busy(type: string): Promise<{ watched: Watched; gate: Gate; ids: string[] }> {
  const gate = new Gate();
  const answer = async (_: unknown, index: number) => {
    if (index + 1 === answered) gate.close();
    if (index >= answered) await gate.pass();
    return {};
  };
  const watched = await world.webhook(cluster.node(0), { answer, events: [type] });
  const ids = (await Promise.all(cluster.nodes.map((node) => publishMany(node, 60, type)))).flat();
  await eventually(
    async () => watched.received.length,
    (count) => count === answered + onTheWire,
  );
  return { watched, gate, ids };
}

test('a pause at one node stops what another one sends, and a resume lets it go on', async () => {
  const { watched, gate, ids } = await busy(others[0] ?? '');
  const { client } = cluster.node(1);
  await client.pauseWebhook(watched.params);
  await heard();
  gate.open();
  await eventually(
    () => client.getBacklog(watched.params),
    ({ deliveries }) => deliveries === ids.length - answered - onTheWire,
  );
  await heard();
  expect(watched.received).toHaveLength(answered + onTheWire);
  await client.resumeWebhook(watched.params);
  await watched.receiver.atLeast(ids.length);
  await watched.settled(cluster.node(2));
  expect(watched.ids.toSorted()).toEqual(ids.toSorted());
});

test('a delete at one node stops what another one sends', async () => {
  const { watched, gate } = await busy(others[1] ?? '');
  await cluster.node(1).client.deleteWebhook(watched.params);
  await heard();
  gate.open();
  for (let round = 0; round < 5; round += 1) await heard();
  expect(watched.received).toHaveLength(answered + onTheWire);
});

test('an edit at one node holds for what another one sends: it goes to the new URL', async () => {
  const { watched, gate, ids } = await busy(others[2] ?? '');
  const moved = await Receiver.start();
  try {
    await cluster.node(1).client.updateWebhook({ ...watched.params, body: { url: moved.url('/new') } });
    await heard();
    gate.open();
    await moved.atLeast(ids.length - answered - onTheWire);
    await watched.settled(cluster.node(2));
    expect([...watched.ids, ...moved.received.map(({ json }) => String(json.id))].toSorted()).toEqual(ids.toSorted());
    expect(watched.received).toHaveLength(answered + onTheWire);
  } finally {
    await moved.stop();
  }
});

test('a filter or an event type that one node was told holds for what another one takes, from then on', async () => {
  const type = others[3] ?? '';
  const watched = await world.webhook(cluster.node(0), { events: [type] });
  await cluster.node(1).client.updateWebhook({ ...watched.params, body: { events: [heralded] } });
  await publishInTurn(cluster.nodes, 3, type);
  const ids = await publishInTurn(cluster.nodes, 3, heralded);
  await watched.receiver.atLeast(3);
  await watched.settled(cluster.node(0));
  expect(watched.ids.toSorted()).toEqual(ids.toSorted());
});
