import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TestBellhop } from '../harness/bellhop.ts';
import { eventually } from '../harness/eventually.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import { Receiver } from '../harness/receiver.ts';
import type { WebhookBody } from './support.ts';
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
    // As many as it gets before it has answered once.
    expect(hanging.receiver.received).toHaveLength(2);
  });

  test('nor do so many that they could fill the memory', async () => {
    const healthy = await stage.webhook('boltly');
    const hanging = await Promise.all(
      Array.from({ length: 30 }, () => stage.webhook('boltly', { answer: () => 'hang' })),
    );
    for (const each of hanging) await each.publishMany(30);
    await Promise.all(hanging.map((each) => each.receiver.atLeast(1)));
    await healthy.publishMany(50);
    await healthy.receiver.atLeast(50);
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

describe('a lane in order', () => {
  const stage = new FlowStage({ config: { delivery: { windowPerWebhook: 20 } } });
  const inOrder: Partial<WebhookBody> = { ordering: 'fifo', retry: { schedule: [0, 0] } };

  test('sends one at a time, in the order of publishing, over many batches', async () => {
    let underWay = 0;
    let most = 0;
    const subject = await stage.webhook('boltly', {
      body: inOrder,
      answer: async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise(setImmediate);
        underWay -= 1;
        return {};
      },
    });
    const ids: string[] = [];
    for (let batch = 0; batch < 5; batch += 1) ids.push(...(await subject.publishMany(40)));
    const received = await subject.receiver.atLeast(200);
    expect(received.map(({ json }) => json.id)).toEqual(ids);
    expect(most).toBe(1);
  });

  test('waits for a delivery that is to be tried again, and goes on after one that is given up', async () => {
    const failsTwice = new Map<unknown, number>();
    const subject = await stage.webhook('boltly', {
      body: inOrder,
      answer: ({ json }, index) => {
        if (index === 0) failsTwice.set(json.id, 0);
        const failures = failsTwice.get(json.id);
        failsTwice.set(json.id, (failures ?? 2) + 1);
        return { status: failures === undefined ? 200 : 500 };
      },
    });
    const ids = await subject.publishMany(50);
    const [first, ...others] = ids;
    const received = await subject.receiver.atLeast(52);
    expect(received.map(({ json }) => json.id)).toEqual([first, first, first, ...others]);
  });

  test('keeps the order through a pause and a resume', async () => {
    const subject = await stage.webhook('boltly', { body: inOrder });
    const ids = await subject.publishMany(60);
    await subject.receiver.atLeast(10);
    await subject.pause();
    ids.push(...(await subject.publishMany(10)));
    await subject.resume();
    const received = await subject.receiver.atLeast(70);
    expect(received.map(({ json }) => json.id)).toEqual(ids);
  });

  test('keeps the order from when it is asked to', async () => {
    const subject = await stage.webhook('boltly', { body: { rate_limit: { requests: 1, seconds: 3600 } } });
    const ids = await subject.publishMany(60);
    await subject.receiver.atLeast(1);
    const params = { id: subject.webhook.id };
    await subject.tenant.client.updateWebhook({ params, body: { ordering: 'fifo', rate_limit: null } });
    ids.push(...(await subject.publishMany(10)));
    const received = await subject.receiver.atLeast(70);
    expect(received.slice(1).map(({ json }) => json.id)).toEqual(ids.filter((id) => id !== received[0]?.json.id));
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
      (count) => count === 2,
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
