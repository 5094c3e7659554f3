import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cluster, Node } from '../../harness/cluster.ts';
import { eventually } from '../../harness/eventually.ts';
import { ManualClock } from '../../harness/manual-clock.ts';
import { Gate } from '../gate.ts';
import type { Watched } from './support.ts';
import { acquainted, goingBy, mostWithin, publishMany, types, World } from './support.ts';

const world = new World(afterAll);
/** Of all nodes. */
const clock = new ManualClock();
let cluster: Cluster;
beforeAll(async () => {
  cluster = await world.cluster({ each: () => goingBy(clock) });
  await acquainted(
    cluster.nodes.map(({ server }) => server),
    clock,
    cluster.nodes.length,
  );
});

const rate_limit = { requests: 10, seconds: 60 };
const windowMs = rate_limit.seconds * 1000;
/** More than the clock creeps on while requests are on their way. */
const slackMs = 10_000;

/** A webhook with the rate limit, and when its requests came by the clock. */
async function limitedHook(type?: string): Promise<{ limited: Watched; times: number[] }> {
  const times: number[] = [];
  const limited = await world.webhook(cluster.node(0), {
    rate_limit,
    ...(type ? { events: [type] } : {}),
    answer: () => {
      times.push(clock.now());
      return {};
    },
  });
  return { limited, times };
}

/** Publishes at all nodes at the same time; answers all ids. */
async function publishEverywhere(nodes: readonly Node[], count: number, type?: string): Promise<string[]> {
  return (await Promise.all(nodes.map((node) => publishMany(node, count, type)))).flat();
}

/** Resolves when so many came. The clock creeps on meanwhile, for what is tried again in some milliseconds. */
async function arrive({ received }: Watched, count: number): Promise<void> {
  await eventually(
    async () => {
      clock.advance(1);
      return received.length;
    },
    (length) => length >= count,
  );
}

/** Lets the rest come: ten in each window. Then everything came once, and neither faster nor slower than it may. */
async function expectKept({ limited, times }: { limited: Watched; times: number[] }, ids: string[], node: Node) {
  for (let due = 10; times.length < ids.length; due += 10) {
    await arrive(limited, Math.min(due, ids.length));
    clock.advance(windowMs - slackMs);
    await arrive(limited, 0);
    clock.advance(slackMs);
  }
  await limited.settled(node);
  expect(limited.ids.toSorted()).toEqual(ids.toSorted());
  expect(mostWithin(times, windowMs - slackMs)).toBe(10);
  const windows = Math.ceil(ids.length / 10) - 1;
  expect(Math.max(...times) - Math.min(...times)).toBeLessThan(windows * (windowMs + slackMs));
}

test('10 a minute: never more from four nodes, and no fewer', async () => {
  const each = await limitedHook();
  const ids = await publishEverywhere(cluster.nodes, 7);
  await expectKept(each, ids, cluster.node(0));
});

test('it holds over a pause and a resume at different nodes', async () => {
  const each = await limitedHook(types[1]);
  const ids = await publishEverywhere(cluster.nodes, 6, types[1]);
  await arrive(each.limited, 10);
  await cluster.node(1).client.pauseWebhook(each.limited.params);
  await cluster.node(2).client.resumeWebhook(each.limited.params);
  await expectKept(each, ids, cluster.node(0));
});

test('a slow receiver sees 10 requests of a webhook at once, from four nodes together, and never more', async () => {
  const gate = new Gate();
  const answered = 20;
  let underWay = 0;
  let most = 0;
  const slow = await world.webhook(cluster.node(0), {
    events: types.slice(3, 4),
    answer: async (_, index) => {
      underWay += 1;
      most = Math.max(most, underWay);
      // Who has not answered yet gets fewer.
      if (index + 1 === answered) gate.close();
      if (index >= answered) await gate.pass();
      underWay -= 1;
      return {};
    },
  });
  const ids = await publishEverywhere(cluster.nodes, 40, types[3]);
  await arrive(slow, answered + 10);
  gate.open();
  await arrive(slow, ids.length);
  await slow.settled(cluster.node(0));
  expect(slow.ids.toSorted()).toEqual(ids.toSorted());
  expect(most).toBe(10);
});

test('it holds when the node that sends stops, and another goes on', async () => {
  const each = await limitedHook(types[2]);
  const ids = await publishEverywhere(cluster.nodes, 6, types[2]);
  await arrive(each.limited, 10);
  const first = cluster.node(each.limited.sender);
  const [other = first] = cluster.others(first);
  await cluster.leave(first);
  await expectKept(each, ids, other);
  expect(each.limited.senders).toEqual([first.number, expect.any(Number)]);
});
