import type { Attack } from '../load/attacks.ts';
import { attacks } from '../load/attacks.ts';
import { type Latencies, measureLatency } from '../load/latency.ts';
import { Publisher } from '../load/publisher.ts';
import { eventType, providerId, subject, tenantWith } from '../load/subject.ts';
import { pause, sharedNow } from '../measure/clock.ts';
import { untilQuiet } from '../measure/process-usage.ts';
import { quantile } from '../measure/statistics.ts';
import { Attacker, type Shot } from '../processes/attacker.ts';
import { aim, figure } from '../report.ts';
import { choose } from '../settings.ts';
import type { Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

/** Events per second of the quiet tenant. */
const rate = 20;
const seconds = { full: 5, quick: 1 };
const rounds = { full: 3, quick: 1 };
const limit = 2;
const patienceMs = 5000;

export const neighbours: Scenario = {
  name: 'neighbours',
  question: 'Does a quiet tenant notice what others do?',
  longestSeconds: { full: 900, quick: 180 },

  async run(stage) {
    const rows: string[][] = [];
    for (const attack of attacks) {
      rows.push(await measured(stage, attack));
      stage.progress(`${attack.what}: done`);
    }
    return [
      {
        title: 'Neighbours',
        columns: [
          'what others do',
          'publish p50, ms',
          'publish p99, ms',
          'ratio',
          'aim',
          'receive p99, ms',
          'ratio',
          'aim',
          'longest /healthz, ms',
          'answered',
        ],
        rows,
        notes: [
          `${subject}. ${rate} events/s of one tenant to one webhook, open loop, from each event’s own time; all rounds together. “60 / 20” is with the attack and without, in turn, on one server.`,
          'Attackers run in a process of their own on the same two cores, and take their time from everybody.',
        ],
      },
    ];
  },
};

async function measured(stage: Stage, attack: Attack): Promise<string[]> {
  const { settings } = stage;
  const receiver = await stage.receiver();
  const server = await stage.server(attack.what);
  const attacker = stage.add(new Attacker());
  const quiet = await tenantWith(server, 1, () => receiver.url('/hooks'));
  const publisher = new Publisher(quiet);
  const loop = { rate, seconds: choose(settings, seconds) };
  const shot = await prepared(attack, { server, receiver, seconds: loop.seconds });
  const round = () => measureLatency({ receiver, publisher, tenant: quiet }, loop, patienceMs);
  await receiver.hang();
  await round();
  const [without, beside]: [Latencies[], Latencies[]] = [[], []];
  const answered: Record<string, number> = {};
  let longest = 0;
  for (let number = 0; number < choose(settings, rounds); number += 1) {
    await untilQuiet(server.pid);
    without.push(await round());
    const shooting = attacker.shoot(shot);
    const watching = longestWait(server.url, loop.seconds);
    beside.push(await round());
    longest = Math.max(longest, await watching);
    for (const [status, count] of Object.entries(await shooting)) answered[status] = (answered[status] ?? 0) + count;
  }
  await receiver.letGo();
  await publisher.stop();
  await Promise.all([server.stop(), attacker.stop(), receiver.stop()]);
  return [
    attack.what,
    pair(beside, without, 'publish', 0.5),
    ...compared(beside, without, 'publish'),
    ...compared(beside, without, 'receive'),
    figure(longest, 0),
    Object.entries(answered)
      .map(([status, count]) => `${count} × ${status}`)
      .join(', '),
  ];
}

type Measure = 'publish' | 'receive';

function ofAll(latencies: readonly Latencies[], measure: Measure, share: number): number {
  return quantile(
    latencies.flatMap((each) => each[measure]),
    share,
  );
}

function pair(beside: readonly Latencies[], without: readonly Latencies[], measure: Measure, share: number): string {
  return [beside, without].map((latencies) => figure(ofAll(latencies, measure, share), 1)).join(' / ');
}

function compared(beside: readonly Latencies[], without: readonly Latencies[], measure: Measure): string[] {
  const ratio = ofAll(beside, measure, 0.99) / ofAll(without, measure, 0.99);
  return [pair(beside, without, measure, 0.99), figure(ratio, 2), aim(ratio, limit)];
}

interface Scene {
  readonly server: Awaited<ReturnType<Stage['server']>>;
  readonly receiver: Awaited<ReturnType<Stage['receiver']>>;
  readonly seconds: number;
}

async function prepared(attack: Attack, { server, receiver, seconds }: Scene): Promise<Shot> {
  const { client, apiKey } = await server.tenant('Attacker');
  const { count = 0, at = '', filter = null } = attack.webhooks ?? {};
  const create = (index: number) =>
    client.createWebhook({
      body: { provider: providerId, events: [eventType], url: receiver.url(`${at}/${index}`), filter },
    });
  for (let start = 0; start < count; start += 20) {
    await Promise.all(Array.from({ length: Math.min(20, count - start) }, (_, index) => create(start + index)));
  }
  const { times = 0, body = () => '{}' } = attack.before ?? {};
  for (let number = 0; number < times; number += 1) await client.publishEvent({ body: JSON.parse(body()) });
  return {
    url: server.url,
    apiKey: attack.withKey ? apiKey : undefined,
    body: attack.body?.().replaceAll('{receiver}', receiver.url('')),
    ...{ senders: attack.senders, pauseMs: attack.pauseMs ?? 0, method: attack.method, path: attack.path },
    seconds,
  };
}

/** The longest that a health check took, in milliseconds. */
async function longestWait(url: string, forSeconds: number): Promise<number> {
  const end = sharedNow() + forSeconds * 1000;
  let longest = 0;
  while (sharedNow() < end) {
    const start = sharedNow();
    const answer = await fetch(`${url}/healthz`);
    await answer.text();
    longest = Math.max(longest, sharedNow() - start);
    await pause(10);
  }
  return longest;
}
