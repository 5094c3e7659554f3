import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SteadyClock } from '@bellhop/server';
import { describe, expect, test } from 'vitest';
import { TestBellhop } from '../harness/bellhop.ts';
import { eventually } from '../harness/eventually.ts';
import { Receiver } from '../harness/receiver.ts';
import { FlowStage, firstEventType } from './support.ts';

const hour = 3600 * 1000;

/** A machine's clock that a test can set. */
class Machine {
  offset = 0;

  get now(): number {
    return Date.now() + this.offset;
  }

  newClock(): SteadyClock {
    return new SteadyClock({ wall: () => this.now, elapsed: () => performance.now() });
  }
}

describe.each([
  ['back', -hour],
  ['forward', hour],
])('the machine’s clock is set %s by an hour', (_, jump) => {
  const machine = new Machine();
  const stage = new FlowStage({ clock: machine.newClock() });

  test('and everything goes on: retries, new events, limits', async () => {
    const failsOnce = await stage.webhook('boltly', {
      answer: (_request, index) => ({ status: index === 0 ? 500 : 200 }),
      body: { retry: { schedule: [1] } },
    });
    const limited = await stage.webhook('boltly', {
      tenant: failsOnce.tenant,
      body: { rate_limit: { requests: 10, seconds: 1 } },
    });
    await failsOnce.publishMany(15);
    await failsOnce.recorded(15);
    await limited.receiver.atLeast(10);
    machine.offset += jump;
    // The one that failed, and those that the limit kept back.
    await failsOnce.receiver.atLeast(16);
    await limited.receiver.atLeast(15);
    const [first, eleventh] = [await limited.receiver.request(0), await limited.receiver.request(10)];
    expect(eleventh.at - first.at).toBeGreaterThanOrEqual(950);
    await failsOnce.publish();
    await failsOnce.receiver.atLeast(17);
    await limited.receiver.atLeast(16);
  });

  test('and nothing that is due in half an hour is sent now', async () => {
    const subject = await stage.webhook('boltly', {
      answer: { status: 500 },
      body: { retry: { schedule: [1800, 1800] } },
    });
    await subject.publishMany(5);
    await subject.recorded(5);
    machine.offset += jump;
    const other = await stage.webhook('boltly', { tenant: subject.tenant });
    await subject.publish();
    await other.receiver.atLeast(1);
    await subject.recorded(6);
    expect(subject.receiver.received).toHaveLength(6);
  });

  test('and requests are signed with the time that the machine’s clock shows', async () => {
    const subject = await stage.webhook('boltly', { body: { format: 'standard' } });
    await subject.publish();
    const { headers } = await subject.receiver.request(0);
    expect(Math.abs(Number(headers['webhook-timestamp']) * 1000 - machine.now)).toBeLessThan(60_000);
  });
});

test('the machine’s clock is set back while the server is off: what waits is sent at the next start', async () => {
  const machine = new Machine();
  const dataDir = await mkdtemp(join(tmpdir(), 'bellhop-clock-'));
  const receiver = await Receiver.start(() => 'hang');
  const first = await TestBellhop.start({ dataDir, clock: machine.newClock(), config: { shutdownSeconds: 0 } });
  const { client } = await first.tenant();
  const { type, sample } = firstEventType('boltly');
  await client.createWebhook({ body: { provider: 'boltly', events: [type], url: receiver.url() } });
  const events = Array.from({ length: 20 }, () => ({ provider: 'boltly', type, data: sample }));
  const { ids } = await client.publishBatch({ body: { events } });
  await first.stop();
  receiver.answer({ status: 200 });
  machine.offset -= hour;
  const second = await TestBellhop.start({ dataDir, clock: machine.newClock() });
  await eventually(
    async () => new Set(receiver.received.map(({ json }) => json.id)),
    (received) => ids.every((id) => received.has(id)),
  );
  await second.stop();
  await receiver.stop();
  await rm(dataDir, { recursive: true, force: true });
});
