import type { Store } from '@bellhop/server';
import { StoreError } from '@bellhop/server/store/errors';
import { expect, test } from 'vitest';
import { duplicates, event, publishMany, types, World } from './support.ts';

const world = new World();

/** A store whose next answer of some methods gets lost, although it did what it was asked. */
class Forgetful {
  readonly #lost = new Set<keyof Store>();

  loseNext(...methods: readonly (keyof Store)[]): void {
    for (const method of methods) this.#lost.add(method);
  }

  get pending(): number {
    return this.#lost.size;
  }

  readonly wrap = (store: Store): Store =>
    new Proxy(store, {
      get:
        (target, method: keyof Store) =>
        async (...args: never[]) => {
          const answer = await (target[method] as (...args: never[]) => Promise<unknown>)(...args);
          if (this.#lost.delete(method)) throw new StoreError('unavailable', 'The connection ended.');
          return answer;
        },
    });
}

test('a publish whose answer got lost is 503; what it stored is sent, and its repeat stores nothing more', async () => {
  const store = new Forgetful();
  const cluster = await world.cluster({ nodes: 1, each: () => ({ wrapStore: store.wrap }) });
  const { client } = cluster.node(0);
  const watched = await world.webhook(cluster.node(0));
  await publishMany(cluster.node(0), 1);
  await watched.receiver.atLeast(1);
  store.loseNext('publish');
  const headers = { 'idempotency-key': 'once' };
  await expect(client.publishEvent({ body: event(), headers })).rejects.toMatchObject({ status: 503 });
  await watched.receiver.atLeast(2);
  const { id } = await client.publishEvent({ body: event(), headers });
  expect(watched.ids[1]).toBe(id);
  await watched.settled(cluster.node(0));
  expect(watched.received).toHaveLength(2);
});

test('what was claimed, refilled or spilled by a call whose answer got lost is sent all the same, once', async () => {
  const store = new Forgetful();
  const delivery = { windowPerWebhook: 10, window: 40 };
  const cluster = await world.cluster({
    nodes: 1,
    config: { delivery },
    each: () => ({ wrapStore: store.wrap }),
  });
  const [parallel, fifo] = await Promise.all([
    world.webhook(cluster.node(0), { events: types.slice(0, 1) }),
    world.webhook(cluster.node(0), { events: types.slice(0, 1), ordering: 'fifo' }),
  ]);
  store.loseNext('claim', 'refill', 'requeue');
  const ids = await publishMany(cluster.node(0), 120);
  await Promise.all([parallel, fifo].map(({ receiver }) => receiver.atLeast(ids.length)));
  for (const webhook of [parallel, fifo]) await webhook.settled(cluster.node(0));
  expect(store.pending).toBe(0);
  for (const webhook of [parallel, fifo]) {
    expect(duplicates(webhook.ids)).toEqual([]);
    expect(webhook.ids.toSorted()).toEqual(ids.toSorted());
  }
  expect(fifo.ids).toEqual(ids);
});
