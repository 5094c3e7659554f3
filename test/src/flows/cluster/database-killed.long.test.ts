import type { JsonObject } from '@bellhop/shared';
import { expect, test } from 'vitest';
import type { Cluster } from '../../harness/cluster.ts';
import { eventually } from '../../harness/eventually.ts';
import { event, World } from './support.ts';

const world = new World();

const publishers = 6;
/** Of production's lease. */
const leaseMs = 15_000;

test('PostgreSQL is killed and started again under load: every 202 is honoured, and the nodes recover by themselves', async () => {
  const database = await world.privateServer();
  const cluster = await world.cluster({ nodes: 3, databaseUrl: database.url });
  const parallel = await world.webhook(cluster.node(0));
  const fifo = await world.webhook(cluster.node(1), { ordering: 'fifo' });
  const load = new Load(cluster);
  const published = load.run();

  await load.acknowledged(60);
  await database.kill();
  await everywhere(cluster, 503);
  await eventually(
    async () => load.refusals,
    (refusals) => refusals >= publishers,
  );
  // Until no node may send any more.
  await new Promise((resolve) => setTimeout(resolve, leaseMs));
  await database.revive();
  await load.acknowledged(60);
  load.stop();
  const ids = await published;
  await everywhere(cluster, 200);

  for (const webhook of [parallel, fifo]) {
    await webhook.settled(cluster.node(0));
    expect([...new Set(webhook.ids)].toSorted()).toEqual(ids.flat().toSorted());
  }
  // What was published again under the same key was stored once.
  const marks = new Map(parallel.received.map(({ json }) => [json.id, (json.data as JsonObject).mark]));
  expect(new Set(marks.values()).size).toBe(marks.size);
  const inOrder = [...new Set(fifo.ids)];
  for (const own of ids) expect(inOrder.filter((id) => own.includes(id))).toEqual(own);
});

/** Resolves when every node says whether it is ready, by this status. */
async function everywhere({ nodes }: Cluster, wanted: number): Promise<void> {
  for (const { url } of nodes) {
    await eventually(
      async () => (await fetch(`${url}/readyz`)).status,
      (status) => status === wanted,
    );
  }
}

/** Publishers that each publish one event after the other, at all nodes, again and again until it is acknowledged; until they are stopped. */
class Load {
  /** Publishes that were answered 503. */
  refusals = 0;
  readonly #cluster: Cluster;
  #acknowledged = 0;
  #stopped = false;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Resolves with the ids of each publisher's events, in their order. */
  run(): Promise<string[][]> {
    return Promise.all(Array.from({ length: publishers }, (_, publisher) => this.#publisher(publisher)));
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Resolves when so many more were acknowledged. */
  async acknowledged(count: number): Promise<void> {
    const enough = this.#acknowledged + count;
    await eventually(
      async () => this.#acknowledged,
      (acknowledged) => acknowledged >= enough,
    );
  }

  async #publisher(publisher: number): Promise<string[]> {
    const ids: string[] = [];
    while (!this.#stopped) {
      ids.push(await this.#publish(`${publisher} ${ids.length}`, publisher + ids.length));
      this.#acknowledged += 1;
    }
    return ids;
  }

  async #publish(mark: string, turn: number): Promise<string> {
    for (let attempt = 0; ; attempt += 1) {
      const response = await fetch(`${this.#cluster.node((turn + attempt) % 3).url}/v1/events`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${this.#cluster.tenant.apiKey}`,
          'content-type': 'application/json',
          'idempotency-key': mark,
        },
        body: JSON.stringify(event(undefined, { mark })),
      });
      const answer = (await response.json()) as { id: string };
      if (response.status === 202) return answer.id;
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
      this.refusals += 1;
    }
  }
}
