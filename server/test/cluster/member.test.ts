import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { Member } from '../../src/cluster/member.ts';
import type { Store } from '../../src/store/contract/index.ts';
import { StoreError } from '../../src/store/errors.ts';
import { openDatabase, sqliteStore } from '../../src/store/sqlite/database.ts';
import { HeldClock } from './held-clock.ts';

const leaseMs = 10_000;
const log = pino({ enabled: false });

/** Nodes on one store, whose way to it may be cut. */
class Nodes {
  readonly clock = new HeldClock();
  readonly told: string[] = [];
  readonly store: Store = sqliteStore(openDatabase(':memory:'));
  readonly cut = new Set<string>();
  /** When what was leased by an id whose lease ended is over. */
  over: Promise<void> = Promise.resolve();

  static async begin(): Promise<Nodes> {
    const nodes = new Nodes();
    await nodes.store.migrate();
    return nodes;
  }

  async join(node: string, delivers = true): Promise<Member> {
    const { clock, told } = this;
    const member = new Member({ store: this.#way(node), shared: true, delivers, leaseMs, clock, log });
    const tell = (what: string) => void told.push(`${node} ${what}`);
    await member.start({
      expired: () => tell('expired others'),
      moved: () => tell('moved'),
      lost: () => {
        tell('lost');
        return this.over;
      },
      regained: () => tell('regained'),
    });
    return member;
  }

  /** Lets time pass, in which heartbeats are made. */
  async pass(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 500) {
      this.clock.advance(500);
      // What a heartbeat asks of the store is answered within this turn of the event loop and the next few.
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    }
  }

  #way(node: string): Store {
    return new Proxy(this.store, {
      get:
        (store, method: keyof Store) =>
        async (...args: never[]) => {
          if (this.cut.has(node)) throw new StoreError('unavailable', 'cut off');
          return (store[method] as (...args: never[]) => unknown)(...args);
        },
    });
  }
}

describe('slots', () => {
  test('are all of a node that is alone, and shared out when another comes', async () => {
    const nodes = await Nodes.begin();
    const one = await nodes.join('one');
    expect(one.slots).toHaveLength(256);
    const two = await nodes.join('two');
    await nodes.pass(2000);
    expect([...(one.slots ?? []), ...(two.slots ?? [])].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 256 }, (_, slot) => slot),
    );
    expect(one.homes).toEqual(two.homes);
    expect([one.leads, two.leads].toSorted()).toEqual([false, true]);
    await two.stop();
    await nodes.pass(2500);
    expect(one.slots).toHaveLength(256);
    await one.stop();
  });

  test('a node that only serves the API has none, and knows whose they are', async () => {
    const nodes = await Nodes.begin();
    const api = await nodes.join('api', false);
    expect([api.slots, new Set(api.homes)]).toEqual([[], new Set([null])]);
    const worker = await nodes.join('worker');
    await nodes.pass(2000);
    expect([api.slots, new Set(api.homes)]).toEqual([[], new Set([worker.id])]);
    await api.stop();
    await worker.stop();
  });
});

describe('a node that is cut off', () => {
  test('loses its lease before others take over, and within the time of one they do', async () => {
    const nodes = await Nodes.begin();
    const one = await nodes.join('one');
    const two = await nodes.join('two');
    await nodes.pass(2000);
    nodes.told.length = 0;
    nodes.cut.add('two');
    let lostAfter = 0;
    while (two.holds()) {
      await nodes.pass(500);
      lostAfter += 500;
    }
    expect(lostAfter).toBeLessThanOrEqual(leaseMs * 0.7);
    expect(two.slots).toEqual([]);
    expect(one.slots).not.toHaveLength(256);
    await nodes.pass(leaseMs - lostAfter);
    expect(one.slots).toHaveLength(256);
    expect(nodes.told).toEqual(['two lost', 'two moved', 'one moved']);
    await one.stop();
    await two.stop();
  });

  test('comes back under a new id, and leaves the old one when what it had leased is over', async () => {
    const nodes = await Nodes.begin();
    const one = await nodes.join('one');
    const before = one.id;
    const over = Promise.withResolvers<void>();
    nodes.over = over.promise;
    nodes.cut.add('one');
    await nodes.pass(leaseMs);
    expect(one.holds()).toBe(false);
    nodes.told.length = 0;
    nodes.cut.delete('one');
    await nodes.pass(1000);
    expect([nodes.told, one.holds()]).toEqual([['one moved', 'one regained'], true]);
    expect(one.id).not.toBe(before);
    expect(await nodes.store.deliveringNodes(nodes.clock.now())).toEqual([one.id]);
    over.resolve();
    await one.stop();
  });

  test('does not release what an earlier id of its own still records', async () => {
    const nodes = await Nodes.begin();
    const one = await nodes.join('one');
    const over = Promise.withResolvers<void>();
    nodes.over = over.promise;
    const expired: (readonly string[])[] = [];
    const { expire } = nodes.store;
    nodes.store.expire = (except, ...more) => {
      expired.push(except);
      return expire(except, ...more);
    };
    const before = one.id;
    nodes.cut.add('one');
    await nodes.pass(leaseMs);
    nodes.cut.delete('one');
    await nodes.pass(2000);
    expect(expired.at(-1)).toEqual([one.id, before]);
    over.resolve();
    await nodes.pass(2500);
    expect(expired.at(-1)).toEqual([one.id]);
    await one.stop();
  });

  test('does not go on with a lease that ended meanwhile', async () => {
    const nodes = await Nodes.begin();
    const one = await nodes.join('one');
    nodes.cut.add('one');
    await nodes.pass(leaseMs);
    nodes.cut.delete('one');
    await nodes.pass(1000);
    nodes.cut.add('one');
    await nodes.pass(leaseMs);
    expect(one.holds()).toBe(false);
    nodes.cut.delete('one');
    await nodes.pass(1000);
    expect([nodes.told.filter((what) => what === 'one lost').length, one.holds()]).toEqual([2, true]);
    await one.stop();
  });
});

test('a store that a process has to itself needs no lease', async () => {
  const { store, clock } = await Nodes.begin();
  const member = new Member({ store, shared: false, delivers: true, leaseMs, clock, log });
  expect([member.holds(), member.slots, member.homes, member.leads]).toEqual([true, null, null, true]);
});
