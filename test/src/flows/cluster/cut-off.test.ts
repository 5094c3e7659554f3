import { expect, test } from '@jest/globals';
import type { Node } from '../../harness/cluster.ts';
import { hasty } from '../../harness/cluster.ts';
import { senderOf } from '../../harness/cluster-mark.ts';
import { eventually } from '../../harness/eventually.ts';
import { duplicates, mostWithin, publishInTurn, publishMany, types, World } from './support.ts';

const world = new World();

test.each(['cut', 'sever'] as const)(
  'a node whose way to the database is %s: it stops before others take over, and works again when it is mended',
  async (how) => {
    const cluster = await world.cluster({ nodes: 3, apart: true });
    // Slow for its first node, so that this one never runs out of work.
    let first = -1;
    const watched = await world.webhook(cluster.node(0), {
      answer: async (request, index) => {
        if (index === 0) first = senderOf(request);
        if (senderOf(request) === first) await new Promise((resolve) => setTimeout(resolve, 150));
        return {};
      },
    });
    const limited = await Promise.all(
      Array.from({ length: 4 }, () =>
        world.webhook(cluster.node(0), { events: types.slice(1, 2), rate_limit: { requests: 5, seconds: 1 } }),
      ),
    );
    const ids = (await Promise.all(cluster.nodes.map((node) => publishMany(node, 80)))).flat();
    const slowly = await publishMany(cluster.node(1), 15, types[1]);
    await watched.receiver.atLeast(20);

    const lonely = cluster.node(first);
    lonely.way?.[how]();
    const cutAt = Date.now();
    ids.push(...(await publishInTurn(cluster.others(lonely), 20)));
    await expect(statusOf(lonely, '/readyz', 503)).resolves.toBe(503);
    await eventually(
      async () => new Set(watched.ids).size,
      (events) => events === ids.length,
    );
    const byLonely = watched.received.filter((request) => senderOf(request) === first);
    const byOthers = watched.received.filter((request) => senderOf(request) !== first);
    const lastOfLonely = Math.max(...byLonely.map(({ at }) => at));
    expect(lastOfLonely).toBeLessThan(Math.min(...byOthers.map(({ at }) => at)));
    expect(lastOfLonely - cutAt).toBeLessThan(hasty.leaseSeconds * 1000);
    // Only what it could not write down came again.
    expect(byLonely.map(({ json }) => json.id)).toEqual(expect.arrayContaining(duplicates(watched.ids)));

    lonely.way?.mend();
    await expect(statusOf(lonely, '/readyz', 200)).resolves.toBe(200);
    for (const webhook of limited) {
      await webhook.settled(lonely);
      expect([...new Set(webhook.ids)].toSorted()).toEqual(slowly.toSorted());
      const times = webhook.received.map(({ at }) => at);
      expect(mostWithin(times, 950)).toBeLessThanOrEqual(5);
    }
    for (const node of cluster.others(lonely)) await cluster.leave(node);
    const [afterwards] = await publishInTurn([lonely], 1);
    await watched.settled(lonely);
    expect(watched.ids.at(-1)).toBe(afterwards);
    expect(watched.sender).toBe(first);
    expect([...new Set(watched.ids)].toSorted()).toEqual([...ids, afterwards].toSorted());
  },
);

/** The status of an address, once it is this one. */
function statusOf({ url }: Node, path: string, wanted: number): Promise<number> {
  return eventually(
    async () => (await fetch(`${url}${path}`)).status,
    (status) => status === wanted,
  );
}
