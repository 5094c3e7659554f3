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
/** A little less than the limit's second: what is sent evenly need not arrive so, and is timed by clocks of several nodes. */
const arrivalsMs = 800;
const startsMs = 950;

/** Publishes at all nodes at the same time; answers all ids. */
async function publishEverywhere(nodes: readonly Node[], count: number, type?: string): Promise<string[]> {
  return (await Promise.all(nodes.map((node) => publishMany(node, count, type)))).flat();
}

/** Everything came once, and never more in a second than may. */
async function expectKept(limited: Watched, ids: readonly string[], node: Node): Promise<void> {
  await limited.settled(node);
  expect(limited.ids.toSorted()).toEqual(ids.toSorted());
  const arrivals = limited.received.map(({ at }) => at);
  expect(mostWithin(arrivals, arrivalsMs)).toBeLessThanOrEqual(10);
  const { data: attempts } = await node.client.listAttempts({ ...limited.params, query: { limit: 100 } });
  const starts = attempts.map(({ started_at }) => Date.parse(started_at));
  expect(mostWithin(starts, startsMs)).toBeLessThanOrEqual(10);
}

/** Requests per second from the first to the last of them. */
function averageOf({ received }: Watched): number {
  const [first, last] = [received[0]?.at ?? 0, received.at(-1)?.at ?? 0];
  return ((received.length - 1) / (last - first)) * 1000;
}

test('10 a second: never more from four nodes, and hardly fewer', async () => {
  const limited = await world.webhook(cluster.node(0), { rate_limit });
  const ids = await publishEverywhere(cluster.nodes, 12);
  await limited.receiver.atLeast(ids.length);
  await expectKept(limited, ids, cluster.node(0));
  expect(averageOf(limited)).toBeGreaterThan(8);
});

test('it holds over a pause and a resume at different nodes', async () => {
  const limited = await world.webhook(cluster.node(0), { rate_limit, events: types.slice(1, 2) });
  const ids = await publishEverywhere(cluster.nodes, 10, types[1]);
  await limited.receiver.atLeast(15);
  await cluster.node(1).client.pauseWebhook(limited.params);
  await cluster.node(2).client.resumeWebhook(limited.params);
  await limited.receiver.atLeast(ids.length);
  await expectKept(limited, ids, cluster.node(0));
  expect(averageOf(limited)).toBeGreaterThan(6);
});

test('it holds when the node that sends stops, and another goes on', async () => {
  const limited = await world.webhook(cluster.node(0), { rate_limit, events: types.slice(2, 3) });
  const ids = await publishEverywhere(cluster.nodes, 10, types[2]);
  await limited.receiver.atLeast(15);
  const first = cluster.node(limited.sender);
  const [other = first] = cluster.others(first);
  await cluster.leave(first);
  await limited.receiver.atLeast(ids.length);
  await expectKept(limited, ids, other);
  expect(averageOf(limited)).toBeGreaterThan(6);
  expect(limited.senders).toEqual([first.number, expect.any(Number)]);
});
