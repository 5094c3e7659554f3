import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Cluster, Node } from '../../harness/cluster.ts';
import type { Watched } from './support.ts';
import { mostWithin, publishMany, types, World } from './support.ts';

const world = new World(afterAll);
let cluster: Cluster;
beforeAll(async () => {
  cluster = await world.cluster();
});

const rate_limit = { requests: 10, seconds: 1 };
/** A little less than the limit's second: what is sent evenly need not arrive so. */
const windowMs = 950;

/** Publishes at all nodes at the same time; answers all ids. */
async function publishEverywhere(nodes: readonly Node[], count: number, type?: string): Promise<string[]> {
  return (await Promise.all(nodes.map((node) => publishMany(node, count, type)))).flat();
}

function timesOf({ received }: Watched): number[] {
  return received.map(({ at }) => at);
}

/** Requests per second from the first to the last of them. */
function averageOf(times: readonly number[]): number {
  return ((times.length - 1) / (Math.max(...times) - Math.min(...times))) * 1000;
}

test('10 a second: never more from four nodes, and hardly fewer', async () => {
  const limited = await world.webhook(cluster.node(0), { rate_limit });
  const ids = await publishEverywhere(cluster.nodes, 12);
  await limited.receiver.atLeast(ids.length);
  expect(limited.ids.toSorted()).toEqual(ids.toSorted());
  expect(mostWithin(timesOf(limited), windowMs)).toBeLessThanOrEqual(10);
  expect(averageOf(timesOf(limited))).toBeGreaterThan(8);
});

test('it holds over a pause and a resume at different nodes', async () => {
  const limited = await world.webhook(cluster.node(0), { rate_limit, events: types.slice(1, 2) });
  const ids = await publishEverywhere(cluster.nodes, 10, types[1]);
  await limited.receiver.atLeast(15);
  await cluster.node(1).client.pauseWebhook(limited.params);
  await cluster.node(2).client.resumeWebhook(limited.params);
  await limited.receiver.atLeast(ids.length);
  expect(limited.ids.toSorted()).toEqual(ids.toSorted());
  expect(mostWithin(timesOf(limited), windowMs)).toBeLessThanOrEqual(10);
  expect(averageOf(timesOf(limited))).toBeGreaterThan(6);
});

test('it holds when the node that sends stops, and another goes on', async () => {
  const limited = await world.webhook(cluster.node(0), { rate_limit, events: types.slice(2, 3) });
  const ids = await publishEverywhere(cluster.nodes, 10, types[2]);
  await limited.receiver.atLeast(15);
  const first = cluster.node(limited.sender);
  await cluster.leave(first);
  await limited.receiver.atLeast(ids.length);
  expect(limited.ids.toSorted()).toEqual(ids.toSorted());
  expect(mostWithin(timesOf(limited), windowMs)).toBeLessThanOrEqual(10);
  expect(averageOf(timesOf(limited))).toBeGreaterThan(6);
  expect(limited.senders).toEqual([first.number, expect.any(Number)]);
});
