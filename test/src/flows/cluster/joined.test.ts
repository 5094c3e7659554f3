import { createClient } from '@bellhop/shared';
import { expect, test } from 'vitest';
import { TestBellhop } from '../../harness/bellhop.ts';
import { providersOf } from '../../harness/cluster-mark.ts';
import { eventually } from '../../harness/eventually.ts';
import { ManualClock } from '../../harness/manual-clock.ts';
import { query } from '../../harness/postgres/query.ts';
import type { Watched } from './support.ts';
import { acquainted, goingBy, publishInTurn, World } from './support.ts';

const world = new World();
/** Of both nodes. */
const clock = new ManualClock();

test('a node that joins gets its share of the webhooks, one that leaves gives its own up, and nothing is lost or sent twice on the way', async () => {
  const cluster = await world.cluster({ nodes: 1, each: () => goingBy(clock) });
  const first = cluster.node(0);
  const webhooks = await Promise.all(Array.from({ length: 24 }, () => world.webhook(first)));
  const ids = await publishInTurn([first], 3);
  await expectOnce(webhooks, ids);

  const server = await TestBellhop.start({
    ...goingBy(clock),
    providers: providersOf(1),
    databaseUrl: cluster.databaseUrl,
  });
  try {
    const second = {
      number: 1,
      url: server.url,
      client: createClient({ baseUrl: server.url, apiKey: cluster.tenant.apiKey }),
    };
    await acquainted([first.server], clock, 2);
    const places = [first, second];
    await eventually(
      async () => {
        clock.advance(20);
        ids.push(...(await publishInTurn(places, 2)));
        return ownersOf(cluster.databaseUrl);
      },
      (owners) => owners === places.length,
    );
    ids.push(...(await publishInTurn(places, 10)));
    await expectOnce(webhooks, ids);
    expect(new Set(webhooks.map(({ sender }) => sender))).toEqual(new Set([0, 1]));

    const left = cluster.leave(first);
    ids.push(...(await publishInTurn([second], 10)));
    await left;
    // What was still given to the first is sent when the second hears that it has left.
    await acquainted([server], clock, 1);
    ids.push(...(await publishInTurn([second], 1)));
    await expectOnce(webhooks, ids);
    expect(new Set(webhooks.map(({ sender }) => sender))).toEqual(new Set([1]));
  } finally {
    await server.stop();
  }
});

async function expectOnce(webhooks: readonly Watched[], ids: readonly string[]): Promise<void> {
  for (const webhook of webhooks) {
    await eventually(
      async () => {
        // For what is tried again, or found by a look, in some seconds.
        clock.advance(20);
        return webhook.received.length;
      },
      (count) => count >= ids.length,
    );
    expect(webhook.ids.toSorted()).toEqual(ids.toSorted());
  }
}

/** How many nodes own webhooks. */
async function ownersOf(databaseUrl: string): Promise<number> {
  return (await query(databaseUrl, 'select distinct owner from lanes where owner is not null')).length;
}
