import { expect, test } from 'vitest';
import { publishInTurn, World } from './support.ts';

const world = new World();

test('ways to the database that fail for moments: nothing is lost, nothing is sent twice', async () => {
  const cluster = await world.cluster({ nodes: 3, apart: true });
  const webhooks = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      world.webhook(cluster.node(0), { ordering: index % 2 === 0 ? 'parallel' : 'fifo' }),
    ),
  );
  const published = publishInTurn(cluster.nodes, 40);
  for (let round = 0; round < 6; round += 1) {
    const { way } = cluster.node(round % 3);
    way?.cut();
    await new Promise((resolve) => setTimeout(resolve, 200));
    way?.mend();
  }
  const ids = await published;
  for (const [index, webhook] of webhooks.entries()) {
    await webhook.receiver.atLeast(ids.length);
    await webhook.settled(cluster.node(0));
    if (index % 2 === 0) expect(webhook.ids.toSorted()).toEqual(ids.toSorted());
    else expect(webhook.ids).toEqual(ids);
  }
});
