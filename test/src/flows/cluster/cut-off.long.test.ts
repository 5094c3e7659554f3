import { ApiError } from '@bellhop/shared';
import { afterAll, expect, test } from 'vitest';
import type { Node } from '../../harness/cluster.ts';
import { senderOf } from '../../harness/cluster-mark.ts';
import { eventually } from '../../harness/eventually.ts';
import { duplicates, event, mostWithin, publishInTurn, publishMany, types, World } from './support.ts';

/* Under production's leases and deadlines, which these tests wait for together. */

const world = new World(afterAll);

const rate_limit = { requests: 5, seconds: 10 };
const windowMs = rate_limit.seconds * 1000;
/** Of a window: what is sent evenly does not arrive so on a busy machine. */
const slackMs = 4000;

test.concurrent.each(['cut', 'sever'] as const)(
  'a node whose way to the database is gone (%s) stops before others take over, and works again afterwards',
  async (how) => {
    const cluster = await world.cluster({ nodes: 3, apart: true });
    // Slow for its first node, so that this one never runs out of work.
    let first = -1;
    const watched = await world.webhook(cluster.node(0), {
      answer: async (request, index) => {
        if (index === 0) first = senderOf(request);
        if (senderOf(request) === first) await new Promise((resolve) => setTimeout(resolve, 1000));
        return {};
      },
    });
    const limited = await Promise.all(
      Array.from({ length: 4 }, () => world.webhook(cluster.node(0), { events: types.slice(1, 2), rate_limit })),
    );
    const ids = (await Promise.all(cluster.nodes.map((node) => publishMany(node, 80)))).flat();
    const slowly = await publishMany(cluster.node(1), 15, types[1]);
    await watched.receiver.atLeast(20);

    const lonely = cluster.node(first);
    lonely.way?.[how]();
    ids.push(...(await publishInTurn(cluster.others(lonely), 20)));
    await notReady(lonely, cluster.tenant.apiKey);
    await eventually(
      async () => new Set(watched.ids).size,
      (events) => events === ids.length,
    );
    // It sent nothing once others did, and only what it could not write down came again.
    const takenOver = watched.received.findIndex((request) => senderOf(request) !== first);
    expect(watched.received.slice(takenOver).map(senderOf)).not.toContain(first);
    expect(watched.ids.slice(0, takenOver)).toEqual(expect.arrayContaining(duplicates(watched.ids)));

    lonely.way?.mend();
    await statusOf(lonely, '/readyz', 200);
    for (const webhook of limited) {
      await webhook.settled(lonely);
      expect([...new Set(webhook.ids)].toSorted()).toEqual(slowly.toSorted());
      const times = webhook.received.map(({ at }) => at);
      expect(mostWithin(times, windowMs - slackMs)).toBeLessThanOrEqual(rate_limit.requests);
    }
    await watched.settled(lonely);
    for (const node of cluster.others(lonely)) await cluster.leave(node);
    const [afterwards] = await publishInTurn([lonely], 1);
    await watched.settled(lonely);
    expect(watched.ids.at(-1)).toBe(afterwards);
    expect(watched.sender).toBe(first);
    expect([...new Set(watched.ids)].toSorted()).toEqual([...ids, afterwards].toSorted());
  },
);

test.concurrent('connections that a firewall forgets are noticed and replaced; what was under way is done once', async () => {
  const cluster = await world.cluster({ nodes: 2, apart: true });
  const webhooks = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      world.webhook(cluster.node(0), { ordering: index % 2 === 0 ? 'parallel' : 'fifo' }),
    ),
  );
  const ids = await publishMany(cluster.node(0), 100);
  await webhooks[0]?.receiver.atLeast(20);
  for (const { way } of cluster.nodes) way?.forget();
  for (let turn = 0; turn < 10; turn += 1) ids.push(await publishUntilStored(cluster.node(turn % 2), `key ${turn}`));
  for (const [index, webhook] of webhooks.entries()) {
    await eventually(
      async () => new Set(webhook.ids).size,
      (count) => count >= ids.length,
    );
    await webhook.settled(cluster.node(0));
    const once = [...new Set(webhook.ids)];
    if (index % 2 === 0) expect(once.toSorted()).toEqual(ids.toSorted());
    else expect(once).toEqual(ids);
  }
});

test.concurrent('a node that cannot reach the database stops when it is told to; the others do the rest', async () => {
  const cluster = await world.cluster({ nodes: 2, apart: true, config: { shutdownSeconds: 1 } });
  const webhooks = await Promise.all(Array.from({ length: 6 }, () => world.webhook(cluster.node(0))));
  const ids = await publishMany(cluster.node(0), 300);
  const [first, second] = [cluster.node(0), cluster.node(1)];
  await webhooks[0]?.receiver.atLeast(20);
  first.way?.cut();
  const stopped = cluster.leave(first);
  for (const webhook of webhooks) {
    await eventually(
      async () => new Set(webhook.ids).size,
      (count) => count >= ids.length,
    );
    await webhook.settled(second);
  }
  await stopped;
});

/** Resolves when the node says that it is not ready, and what it is given to publish is refused for now. */
async function notReady(node: Node, apiKey: string): Promise<void> {
  await statusOf(node, '/readyz', 503);
  const response = await fetch(`${node.url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    // Of a type that nobody wants: the database may hear of it when the way is mended.
    body: JSON.stringify(event(types[4])),
  });
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
}

/** The status of an address, once it is this one. */
function statusOf({ url }: Node, path: string, wanted: number): Promise<number> {
  return eventually(
    async () => (await fetch(`${url}${path}`)).status,
    (status) => status === wanted,
  );
}

/** Publishes an event under a key until that is acknowledged. Answers its id. */
async function publishUntilStored({ client }: Node, key: string): Promise<string> {
  for (;;) {
    try {
      return (await client.publishEvent({ body: event(), headers: { 'idempotency-key': key } })).id;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 503) throw error;
    }
  }
}
