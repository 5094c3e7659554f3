import { expect, test } from 'vitest';
import { hasty } from '../../harness/cluster.ts';
import { senderOf } from '../../harness/cluster-mark.ts';
import { eventually } from '../../harness/eventually.ts';
import type { Watched } from './support.ts';
import { duplicates, publishInTurn, publishMany, types, World } from './support.ts';

const world = new World();

test('SIGKILL of a node in mid-delivery: the others deliver what it held, soon after its lease', async () => {
  const cluster = await world.processes({ nodes: 3 });
  let gate = Promise.resolve();
  const answer = async () => {
    await gate;
    return {};
  };
  const webhooks = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
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

test('a node that stands still for longer than its lease sends nothing more of what others have taken over', async () => {
  const cluster = await world.processes({ nodes: 2 });
  let first = -1;
  const watched = await world.webhook(cluster.node(0), {
    answer: async (request, index) => {
      if (index === 0) first = senderOf(request);
      await new Promise((resolve) => setTimeout(resolve, senderOf(request) === first ? 30 : 5));
      return {};
    },
  });
  const ids = await publishMany(cluster.node(0), 300);
  await watched.receiver.atLeast(30);
  const frozen = cluster.node(first);
  const [other] = cluster.others(frozen);
  if (!other) throw new Error('There is no other node.');

  frozen.run.signal('SIGSTOP');
  // The other has the webhook now, and much to send to it still.
  await eventually(
    async () => watched.senders,
    (senders) => senders.length > 1,
  );
  frozen.run.signal('SIGCONT');
  ids.push(...(await publishInTurn([other, frozen], 20)));
  await watched.settled(frozen);

  expect([...new Set(watched.ids)].toSorted()).toEqual(ids.toSorted());
  const senders = watched.received.map(senderOf);
  const before = senders.indexOf(other.number);
  expect(new Set(senders.slice(before))).toEqual(new Set([other.number]));
  expect(watched.ids.slice(0, before)).toEqual(expect.arrayContaining(duplicates(watched.ids)));

  await other.run.stop('SIGTERM');
  await publishInTurn([frozen], 1);
  await watched.settled(frozen);
  expect(watched.sender).toBe(first);
});

/** Resolves when so many events have come, answered or not. */
async function arrived(webhook: Watched, count: number): Promise<void> {
  await eventually(
    async () => new Set(webhook.ids).size,
    (events) => events >= count,
  );
}
