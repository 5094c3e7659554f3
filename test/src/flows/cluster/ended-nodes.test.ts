import { expect, test } from 'vitest';
import { publishMany, types, World } from './support.ts';

const world = new World();

const slow = async () => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  return {};
};

test('SIGTERM of a node in mid-delivery: the others go on at once, nothing is lost and nothing sent twice', async () => {
  // Longer than the test may take.
  const cluster = await world.processes({ nodes: 2, config: { database: { leaseSeconds: 60 } } });
  const [parallel, fifo] = await Promise.all([
    world.webhook(cluster.node(0), { answer: slow, events: types.slice(0, 2) }),
    world.webhook(cluster.node(0), { answer: slow, events: types.slice(1, 2), ordering: 'fifo' }),
  ]);
  const others = await Promise.all(
    Array.from({ length: 3 }, () => world.webhook(cluster.node(0), { answer: slow, events: types.slice(0, 1) })),
  );
  const ids = await publishMany(cluster.node(0), 150, types[0]);
  const inOrder: string[] = [];
  for (const node of cluster.nodes) inOrder.push(...(await publishMany(node, 40, types[1])));
  await fifo.receiver.atLeast(20);

  const leaving = cluster.node(fifo.sender);
  const { code } = await leaving.run.stop('SIGTERM');
  expect(code).toBe(0);
  await Promise.all([
    parallel.receiver.atLeast(ids.length + inOrder.length),
    fifo.receiver.atLeast(inOrder.length),
    ...others.map(({ receiver }) => receiver.atLeast(ids.length)),
  ]);
  const [staying] = cluster.others(leaving);
  for (const webhook of [parallel, fifo, ...others]) if (staying) await webhook.settled(staying);
  expect(fifo.ids).toEqual(inOrder);
  expect(fifo.senders).toEqual([leaving.number, staying?.number]);
  expect(parallel.ids.toSorted()).toEqual([...ids, ...inOrder].toSorted());
  for (const webhook of others) expect(webhook.ids.toSorted()).toEqual(ids.toSorted());
});
