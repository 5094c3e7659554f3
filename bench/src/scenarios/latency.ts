import type { Latencies } from '../load/latency.ts';
import { measureLatency } from '../load/latency.ts';
import { Publisher } from '../load/publisher.ts';
import { subject, type Tenant, tenantWith } from '../load/subject.ts';
import { sharedNow } from '../measure/clock.ts';
import { untilQuiet } from '../measure/process-usage.ts';
import { median, quantile } from '../measure/statistics.ts';
import type { Receiver } from '../processes/receiver.ts';
import type { Service } from '../processes/server.ts';
import { aim, figure, spread } from '../report.ts';
import { choose } from '../settings.ts';
import type { Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

const calmRate = 20;
const aims = { p50: 5, p99: 25 };

interface Case {
  readonly fanOut: number;
  /** Share of the sustained load; null: the calm rate. */
  readonly share: number | null;
  /** Nodes on a PostgreSQL database of their own; null: a server on SQLite. */
  readonly nodes: number | null;
}

const cases: readonly Case[] = [
  { fanOut: 1, share: null, nodes: null },
  { fanOut: 1, share: 0.5, nodes: null },
  { fanOut: 10, share: 0.5, nodes: null },
  { fanOut: 1, share: null, nodes: 1 },
  { fanOut: 1, share: null, nodes: 2 },
];

export const latency: Scenario = {
  name: 'latency',
  question: 'How long does an event take to be accepted, and to be with its receiver?',
  longestSeconds: { full: 300, quick: 90 },

  async run(stage) {
    const receiver = await stage.receiver();
    const server = await stage.server('latency');
    const postgres = await stage.postgres();
    const lines: Line[] = [];
    for (const each of cases) {
      const service = each.nodes ? await stage.nodes(nameOf(each), each.nodes, await postgres.database()) : server;
      const tenant = await tenantWith(service, each.fanOut, (index) => receiver.url(`/hooks/${index}`));
      const publisher = stage.add(new Publisher(tenant));
      const line = new Line(each, { receiver, service, tenant, publisher });
      await line.findRate(stage);
      lines.push(line);
    }
    for (let round = 0; round < rounds(stage); round += 1) {
      for (const line of lines) await line.measure(choose(stage.settings, { full: 5, quick: 1 }));
      stage.progress(`round ${round + 1} done`);
    }
    return [
      {
        title: 'Latency',
        columns: [
          'load',
          'events/s',
          'publish p50, ms',
          'publish p99, ms',
          'received p50, ms',
          'received p99, ms',
          'aim (p50, p99)',
          'publisher late p50, p99, ms',
        ],
        rows: lines.map((line) => line.row()),
        notes: [
          `${subject}. Median of ${rounds(stage)} rounds (least–most), the lines in turn.`,
          'Open loop: events have their times in advance, and everything counts from an event’s own time, whenever it could be sent. A stall so shows in every event that fell into it (no coordinated omission).',
          'What the publishing process was late by itself is in the last column and is part of the others.',
          'Half load: half of the rate that the deliveries kept up with, found in this run by a closed loop. Publisher, receiver and server share the machine.',
          'PostgreSQL: each line has nodes and a database of its own on one server; events go to the nodes in turn.',
        ],
      },
    ];
  },
};

function rounds({ settings }: Stage): number {
  return choose(settings, { full: 5, quick: 1 });
}

function nameOf({ fanOut, share, nodes }: Case): string {
  const load = `fan-out ${fanOut}, ${share === null ? 'calm' : 'half load'}`;
  if (nodes === null) return load;
  return `${load}, PostgreSQL${nodes === 1 ? '' : `, ${nodes} nodes`}`;
}

interface Parts {
  readonly receiver: Receiver;
  readonly service: Service;
  readonly tenant: Tenant;
  readonly publisher: Publisher;
}

/** One load, measured again and again. */
class Line {
  readonly #case: Case;
  readonly #parts: Parts;
  readonly #rounds: Latencies[] = [];
  #rate = calmRate;

  constructor(each: Case, parts: Parts) {
    this.#case = each;
    this.#parts = parts;
  }

  /** Warms up, and finds what can be sustained. */
  async findRate({ settings }: Stage): Promise<void> {
    const { share, fanOut } = this.#case;
    const events = Math.ceil(choose(settings, { full: 6000, quick: 500 }) / fanOut);
    await this.#sustain(events);
    const perSecond = await this.#sustain(events);
    if (share !== null) this.#rate = Math.round(perSecond * share);
  }

  async measure(seconds: number): Promise<void> {
    const { service, receiver } = this.#parts;
    await untilQuiet(...service.pids);
    await receiver.reset();
    this.#rounds.push(await measureLatency(this.#parts, { rate: this.#rate, seconds }));
  }

  row(): string[] {
    const of = (what: keyof Latencies, part: number) => this.#rounds.map((round) => quantile(round[what], part));
    const received = { p50: of('receive', 0.5), p99: of('receive', 0.99) };
    return [
      nameOf(this.#case),
      figure(this.#rate),
      spread(of('publish', 0.5), 1),
      spread(of('publish', 0.99), 1),
      spread(received.p50, 1),
      spread(received.p99, 1),
      `${aim(median(received.p50), aims.p50)}; ${aim(median(received.p99), aims.p99)}`,
      `${figure(median(of('late', 0.5)), 1)}, ${figure(median(of('late', 0.99)), 1)}`,
    ];
  }

  /** Events per second that were published and delivered, with no more than a little on the way. */
  async #sustain(events: number): Promise<number> {
    const { receiver, publisher, service } = this.#parts;
    const { fanOut } = this.#case;
    await untilQuiet(...service.pids);
    await receiver.reset();
    const start = sharedNow();
    await publisher.closedLoop({
      events,
      concurrency: 32,
      mayStart: (index) => receiver.atLeast((index - 64) * fanOut),
    });
    await receiver.atLeast(events * fanOut);
    return (events * 1000) / ((await receiver.arrivals()).lastAt - start);
  }
}
