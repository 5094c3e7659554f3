import { expect, test } from '@jest/globals';
import { hasty } from '../../harness/cluster.ts';
import { eventually } from '../../harness/eventually.ts';
import type { Watched } from './support.ts';
import { duplicates, publishMany, World } from './support.ts';

const world = new World();

test('SIGKILL of a node in mid-delivery: the others deliver what it held, soon after its lease', async () => {
  const cluster = await world.processes({ nodes: 3 });
  let gate = Promise.resolve();
  const answer = async () => {
    await gate;
    return {};
  };
  const webhooks = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      world.webhook(cluster.node(index % 3), { answer, ordering: index % 2 === 0 ? 'parallel' : 'fifo' }),
    ),
  );
  const ids = await publishMany(cluster.node(0), 20);
  await Promise.all(webhooks.map((webhook) => webhook.receiver.atLeast(20)));
  await Promise.all(webhooks.map((webhook) => webhook.settled(cluster.node(0))));
  const closed = Promise.withResolvers<void>();
  gate = closed.promise;
  for (const node of cluster.nodes) ids.push(...(await publishMany(node, 20)));
  for (const webhook of webhooks) await arrived(webhook, 21);

  const victim = cluster.node(webhooks[0]?.sender ?? 0);
  const onTheWay = webhooks.map((webhook) => (webhook.sender === victim.number ? webhook.ids.slice(20) : []));
  const killedAt = Date.now();
  await victim.run.stopAll('SIGKILL');
  closed.resolve();
  for (const webhook of webhooks) await arrived(webhook, ids.length);

  const [other] = cluster.others(victim);
  for (const [index, webhook] of webhooks.entries()) {
    if (other) await webhook.settled(other);
    expect([...new Set(webhook.ids)].toSorted()).toEqual(ids.toSorted());
    expect(onTheWay[index]).toEqual(expect.arrayContaining(duplicates(webhook.ids)));
    if (index % 2 === 1) expect([...new Set(webhook.ids)]).toEqual(ids);
  }
  const last = Math.max(...webhooks.flatMap(({ received }) => received.map(({ at }) => at)));
  expect(last - killedAt).toBeLessThan(hasty.leaseSeconds * 1000 + 4000);
});

/** Resolves when so many events have come, answered or not. */
async function arrived(webhook: Watched, count: number): Promise<void> {
  await eventually(
    async () => new Set(webhook.ids).size,
    (events) => events >= count,
  );
}
