import { expect, test } from '@jest/globals';
import { publishMany, World } from './support.ts';

const world = new World();

test('a slow receiver sees 10 requests of a webhook at once, from four nodes together, and never more', async () => {
  const cluster = await world.cluster();
  let underWay = 0;
  let most = 0;
  const slow = await world.webhook(cluster.node(0), {
    answer: async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, 100));
      underWay -= 1;
      return {};
    },
  });
  const ids = (await Promise.all(cluster.nodes.map((node) => publishMany(node, 50)))).flat();
  await slow.receiver.atLeast(ids.length);
  expect(slow.ids.toSorted()).toEqual(ids.toSorted());
  expect(most).toBe(10);
});
