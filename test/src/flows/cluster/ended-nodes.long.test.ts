import { afterAll, expect, test } from 'vitest';
import { senderOf } from '../../harness/cluster-mark.ts';
import { eventually } from '../../harness/eventually.ts';
import { Gate } from '../gate.ts';
import type { Watched } from './support.ts';
import { duplicates, publishInTurn, publishMany, World } from './support.ts';

/* Under production's leases, which these tests wait for together. */

const world = new World(afterAll);

test.concurrent('SIGKILL of a node in mid-delivery: the others deliver what it held, after its lease', async () => {
  const cluster = await world.processes({ nodes: 3 });
  const gate = new Gate();
  const answer = async () => {
    await gate.pass();
    return {};
  };
  const webhooks = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      world.webhook(cluster.node(index % 3), { answer, ordering: index % 2 === 0 ? 'parallel' : 'fifo' }),
    ),
  );
  const recorded = await publishMany(cluster.node(0), 20);
  await Promise.all(webhooks.map((webhook) => webhook.receiver.atLeast(20)));
  await Promise.all(webhooks.map((webhook) => webhook.settled(cluster.node(0))));
  gate.close();
  const ids = [...recorded];
  for (const node of cluster.nodes) ids.push(...(await publishMany(node, 20)));
  for (const webhook of webhooks) await arrived(webhook, 21);

  const victim = cluster.node(webhooks[0]?.sender ?? 0);
  await victim.run.stopAll('SIGKILL');
  gate.open();
  for (const webhook of webhooks) await arrived(webhook, ids.length);

  const [other = victim] = cluster.others(victim);
  for (const [index, webhook] of webhooks.entries()) {
    await webhook.settled(other);
    const once = [...new Set(webhook.ids)];
    expect(once.toSorted()).toEqual(ids.toSorted());
    if (index % 2 === 1) expect(once).toEqual(ids);
    // Twice comes only what the victim had sent and could not write down.
    const byVictim = webhook.received.filter((request) => senderOf(request) === victim.number);
    const again = duplicates(webhook.ids);
    expect(byVictim.map(({ json }) => json.id)).toEqual(expect.arrayContaining(again));
    expect(again.filter((id) => recorded.includes(id))).toEqual([]);
  }
});

test.concurrent('a node that stands still for longer than its lease sends nothing more of what others have taken over', async () => {
  const cluster = await world.processes({ nodes: 2 });
  const gate = new Gate();
  let first = -1;
  const watched = await world.webhook(cluster.node(0), {
    answer: async (request, index) => {
      if (index === 0) first = senderOf(request);
      // It does not get to the end of its work.
      if (index === 30) gate.close();
      if (senderOf(request) === first) await gate.pass();
      return {};
    },
  });
  const ids = await publishMany(cluster.node(0), 300);
  await watched.receiver.atLeast(30);
  const frozen = cluster.node(first);
  const [other = frozen] = cluster.others(frozen);

  frozen.run.signal('SIGSTOP');
  await eventually(
    async () => watched.senders,
    (senders) => senders.length > 1,
  );
  frozen.run.signal('SIGCONT');
  gate.open();
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
