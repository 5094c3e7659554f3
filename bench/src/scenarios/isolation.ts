import type { Latencies } from '../load/latency.ts';
import { measureLatency } from '../load/latency.ts';
import { Publisher } from '../load/publisher.ts';
import { subject, type Tenant, tenantWith } from '../load/subject.ts';
import { untilQuiet } from '../measure/process-usage.ts';
import { quantile } from '../measure/statistics.ts';
import type { Receiver } from '../processes/receiver.ts';
import type { ServerProcess } from '../processes/server.ts';
import { aim, figure, spread } from '../report.ts';
import { choose } from '../settings.ts';
import type { Scenario } from './scenario.ts';

/** Events per second to the healthy lane. */
const rate = 200;
/** Events per second that the other lanes get all the time, answered or not. */
const otherRate = 5;
/** Events that the other lanes are given at the start of a round: more than a lane has on the wire. */
const backlog = 50;
const patienceMs = 3000;
/** A p99 is made by a few stalls, so it takes many rounds to compare two of them. */
const hangingLanes = [
  { count: 10, aim: 1.2, rounds: { full: 12, quick: 1 } },
  { count: 200, aim: null, rounds: { full: 4, quick: 1 } },
] as const;

export const isolation: Scenario = {
  name: 'isolation',
  question: 'Does a healthy receiver notice that others hang?',
  longestSeconds: { full: 300, quick: 75 },

  async run(stage) {
    const { settings } = stage;
    const receiver = await stage.receiver();
    const server = await stage.server('isolation');
    const healthy = await tenantWith(server, 1, () => receiver.url('/hooks'));
    const rows: string[][] = [];
    for (const { count, aim: limit, rounds } of hangingLanes) {
      const others = await tenantWith(server, count, (index) => receiver.url(`/hang/${index}`));
      const pair = new Pair({ receiver, server, healthy, others });
      for (let round = 0; round < choose(settings, rounds); round += 1) {
        await pair.measure(choose(settings, { full: 5, quick: 1 }));
        stage.progress(`${count} lanes, round ${round + 1} done`);
      }
      await pair.stop();
      rows.push(...pair.rows(count, limit));
    }
    return [
      {
        title: 'Isolation',
        columns: [
          'other lanes',
          'received p50, ms',
          'received p99, ms',
          'p99 of all rounds, ms',
          'ratio',
          'aim',
          'not received',
        ],
        rows,
        notes: [
          `${subject}. ${rate} events/s to one healthy webhook, open loop, from each event’s own time. Median of the rounds (least–most), with and without in turn. The ratio is that of the p99 over all events of all rounds: a single round’s is made by a few stalls.`,
          `The other lanes get ${backlog} events at once and ${otherRate} more per second. Their endpoints answer at once, or accept and never answer; nothing else differs.`,
          `Not received: within ${patienceMs / 1000} s after the round. Such a delivery counts as ∞.`,
        ],
      },
    ];
  },
};

interface Parts {
  readonly receiver: Receiver;
  readonly server: ServerProcess;
  readonly healthy: Tenant;
  readonly others: Tenant;
}

/** The healthy lane beside lanes that answer, and beside the same lanes hanging. */
class Pair {
  readonly #parts: Parts;
  readonly #healthy: Publisher;
  readonly #others: Publisher;
  readonly #answering: Latencies[] = [];
  readonly #hanging: Latencies[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#healthy = new Publisher(parts.healthy);
    this.#others = new Publisher(parts.others);
  }

  async measure(seconds: number): Promise<void> {
    this.#answering.push(await this.#round(seconds, false));
    this.#hanging.push(await this.#round(seconds, true));
  }

  rows(lanes: number, limit: number | null): string[][] {
    const p99 = (rounds: readonly Latencies[]) =>
      quantile(
        rounds.flatMap(({ receive }) => receive),
        0.99,
      );
    const [without, beside] = [p99(this.#answering), p99(this.#hanging)];
    const ratio = beside / without;
    const verdict = limit === null ? '–' : aim(ratio, limit);
    return [
      [`${lanes} that answer`, ...times(this.#answering), figure(without, 1), '', '', missing(this.#answering)],
      [
        `${lanes} that hang`,
        ...times(this.#hanging),
        figure(beside, 1),
        figure(ratio, 2),
        verdict,
        missing(this.#hanging),
      ],
    ];
  }

  async stop(): Promise<void> {
    await Promise.all([this.#healthy.stop(), this.#others.stop()]);
  }

  async #round(seconds: number, hanging: boolean): Promise<Latencies> {
    const { receiver, server, healthy, others } = this.#parts;
    await receiver.letGo();
    await untilQuiet(server.pid);
    await receiver.reset();
    if (hanging) await receiver.hang();
    await this.#others.batch(backlog);
    if (hanging) await receiver.holds(Math.min(others.fanOut * 10, 1000));
    await untilQuiet(server.pid);
    const alongside = this.#others.openLoop({ rate: otherRate, seconds });
    const loop = { rate, seconds };
    const parts = { receiver, publisher: this.#healthy, tenant: healthy };
    const latencies = await measureLatency(parts, loop, patienceMs);
    await alongside;
    await receiver.letGo();
    return latencies;
  }
}

function times(rounds: readonly Latencies[]): string[] {
  return [0.5, 0.99].map((share) =>
    spread(
      rounds.map(({ receive }) => quantile(receive, share)),
      1,
    ),
  );
}

function missing(rounds: readonly Latencies[]): string {
  const all = rounds.flatMap(({ receive }) => receive);
  return `${figure(all.filter((each) => !Number.isFinite(each)).length)} of ${figure(all.length)}`;
}
