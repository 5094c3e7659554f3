import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Signal, Signals } from '../../../src/store/contract/signals.ts';
import { openPostgresSignals } from '../../../src/store/postgres/signals.ts';
import type { Db } from '../../../src/store/tables.ts';
import { freshDatabase } from '../../databases.ts';
import { BlackHole } from './black-hole.ts';
import { openTables, storeSettings } from './support.ts';

const settings = { ...storeSettings, connectSeconds: 2, querySeconds: 1 };

let url: string;
let tables: Db;
let nodes: Node[];

beforeEach(async () => {
  url = await freshDatabase();
  tables = openTables(url);
  nodes = [];
});
afterEach(async () => {
  for (const node of nodes) await node.signals.stop();
  await tables.destroy();
});

/** A node that keeps what it hears. */
class Node {
  readonly id: string;
  readonly signals: Signals;
  readonly heard: Signal[] = [];
  readonly log: Record<string, unknown>[] = [];
  missed = 0;
  #waiting: (() => void)[] = [];

  constructor(id: string, address: string) {
    this.id = id;
    this.signals = openPostgresSignals(address, { node: id, settings, log: this.#logger() });
    nodes.push(this);
  }

  start(): void {
    this.signals.start({
      hear: (signal) => this.#note(() => this.heard.push(signal)),
      missed: () => this.#note(() => (this.missed += 1)),
    });
  }

  /** Resolves once it came to that. */
  async until(satisfied: () => boolean): Promise<void> {
    while (!satisfied()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves once it has heard of the change of a webhook. */
  hears(webhookId: string): Promise<void> {
    return this.until(() => this.heard.some((each) => each.kind === 'changed' && each.webhookIds.includes(webhookId)));
  }

  #note(change: () => void): void {
    change();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #logger(): Logger {
    return pino({ base: null }, { write: (line) => this.log.push(JSON.parse(line) as Record<string, unknown>) });
  }
}

/** Nodes that listen. */
async function listening(...addresses: string[]): Promise<[Node, Node, Node]> {
  const [one, two, three] = addresses.map((address, index) => new Node(`node_${index}-A"b`, address));
  if (!one || !two || !three) throw new Error('There are not three nodes.');
  for (const node of [one, two, three]) node.start();
  for (const node of [one, two, three]) await node.until(() => node.missed === 1);
  return [one, two, three];
}

function changed(webhookId: string): Signal {
  return { kind: 'changed', webhookIds: [webhookId] };
}

test('all others hear what is for all, one hears what is for it, and nobody hears itself', async () => {
  const [one, two, three] = await listening(url, url, url);
  one.signals.tell({ kind: 'born', node: two.id, eventIds: ['x', 'y'] });
  one.signals.tell({ kind: 'born', node: one.id, eventIds: ['z'] });
  one.signals.tell({ kind: 'due' });
  one.signals.tell(changed('first'));
  await Promise.all([two.hears('first'), three.hears('first')]);
  three.signals.tell(changed('last'));
  await Promise.all([one.hears('last'), two.hears('last')]);
  expect(one.heard).toEqual([changed('last')]);
  expect(two.heard).toEqual(
    expect.arrayContaining([
      { kind: 'born', node: two.id, eventIds: ['x', 'y'] },
      { kind: 'due' },
      changed('first'),
      changed('last'),
    ]),
  );
  expect(two.heard).toHaveLength(4);
  expect(three.heard).toEqual(expect.arrayContaining([{ kind: 'due' }, changed('first')]));
  expect(three.heard).toHaveLength(2);
});

test('what is told in the same moment, or while another word is said, goes together', async () => {
  const [one, two] = await listening(url, url, url);
  for (let round = 0; round < 50; round += 1) {
    one.signals.tell({ kind: 'due' });
    one.signals.tell(changed(`webhook ${round % 5}`));
  }
  await two.hears('webhook 4');
  expect(two.heard).toHaveLength(2);
  for (let round = 0; round < 50; round += 1) {
    one.signals.tell({ kind: 'due' });
    await Promise.resolve();
  }
  one.signals.tell(changed('last'));
  await two.hears('last');
  expect(two.heard.length).toBeLessThan(10);
});

test('5,000 events are told at once', async () => {
  const [one, two] = await listening(url, url, url);
  const eventIds = Array.from({ length: 5000 }, (_, index) => `evt_01a214d3-2333-700d-8981-${100_000_000_000 + index}`);
  one.signals.tell({ kind: 'born', node: two.id, eventIds });
  const heard = () => two.heard.flatMap((each) => (each.kind === 'born' ? each.eventIds : []));
  await two.until(() => heard().length === eventIds.length);
  expect(heard().toSorted()).toEqual(eventIds);
  expect(two.heard.length).toBeGreaterThan(20);
});

test('what others say in its channel is ignored', async () => {
  const [one, two] = await listening(url, url, url);
  for (const rubbish of ['', 'reload', '{"from":"there","signal":{"kind":"sung"}}']) {
    await sql`select pg_notify('bellhop', ${rubbish})`.execute(tables);
  }
  one.signals.tell(changed('last'));
  await two.hears('last');
  expect(two.heard).toEqual([changed('last')]);
});

describe('a break', () => {
  test('of the connection: it listens again and says so; the log has a line for each turn', async () => {
    const [one, two] = await listening(url, url, url);
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'bellhop signals'`.execute(tables);
    await Promise.all([one, two].map((node) => node.until(() => node.missed === 2)));
    one.signals.tell(changed('after'));
    await two.hears('after');
    expect(two.log.map(({ msg }) => msg)).toEqual([
      'cannot receive signals from other nodes; retrying',
      'signals from other nodes are received again',
    ]);
    expect(two.log[0]?.problem).toContain('terminating connection');
  });

  test('that nobody notices: it notices, listens again and says so', async () => {
    const hole = await BlackHole.before(url);
    const [one, two] = await listening(url, hole.url, url);
    hole.swallow();
    one.signals.tell(changed('lost'));
    two.signals.tell(changed('lost too'));
    // It has given up its connection and tries another one.
    await hole.connection();
    hole.open();
    await two.until(() => two.missed === 2);
    one.signals.tell(changed('there'));
    two.signals.tell(changed('back'));
    await Promise.all([two.hears('there'), one.hears('back')]);
    expect(two.heard).toEqual([changed('there')]);
    expect(one.heard).toEqual([changed('back')]);
  });
});

describe('a database that is away', () => {
  test('is tried again, with one line in the log for all tries and without the password', async () => {
    let tries = 0;
    const refused = Promise.withResolvers<void>();
    const server = createServer((socket) => {
      socket.destroy();
      tries += 1;
      if (tries === 4) refused.resolve();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const node = new Node('node', `postgres://bellhop:sesame@127.0.0.1:${port}/bellhop`);
    node.start();
    for (let count = 0; count < 1000; count += 1) node.signals.tell(changed(String(count)));
    await refused.promise;
    await node.signals.stop();
    await new Promise<unknown>((resolve) => server.close(resolve));
    expect(node.missed).toBe(0);
    expect(node.log).toHaveLength(1);
    expect(node.log[0]).toMatchObject({
      level: 40,
      problem: expect.stringMatching(/^(Connection terminated|read ECONN)/),
    });
    expect(JSON.stringify(node.log)).not.toContain('sesame');
  });
});

describe('stopping', () => {
  test('says what was told before, and hears no more', async () => {
    const [one, two, three] = await listening(url, url, url);
    one.signals.tell(changed('last word'));
    const stopped = one.signals.stop();
    one.signals.tell(changed('too late'));
    await Promise.all([two.hears('last word'), stopped]);
    two.signals.tell(changed('after'));
    await three.hears('after');
    expect(three.heard).toEqual([changed('last word'), changed('after')]);
    expect(one.heard).toEqual([]);
  });

  test.each(['listens', 'connects'])('waits for nobody while it %s through a black hole', async (state) => {
    const hole = await BlackHole.before(url);
    if (state === 'connects') hole.swallow();
    const node = new Node('node', hole.url);
    const connected = hole.connection();
    node.start();
    await (state === 'connects' ? connected : node.until(() => node.missed === 1));
    hole.swallow();
    node.signals.tell({ kind: 'due' });
    const asked = performance.now();
    await node.signals.stop();
    expect(performance.now() - asked).toBeLessThan(5000);
  });

  test('before it was started', async () => {
    const node = new Node('node', url);
    node.signals.tell({ kind: 'due' });
    await node.signals.stop();
  });
});
