import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfigFile } from '@bellhop/server';
import { Vault } from '@bellhop/server/security/vault';
import type { Store } from '@bellhop/server/store/contract/index';
import { openPostgresStore } from '@bellhop/server/store/postgres/store';
import { openSqliteStore } from '@bellhop/server/store/sqlite/store';
import type { Filled } from '../load/fill.ts';
import { fill, webhooksPerGroup } from '../load/fill.ts';
import type { Costs, Step } from '../load/store-load.ts';
import { StoreLoad, steps } from '../load/store-load.ts';
import { subject } from '../load/subject.ts';
import { postgresWriter, sqliteWriter } from '../load/tables.ts';
import { pause, sharedNow } from '../measure/clock.ts';
import { memoryOf } from '../measure/process-usage.ts';
import { mean, median } from '../measure/statistics.ts';
import type { Receiver } from '../processes/receiver.ts';
import type { Report } from '../report.ts';
import { aim, figure, mebibytes, spread } from '../report.ts';
import { choose } from '../settings.ts';
import type { Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

const limit = 1.5;

interface Size {
  readonly webhooks: number;
  readonly pending: number;
}

export const scale: Scenario = {
  name: 'scale',
  question: 'Does the store get slower with a million deliveries waiting for a hundred thousand webhooks?',
  longestSeconds: { full: 480, quick: 150 },

  async run(stage) {
    const receiver = await stage.receiver();
    const seconds = choose(stage.settings, { full: 10, quick: 3 });
    const reports: Report[] = [];
    const served: string[][] = [];
    const postgres = await stage.postgres();
    for (const newDatabase of [async () => undefined, () => postgres.database()]) {
      const small = await Grown.make(stage, receiver, { webhooks: 1000, pending: 1000 }, await newDatabase());
      const big = await Grown.make(stage, receiver, bigSize(stage), await newDatabase());
      stage.progress(`${big.database}: stores are filled`);
      reports.push(storeReport(await compare(stage, small, big), small, big, rounds(stage)));
      stage.progress(`${big.database}: stores are compared`);
      for (const store of [small, big]) served.push(await store.serve(stage, receiver, seconds));
    }
    return [...reports, serverReport(served, seconds)];
  },
};

function bigSize({ settings }: Stage): Size {
  return choose(settings, {
    full: { webhooks: 100_000, pending: 1_000_000 },
    quick: { webhooks: 10_000, pending: 100_000 },
  });
}

function rounds({ settings }: Stage): number {
  return choose(settings, { full: 5, quick: 2 });
}

/** A store of some size: in a data directory, or in a PostgreSQL database. */
class Grown {
  readonly size: Size;
  readonly #directory: string;
  readonly #databaseUrl: string | undefined;
  readonly #filled: Filled;

  private constructor(size: Size, directory: string, databaseUrl: string | undefined, filled: Filled) {
    this.size = size;
    this.#directory = directory;
    this.#databaseUrl = databaseUrl;
    this.#filled = filled;
  }

  static async make(stage: Stage, receiver: Receiver, size: Size, databaseUrl?: string): Promise<Grown> {
    const directory = stage.newDirectory();
    // A first start makes the tables and the keys.
    const server = await stage.server('scale, first start', { directory, databaseUrl });
    await server.stop();
    const keys = JSON.parse(readFileSync(join(directory, 'data', 'development-keys.json'), 'utf8'));
    const pendingPerWebhook = 10;
    const groups = size.webhooks / webhooksPerGroup;
    const filled = await fill(databaseUrl ? postgresWriter(databaseUrl) : sqliteWriter(fileIn(directory)), {
      groups,
      idleGroups: Math.max(10, groups - size.pending / pendingPerWebhook / webhooksPerGroup),
      pendingPerWebhook,
      url: receiver.url('/hooks'),
      vault: new Vault(Buffer.from(keys.encryption_key, 'base64')),
    });
    return new Grown(size, directory, databaseUrl, filled);
  }

  get database(): string {
    return this.#databaseUrl ? 'PostgreSQL' : 'SQLite';
  }

  get name(): string {
    return `${figure(this.size.pending)} waiting, ${figure(this.size.webhooks)} webhooks`;
  }

  async open(stage: Stage): Promise<StoreLoad> {
    const store = await this.#store();
    stage.add({ stop: () => store.close() });
    return new StoreLoad(store, this.#filled);
  }

  /** A server on this store, which works on what waits there. */
  async serve(stage: Stage, receiver: Receiver, seconds: number): Promise<string[]> {
    await receiver.reset();
    const server = await stage.server(`scale, ${this.database}, ${this.name}`, {
      directory: this.#directory,
      databaseUrl: this.#databaseUrl,
    });
    const { residentBytes } = memoryOf(server.pid);
    const start = sharedNow();
    const waiting = this.size.pending;
    while (sharedNow() - start < seconds * 1000 && receiver.arrived < waiting * 0.9) await pause(50);
    const perSecond = (receiver.arrived * 1000) / (sharedNow() - start);
    const after = memoryOf(server.pid);
    await server.stop();
    return [
      `${this.database}, ${this.name}`,
      figure(server.readyMs),
      mebibytes(residentBytes),
      mebibytes(after.residentBytes),
      mebibytes(after.peakBytes),
      figure(perSecond),
    ];
  }

  #store(): Store | Promise<Store> {
    if (!this.#databaseUrl) return openSqliteStore(fileIn(this.#directory));
    return openPostgresStore(this.#databaseUrl, parseConfigFile({}, 'the defaults').database);
  }
}

function fileIn(directory: string): string {
  return join(directory, 'data', 'bellhop.db');
}

interface Compared {
  readonly small: Costs[];
  readonly big: Costs[];
}

/** The same steps on both stores, in turn. */
async function compare(stage: Stage, small: Grown, big: Grown): Promise<Compared> {
  const loads = { small: await small.open(stage), big: await big.open(stage) };
  const turns = choose(stage.settings, { full: 60, quick: 20 });
  const compared: Compared = { small: [], big: [] };
  for (let round = -1; round < rounds(stage); round += 1) {
    const [ofSmall, ofBig] = [loads.small.newCosts(), loads.big.newCosts()];
    for (let turn = 0; turn < turns; turn += 1) {
      await loads.small.turn(ofSmall);
      await loads.big.turn(ofBig);
    }
    // The first round is for warming up.
    if (round < 0) continue;
    compared.small.push(ofSmall);
    compared.big.push(ofBig);
  }
  await loads.small.close();
  await loads.big.close();
  return compared;
}

function storeReport(costs: Compared, small: Grown, big: Grown, count: number): Report {
  return {
    title: `Scale: the store, ${big.database}`,
    columns: ['step', 'small p50, ms', 'big p50, ms', 'ratio p50', 'ratio mean', 'aim'],
    rows: (Object.keys(steps) as Step[]).map((step) => row(step, costs)),
    notes: [
      `Small: ${small.name}. Big: ${big.name}. Every commit on the disk. Median of ${count} rounds (least–most), the stores in turn step by step.`,
      big.database === 'SQLite'
        ? 'The store in its own thread on a file.'
        : 'Two databases of one server with its own defaults, vacuumed and analyzed when they were filled, as autovacuum would have done meanwhile.',
      `${subject}. What a step takes from the queue is published again, so that the size stays.`,
    ],
  };
}

function row(step: Step, { small, big }: Compared): string[] {
  const p50 = (costs: Costs) => median(costs[step]);
  const ratios = (of: (costs: Costs) => number) => big.map((costs, index) => of(costs) / of(small[index] ?? costs));
  const ofMedians = ratios(p50);
  return [
    steps[step],
    spread(small.map(p50), 2),
    spread(big.map(p50), 2),
    spread(ofMedians, 2),
    spread(
      ratios((costs) => mean(costs[step])),
      2,
    ),
    aim(median(ofMedians), limit),
  ];
}

function serverReport(rows: string[][], seconds: number): Report {
  return {
    title: 'Scale: a server on such a store',
    columns: ['store', 'ready after, ms', 'resident when ready', 'resident at work', 'peak', 'deliveries/s'],
    rows,
    notes: [
      `One start each. At work: it sends what waits, for up to ${seconds} s; the small store is soon empty, so its rate says little.`,
    ],
  };
}
