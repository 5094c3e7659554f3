import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Attempt, Webhook } from '../../src/model.ts';
import { AttemptFeed } from '../../src/observe/attempt-feed.ts';
import type { FeedStore } from '../../src/store/contract/index.ts';
import { StoreError } from '../../src/store/errors.ts';
import { HeldClock } from '../cluster/held-clock.ts';
import { delivered } from '../store/conformance/results.ts';
import { now, World } from '../store/conformance/world.ts';
import { openFreshSqlite } from '../store/sqlite/support.ts';

let world: World;
beforeAll(async () => {
  const subject = await openFreshSqlite();
  await subject.store.migrate();
  world = new World(subject);
});
beforeEach(() => world.clear());
afterAll(() => world.close());

/** A feed that shares its store with other nodes. */
class Feed {
  readonly clock = new HeldClock();
  readonly warnings: unknown[] = [];
  looks = 0;
  /** Calls that the store has yet to answer. */
  #asked = 0;
  /** Whether the store does not answer. */
  down = false;
  readonly feed: AttemptFeed;

  constructor() {
    const store: Pick<FeedStore, 'newestAttempts' | 'getAttempts'> = {
      newestAttempts: async (...args) => {
        this.looks += 1;
        if (this.down) throw new StoreError('unavailable', 'gone for a moment');
        return this.#ask(world.store.newestAttempts(...args));
      },
      getAttempts: (...args) => this.#ask(world.store.getAttempts(...args)),
    };
    const log = pino({ level: 'warn' }, { write: (line: string) => void this.warnings.push(line) });
    this.feed = new AttemptFeed({ store, shared: true, clock: this.clock, log });
  }

  /** Somebody who watches a webhook, with what they have seen so far. */
  async watch({ organizationId, id }: Webhook): Promise<{ seen: string[]; end: () => Promise<void> }> {
    const attempts = await this.feed.watch(organizationId, id, (attempt) => attempt.id);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const each of attempts) seen.push(each);
    })();
    const end = async () => {
      await attempts.return?.();
      await reading;
    };
    return { seen, end };
  }

  async second(): Promise<void> {
    this.clock.advance(1000);
    await this.idle();
  }

  /** Resolves when what the store was asked is answered, and nothing follows. */
  async idle(): Promise<void> {
    for (let turns = 0; turns < 5; turns = this.#asked > 0 ? 0 : turns + 1) await setImmediate();
  }

  #ask<T>(answer: Promise<T>): Promise<T> {
    this.#asked += 1;
    return answer.finally(() => {
      this.#asked -= 1;
    });
  }
}

/** Attempts as another node records them, oldest first. */
async function elsewhere(webhook: Webhook, count: number): Promise<Attempt[]> {
  const work = await world.give(webhook, 'node', count);
  const results = work.map((each) => delivered(each));
  await world.store.record('node', results, now);
  return results.map(({ attempt }) => attempt);
}

function ids(attempts: readonly Attempt[]): string[] {
  return attempts.map(({ id }) => id);
}

test('what other nodes record is found within a second, by one look for all who watch, each once', async () => {
  const feed = new Feed();
  const webhook = await world.webhook();
  await elsewhere(webhook, 3);
  const [first, second] = [await feed.watch(webhook), await feed.watch(webhook)];
  const made = ids(await elsewhere(webhook, 150));
  await feed.second();
  await feed.second();
  // The log shows no more than the newest 100 either.
  expect(first.seen).toEqual(made.slice(50));
  expect(second.seen).toEqual(first.seen);
  expect(feed.looks).toBe(3);
  await Promise.all([first.end(), second.end()]);
});

test('what this node is told of as well is shown once, whichever comes first', async () => {
  const feed = new Feed();
  const webhook = await world.webhook();
  const { seen, end } = await feed.watch(webhook);
  const early = await elsewhere(webhook, 2);
  feed.feed.tell(early.map((attempt) => ({ attempt })));
  await feed.second();
  const late = await elsewhere(webhook, 2);
  await feed.second();
  feed.feed.tell(late.map((attempt) => ({ attempt })));
  await feed.idle();
  expect(seen).toEqual(ids([...early, ...late]));
  await end();
});

test('nothing is looked for when nobody watches', async () => {
  const feed = new Feed();
  const webhook = await world.webhook();
  const { end } = await feed.watch(webhook);
  await end();
  const looks = feed.looks;
  await feed.second();
  expect(feed.looks).toBe(looks);
});

test('what is recorded while the store does not answer is shown afterwards, and that is logged once', async () => {
  const feed = new Feed();
  const webhook = await world.webhook();
  const { seen, end } = await feed.watch(webhook);
  feed.down = true;
  const made = ids(await elsewhere(webhook, 2));
  await feed.second();
  await feed.second();
  expect(seen).toEqual([]);
  feed.down = false;
  await feed.second();
  expect(seen).toEqual(made);
  expect(feed.warnings).toHaveLength(1);
  await end();
});

test('nobody begins to watch while the store does not answer, and nobody who tried counts', async () => {
  const feed = new Feed();
  const webhook = await world.webhook();
  feed.down = true;
  for (let tries = 0; tries < 60; tries += 1) {
    await expect(feed.watch(webhook)).rejects.toMatchObject({ name: 'StoreError' });
  }
  feed.down = false;
  const { seen, end } = await feed.watch(webhook);
  const made = ids(await elsewhere(webhook, 1));
  await feed.second();
  expect(seen).toEqual(made);
  await end();
});
