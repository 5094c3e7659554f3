import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cluster, Node } from '../../harness/cluster.ts';
import type { Watched } from './support.ts';
import { almostASecond, mostWithin, publishMany, types, World } from './support.ts';

const world = new World(afterAll);
let cluster: Cluster;
beforeAll(async () => {
  cluster = await world.cluster();
});

const rate_limit = { requests: 10, seconds: 1 };

/** Publishes at all nodes at the same time; answers all ids. */
async function publishEverywhere(nodes: readonly Node[], count: number, type?: string): Promise<string[]> {
  return (await Promise.all(nodes.map((node) => publishMany(node, count, type)))).flat();
}

/** Everything came once, and never more in a second than may. */
async function expectKept(limited: Watched, ids: readonly string[], node: Node): Promise<void> {
  await limited.settled(node);
  expect(limited.ids.toSorted()).toEqual(ids.toSorted());
  const arrivals = limited.received.map(({ at }) => at);
  expect(mostWithin(arrivals, almostASecond)).toBeLessThanOrEqual(10);
}

/** Requests per second from the first to the last of them. */
function averageOf({ received }: Watched): number {
  const [first, last] = [received[0]?.at ?? 0, received.at(-1)?.at ?? 0];
  return ((received.length - 1) / (last - first)) * 1000;
}

test('10 a second: never more from four nodes, and hardly fewer', async () => {
  const limited = await world.webhook(cluster.node(0), { rate_limit });
  const ids = await publishEverywhere(cluster.nodes, 7);
  await limited.receiver.atLeast(ids.length);
  await expectKept(limited, ids, cluster.node(0));
  expect(averageOf(limited)).toBeGreaterThan(8);
});

test('it holds over a pause and a resume at different nodes', async () => {
  const limited = await world.webhook(cluster.node(0), { rate_limit, events: types.slice(1, 2) });
  const ids = await publishEverywhere(cluster.nodes, 6, types[1]);
  await limited.receiver.atLeast(15);
  await cluster.node(1).client.pauseWebhook(limited.params);
  await cluster.node(2).client.resumeWebhook(limited.params);
  await limited.receiver.atLeast(ids.length);
  await expectKept(limited, ids, cluster.node(0));
  expect(averageOf(limited)).toBeGreaterThan(6);
});

test('a slow receiver sees 10 requests of a webhook at once, from four nodes together, and never more', async () => {
  let underWay = 0;
  let most = 0;
  const slow = await world.webhook(cluster.node(0), {
    events: types.slice(3, 4),
    answer: async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, 100));
      underWay -= 1;
      return {};
    },
  });
  const ids = await publishEverywhere(cluster.nodes, 40, types[3]);
  await slow.receiver.atLeast(ids.length);
  expect(slow.ids.toSorted()).toEqual(ids.toSorted());
  expect(most).toBe(10);
});

test('it holds when the node that sends stops, and another goes on', async () => {
  const limited = await world.webhook(cluster.node(0), { rate_limit, events: types.slice(2, 3) });
  const ids = await publishEverywhere(cluster.nodes, 6, types[2]);
  await limited.receiver.atLeast(15);
  const first = cluster.node(limited.sender);
  const [other = first] = cluster.others(first);
  await cluster.leave(first);
  await limited.receiver.atLeast(ids.length);
  await expectKept(limited, ids, other);
  expect(averageOf(limited)).toBeGreaterThan(6);
  expect(limited.senders).toEqual([first.number, expect.any(Number)]);
});
