import { SteadyClock } from '@bellhop/server';
import { expect, test } from '@jest/globals';
import { publishInTurn, World } from './support.ts';

const world = new World();

test('nodes whose clocks are minutes apart deliver at once, in order, and take nothing from each other', async () => {
  const minutes = [0, 3, -3];
  const cluster = await world.cluster({
    nodes: 3,
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
  const startedAt = Date.now();
  const ids = await publishInTurn(cluster.nodes, 30);
  for (const [index, webhook] of webhooks.entries()) {
    await webhook.receiver.atLeast(ids.length);
    await webhook.settled(cluster.node(index % 3));
    if (index % 2 === 1) expect(webhook.ids).toEqual(ids);
    else expect(webhook.ids.toSorted()).toEqual(ids.toSorted());
  }
  expect(Date.now() - startedAt).toBeLessThan(10_000);
});
