import type { ServerRound } from '../load/round.ts';
import { publishing, serverRound } from '../load/round.ts';
import { subject, type Tenant, tenantWith } from '../load/subject.ts';
import { sharedNow } from '../measure/clock.ts';
import { cpuMs } from '../measure/process-usage.ts';
import { median, quantile } from '../measure/statistics.ts';
import type { BareClient } from '../processes/bare-client.ts';
import type { Receiver } from '../processes/receiver.ts';
import type { ServerProcess } from '../processes/server.ts';
import { aim, spread } from '../report.ts';
import { choose } from '../settings.ts';
import type { Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

/** The server's defaults: requests on the wire to one webhook, and in all. */
const perWebhook = 10;
const inAll = 1000;

interface Case {
  readonly fanOut: number;
  /** Whether publishing waits for the deliveries to keep up. */
  readonly paced: boolean;
  readonly aim: number | null;
}

const cases: readonly Case[] = [
  { fanOut: 1, paced: true, aim: 5 },
  { fanOut: 10, paced: true, aim: 2.5 },
  { fanOut: 100, paced: true, aim: null },
  { fanOut: 10, paced: false, aim: null },
];

function name({ fanOut, paced }: Pick<Case, 'fanOut' | 'paced'>): string {
  return paced ? String(fanOut) : `${fanOut}, burst`;
}

export const cpu: Scenario = {
  name: 'cpu',
  question: 'What does a delivery cost, against a bare undici client that posts the same requests?',
  longestSeconds: { full: 300, quick: 60 },

  async run(stage) {
    const rows: string[][] = [];
    const receiver = await stage.receiver();
    const bare = stage.bareClient();
    for (const each of cases) {
      const server = await stage.server(`fan-out ${name(each)}`);
      const tenant = await tenantWith(server, each.fanOut, (index) => receiver.url(`/hooks/${index}`));
      const comparison = new Comparison({ receiver, server, bare, tenant, paced: each.paced });
      rows.push(row(each, await measure(comparison, stage)));
      await server.stop();
      stage.progress(`fan-out ${name(each)}: done`);
    }
    return [
      {
        title: 'CPU per delivery',
        columns: [
          'fan-out',
          'server, µs',
          'bare client, µs',
          'ratio',
          'aim',
          'server, deliveries/s',
          'bare client, posts/s',
          'publish p50, ms',
          'publish p99, ms',
        ],
        rows,
        notes: [
          `${subject}. Median of ${rounds(stage)} rounds (least–most); the ratio is taken round by round.`,
          'CPU: user and kernel time of all threads of the process, until nothing is left to do. The server’s includes receiving the publish requests, the store, signing, the log, and recording each attempt.',
          `Bare client: undici \`request()\`, as many requests on the wire as the server may have (${perWebhook} per webhook, ${inAll} in all), the same bytes as the server sent, answers read as text.`,
          publishing,
        ],
      },
    ];
  },
};

type Round = Pick<ServerRound, 'cpuUs' | 'perSecond'>;

interface Parts {
  readonly receiver: Receiver;
  readonly server: ServerProcess;
  readonly bare: BareClient;
  readonly tenant: Tenant;
  readonly paced: boolean;
}

/** The server and the bare client, in turn, at the same receiver. */
class Comparison {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get fanOut(): number {
    return this.#parts.tenant.fanOut;
  }

  startMeasuring(): void {
    this.#parts.server.startMeasuring();
  }

  /** Lets the bare client post what the server posts in this round. */
  async learn(events: number): Promise<ServerRound> {
    const { receiver, bare } = this.#parts;
    await receiver.record();
    const round = await this.server(events);
    await bare.prepare(receiver.url(''), Math.min(perWebhook * this.fanOut, inAll), await receiver.recorded());
    return round;
  }

  server(events: number): Promise<ServerRound> {
    const { receiver, server, tenant, paced } = this.#parts;
    return serverRound({ receiver, pids: server.pids, tenants: [tenant], paced }, events);
  }

  async client(posts: number): Promise<Round> {
    const { receiver, bare } = this.#parts;
    await receiver.reset();
    const before = cpuMs(bare.pid);
    const start = sharedNow();
    await bare.post(posts);
    const seconds = (sharedNow() - start) / 1000;
    return { cpuUs: ((cpuMs(bare.pid) - before) * 1000) / posts, perSecond: posts / seconds };
  }
}

function rounds({ settings }: Stage): number {
  return choose(settings, { full: 5, quick: 2 });
}

interface Measured {
  readonly server: ServerRound[];
  readonly client: Round[];
}

/** Warms both up, finds out how much fills a round, and lets them take turns. */
async function measure(comparison: Comparison, stage: Stage): Promise<Measured> {
  const { settings } = stage;
  const seconds = choose(settings, { full: 3, quick: 0.5 });
  await comparison.learn(Math.ceil(choose(settings, { full: 3000, quick: 1000 }) / comparison.fanOut));
  const { perSecond } = await comparison.server(Math.ceil(1000 / comparison.fanOut));
  const bare = await comparison.client(2000);
  const events = Math.ceil((perSecond * seconds) / comparison.fanOut);
  comparison.startMeasuring();
  const measured: Measured = { server: [], client: [] };
  for (let round = 0; round < rounds(stage); round += 1) {
    measured.server.push(await comparison.server(events));
    measured.client.push(await comparison.client(Math.ceil(bare.perSecond * seconds)));
  }
  return measured;
}

function row({ fanOut, paced, aim: limit }: Case, { server, client }: Measured): string[] {
  const ratios = server.map(({ cpuUs }, index) => cpuUs / (client[index]?.cpuUs ?? Number.NaN));
  const publish = (share: number) => server.map(({ publishMs }) => quantile(publishMs, share));
  return [
    name({ fanOut, paced }),
    spread(server.map(({ cpuUs }) => cpuUs)),
    spread(client.map(({ cpuUs }) => cpuUs)),
    spread(ratios, 1),
    limit === null ? '–' : aim(median(ratios), limit),
    spread(server.map(({ perSecond }) => perSecond)),
    spread(client.map(({ perSecond }) => perSecond)),
    spread(publish(0.5), 1),
    spread(publish(0.99), 1),
  ];
}
