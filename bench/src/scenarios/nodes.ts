import type { ServerRound } from '../load/round.ts';
import { publishing, serverRound } from '../load/round.ts';
import { subject, type Tenant, tenantWith } from '../load/subject.ts';
import type { StatementCounter } from '../measure/statements.ts';
import { notCounted } from '../measure/statements.ts';
import { median, quantile } from '../measure/statistics.ts';
import type { Postgres } from '../processes/postgres.ts';
import type { Receiver } from '../processes/receiver.ts';
import type { Service } from '../processes/server.ts';
import { statementReport } from '../profile/statements.ts';
import type { Report } from '../report.ts';
import { aim, spread } from '../report.ts';
import { choose } from '../settings.ts';
import type { Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

const fanOut = 10;
const nodeCounts = [1, 2, 4];
const mostStatements = 0.1;

export const nodes: Scenario = {
  name: 'nodes',
  question: 'What do one, two and four nodes on PostgreSQL deliver, and what do they ask of the database for it?',
  longestSeconds: { full: 540, quick: 150 },

  async run(stage) {
    const receiver = await stage.receiver();
    const clusters = await allClusters(stage, receiver);
    stage.progress('everything is started');
    const lines = linesOf(clusters, receiver);
    for (const line of lines) await line.warmUp(stage);
    for (const cluster of clusters) await cluster.startMeasuring();
    for (let round = 0; round < rounds(stage); round += 1) {
      for (const line of lines) await line.measure();
      stage.progress(`round ${round + 1} done`);
    }
    const reports = [report(lines, rounds(stage))];
    if (stage.settings.profileDirectory === null) return reports;
    for (const cluster of clusters) reports.push(...(await cluster.statementReports()));
    return reports;
  },
};

/** Each under as much load as it has nodes, paced and in a burst; the largest also under the load of one node. */
function linesOf(clusters: readonly Cluster[], receiver: Receiver): Line[] {
  const largest = clusters.slice(-1).map((each) => new Line(each, receiver, { organizations: 1, paced: true }));
  const [paced = [], burst = []] = [true, false].map((each) =>
    clusters.map((cluster) => new Line(cluster, receiver, { organizations: cluster.tenants.length, paced: each })),
  );
  return [...paced, ...largest, ...burst];
}

function rounds({ settings }: Stage): number {
  return choose(settings, { full: 5, quick: 1 });
}

/** SQLite first, then each number of nodes on a database of its own, all on one PostgreSQL server. */
async function allClusters(stage: Stage, receiver: Receiver): Promise<Cluster[]> {
  const sqlite = await stage.server('SQLite');
  const clusters = [new Cluster('SQLite', sqlite, await tenantsOf(sqlite, 1, receiver))];
  const postgres = await stage.postgres();
  for (const count of nodeCounts) {
    const name = `PostgreSQL, ${count} ${count === 1 ? 'node' : 'nodes'}`;
    const url = await postgres.database();
    const service = await stage.nodes(name, count, url);
    const tenants = await tenantsOf(service, count, receiver);
    clusters.push(new Cluster(name, service, tenants, postgres, postgres.statementsOf(url)));
  }
  return clusters;
}

async function tenantsOf(service: Service, count: number, receiver: Receiver): Promise<Tenant[]> {
  const tenants: Tenant[] = [];
  while (tenants.length < count) {
    const number = tenants.length;
    tenants.push(await tenantWith(service, fanOut, (index) => receiver.url(`/hooks/${number}/${index}`)));
  }
  return tenants;
}

interface Used {
  readonly databaseCpuMs: number;
  readonly statements: number;
  readonly transactions: number;
}

/** A server on SQLite, or nodes on a PostgreSQL database. */
class Cluster {
  readonly name: string;
  /** As many as there are nodes. */
  readonly tenants: readonly Tenant[];
  readonly #service: Service;
  readonly #postgres: Postgres | undefined;
  readonly #counter: StatementCounter | undefined;

  constructor(
    name: string,
    service: Service,
    tenants: readonly Tenant[],
    postgres?: Postgres,
    counter?: StatementCounter,
  ) {
    this.name = name;
    this.tenants = tenants;
    this.#service = service;
    this.#postgres = postgres;
    this.#counter = counter;
  }

  get pids(): readonly number[] {
    return this.#service.pids;
  }

  get onPostgres(): boolean {
    return this.#postgres !== undefined;
  }

  async startMeasuring(): Promise<void> {
    this.#service.startMeasuring();
    await this.#counter?.reset();
  }

  /** So far. */
  async used(): Promise<Used> {
    const { statements, transactions } = (await this.#counter?.read()) ?? notCounted;
    return { databaseCpuMs: this.#postgres?.cpuMs() ?? Number.NaN, statements, transactions };
  }

  async statementReports(): Promise<Report[]> {
    return this.#counter ? [statementReport(this.name, await this.#counter.costs())] : [];
  }
}

/** What a round took of each, per delivery. */
interface Round extends ServerRound {
  readonly databaseCpuUs: number;
  readonly statements: number;
  readonly transactions: number;
}

interface Load {
  /** That events are published for: each brings as much load as one node has alone. */
  readonly organizations: number;
  readonly paced: boolean;
}

/** One cluster under one load, measured again and again. */
class Line {
  readonly #cluster: Cluster;
  readonly #receiver: Receiver;
  readonly #load: Load;
  readonly #rounds: Round[] = [];
  #events = 0;

  constructor(cluster: Cluster, receiver: Receiver, load: Load) {
    this.#cluster = cluster;
    this.#receiver = receiver;
    this.#load = load;
  }

  /** Finds out how many events fill a round, too. */
  async warmUp({ settings }: Stage): Promise<void> {
    await this.#round(choose(settings, { full: 300, quick: 100 }));
    const { perSecond } = await this.#round(100);
    this.#events = Math.ceil((perSecond * choose(settings, { full: 3, quick: 0.5 })) / fanOut);
  }

  async measure(): Promise<void> {
    const before = await this.#cluster.used();
    const round = await this.#round(this.#events);
    const after = await this.#cluster.used();
    const perDelivery = (what: keyof Used) => (after[what] - before[what]) / round.deliveries;
    this.#rounds.push({
      ...round,
      databaseCpuUs: perDelivery('databaseCpuMs') * 1000,
      statements: perDelivery('statements'),
      transactions: perDelivery('transactions'),
    });
  }

  row(): string[] {
    const of = (value: (round: Round) => number, digits = 0) => spread(this.#rounds.map(value), digits);
    const statements = this.#rounds.map((round) => round.statements);
    const publish = (share: number) => of(({ publishMs }) => quantile(publishMs, share), 1);
    const ofDatabase = this.#cluster.onPostgres
      ? [
          of(({ databaseCpuUs }) => databaseCpuUs),
          spread(statements, 3),
          Number.isNaN(median(statements)) ? '–' : aim(median(statements), mostStatements),
          of(({ transactions }) => transactions, 3),
        ]
      : ['–', '–', '–', '–'];
    return [
      this.#name,
      of(({ perSecond }) => perSecond),
      of(({ cpuUs }) => cpuUs),
      ...ofDatabase,
      publish(0.5),
      publish(0.99),
    ];
  }

  get #name(): string {
    const { name, tenants } = this.#cluster;
    if (!this.#load.paced) return `${name}, burst`;
    return this.#load.organizations < tenants.length ? `${name}, load of one` : name;
  }

  #round(events: number): Promise<ServerRound> {
    const { organizations, paced } = this.#load;
    const { pids } = this.#cluster;
    const tenants = this.#cluster.tenants.slice(0, organizations);
    return serverRound({ receiver: this.#receiver, pids, tenants, paced }, events);
  }
}

function report(lines: readonly Line[], count: number): Report {
  return {
    title: 'Nodes on PostgreSQL',
    columns: [
      'store',
      'deliveries/s',
      'CPU of the nodes, µs',
      'CPU of PostgreSQL, µs',
      'statements',
      'aim',
      'transactions',
      'publish p50, ms',
      'publish p99, ms',
    ],
    rows: lines.map((line) => line.row()),
    notes: [
      `${subject}, fan-out ${fanOut}; CPU, statements and transactions per delivery. Median of ${count} rounds (least–most), the lines in turn.`,
      `${publishing} The load grows with the nodes: as many organizations as nodes, each with ${fanOut} webhooks and such a loop of its own. "load of one": one organization alone.`,
      'The events of each organization go to all nodes in turn. Nodes, PostgreSQL, publisher and receiver share the machine: more nodes do not bring more cores.',
      'CPU of the nodes: user and kernel time of all their processes together, until nothing is left to do. CPU of PostgreSQL: the same of all its processes, with what it does in the background meanwhile.',
      'Statements: everything that the nodes had PostgreSQL execute in the round, by pg_stat_statements: BEGIN, COMMIT, and those of heartbeats, polling and house-keeping too. Transactions: those that BEGIN opened.',
    ],
  };
}
