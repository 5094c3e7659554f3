import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { TestBellhop } from '../harness/bellhop.ts';
import { eventually } from '../harness/eventually.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import { Receiver } from '../harness/receiver.ts';
import { FlowStage, firstEventType } from './support.ts';

describe('lanes', () => {
  const stage = new FlowStage({
    config: { delivery: { windowPerWebhook: 20, concurrencyPerWebhook: 5, window: 100 } },
  });

  test('a receiver that never answers holds up no other', async () => {
    const hanging = await stage.webhook('boltly', { answer: () => 'hang' });
    const healthy = await stage.webhook('boltly', { tenant: hanging.tenant });
    await hanging.publishMany(300);
    await healthy.receiver.atLeast(300);
    expect(hanging.receiver.received).toHaveLength(5);
  });

  test('what does not fit into memory waits in the store, and all of it arrives once', async () => {
    const subject = await stage.webhook('boltly');
    const ids = await subject.publishMany(1000);
    const received = await subject.receiver.atLeast(1000);
    expect(new Set(received.map(({ json }) => json.id))).toEqual(new Set(ids));
    await eventually(
      () => subject.deliveries(),
      (deliveries) => deliveries.every(({ status }) => status === 'delivered'),
    );
    expect(subject.receiver.received).toHaveLength(1000);
  });
});

describe("a webhook's own rate limit", () => {
  const clock = new ManualClock();
  const stage = new FlowStage({ clock });

  test('is kept', async () => {
    const subject = await stage.webhook('boltly', { body: { rate_limit: { requests: 2, seconds: 10 } } });
    for (let event = 0; event < 5; event += 1) await subject.publish();
    await subject.recorded(2);
    clock.advance(9999);
    expect(subject.receiver.received).toHaveLength(2);
    clock.advance(1);
    await subject.recorded(4);
    expect(subject.receiver.received).toHaveLength(4);
    clock.advance(10_000);
    await subject.recorded(5);
  });
});

describe('a stop', () => {
  test('gives back what was not finished; the next start sends it', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'bellhop-stop-'));
    const receiver = await Receiver.start(() => 'hang');
    const first = await TestBellhop.start({ dataDir, config: { shutdownSeconds: 0 } });
    const { client } = await first.tenant();
    const { type, sample } = firstEventType('boltly');
    await client.createWebhook({ body: { provider: 'boltly', events: [type], url: receiver.url() } });
    const events = Array.from({ length: 30 }, () => ({ provider: 'boltly', type, data: sample }));
    const { ids } = await client.publishBatch({ body: { events } });
    await eventually(
      async () => receiver.received.length,
      (count) => count === 10,
    );
    await first.stop();

    const cut = receiver.received.length;
    receiver.answer({ status: 200 });
    const second = await TestBellhop.start({ dataDir });
    await receiver.atLeast(cut + 30);
    const later = receiver.received.slice(cut).map(({ json }) => json.id);
    expect(new Set(later)).toEqual(new Set(ids));
    await second.stop();
    await receiver.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
});
