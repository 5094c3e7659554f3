import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '@bellhop/server';
import { StoreError } from '@bellhop/server';
import type { OperationOutput } from '@bellhop/shared';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allOf } from '../harness/all-of.ts';
import { TestBellhop } from '../harness/bellhop.ts';
import { eventually } from '../harness/eventually.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import { Receiver } from '../harness/receiver.ts';
import type { Subject } from './support.ts';
import { FlowStage, firstEventType } from './support.ts';

type Job = OperationOutput<'getJob'>;

const since = new Date(Date.now() - 3600_000).toISOString();

function completed({ tenant }: Pick<Subject, 'tenant'>, { id }: Job): Promise<Job> {
  return eventually(
    () => tenant.client.getJob({ params: { id } }),
    ({ status }) => status === 'completed',
  );
}

function backlogOf({ tenant, webhook }: Subject) {
  return tenant.client.getBacklog({ params: { id: webhook.id } });
}

function discard({ tenant, webhook }: Subject): Promise<Job> {
  return tenant.client.discardBacklog({ params: { id: webhook.id } });
}

/** Waits until nothing of a webhook waits or is on its way. */
function settled(subject: Subject) {
  return eventually(
    () => backlogOf(subject),
    ({ deliveries }) => deliveries === 0,
  );
}

describe('a backlog', () => {
  const stage = new FlowStage();

  test('is shown while it is held, and sent when the webhook is resumed', async () => {
    const subject = await stage.webhook('boltly');
    await subject.pause();
    await subject.publishMany(30);
    expect(await backlogOf(subject)).toMatchObject({ deliveries: 30, more: false });
    await subject.resume();
    await subject.receiver.atLeast(30);
    expect(await settled(subject)).toEqual({ deliveries: 0, more: false, oldest_at: null });
  });

  test('is sent at once when the webhook is resumed, also what had failed and waited for a later attempt', async () => {
    const subject = await stage.webhook('boltly', {
      answer: { status: 502 },
      body: { retry: { schedule: [3600] } },
    });
    await subject.publishMany(5);
    await subject.recorded(5);
    await subject.pause();
    await subject.publishMany(1);
    expect(await backlogOf(subject)).toMatchObject({ deliveries: 6 });
    subject.receiver.answer({ status: 200 });
    await subject.resume();
    await subject.receiver.atLeast(11);
    expect(await settled(subject)).toMatchObject({ deliveries: 0 });
  });

  test('of a webhook that hangs counts what is on its way as well', async () => {
    const subject = await stage.webhook('boltly', { answer: () => 'hang' });
    await subject.publishMany(300);
    expect(await backlogOf(subject)).toMatchObject({ deliveries: 300 });
  });

  test('that is dropped is never sent; what is published afterwards is', async () => {
    const subject = await stage.webhook('boltly');
    await subject.pause();
    await subject.publishMany(1000);
    expect(await completed(subject, await discard(subject))).toMatchObject({ examined: 1000, affected: 1000 });
    const later = await subject.publish();
    await subject.resume();
    await subject.receiver.atLeast(1);
    await settled(subject);
    expect(subject.receiver.received.map(({ json }) => json.id)).toEqual([later]);
  });

  test('that was dropped by mistake is recovered, and each of it arrives once', async () => {
    const subject = await stage.webhook('boltly');
    await subject.pause();
    const ids = await subject.publishMany(1000);
    await completed(subject, await discard(subject));
    const { client } = subject.tenant;
    const body = { since, outcomes: ['discarded' as const] };
    const job = await client.recoverWebhook({ params: { id: subject.webhook.id }, body });
    expect(await completed(subject, job)).toMatchObject({ examined: 1000, affected: 1000 });
    await subject.resume();
    await subject.receiver.atLeast(1000);
    await settled(subject);
    expect(subject.receiver.received.map(({ json }) => json.id).toSorted()).toEqual(ids.toSorted());
  });
});

describe("a webhook's rate limit", () => {
  const clock = new ManualClock();
  const stage = new FlowStage({ clock });

  test('holds for a backlog that is resumed, and for what is recovered', async () => {
    const subject = await stage.webhook('boltly', { body: { rate_limit: { requests: 2, seconds: 10 } } });
    await subject.pause();
    for (let event = 0; event < 4; event += 1) await subject.publish();
    await subject.resume();
    await subject.recorded(2);
    clock.advance(9999);
    expect(subject.receiver.received).toHaveLength(2);
    clock.advance(1);
    await subject.recorded(4);
    clock.advance(10_000);
    const body = { since, outcomes: ['delivered' as const] };
    await subject.tenant.client.recoverWebhook({ params: { id: subject.webhook.id }, body });
    await subject.recorded(6);
    clock.advance(9999);
    expect(subject.receiver.received).toHaveLength(6);
    clock.advance(1);
    await subject.recorded(8);
  });
});

describe('recover', () => {
  const stage = new FlowStage();

  test('sends again what failed, and nothing that arrived', async () => {
    const subject = await stage.webhook('boltly', {
      body: { retry: { schedule: [] } },
      answer: (_, index) => ({ status: index % 2 === 0 ? 500 : 200 }),
    });
    for (let event = 0; event < 6; event += 1) {
      await subject.publish();
      await subject.recorded(event + 1);
    }
    const failed = subject.receiver.received.filter((_, index) => index % 2 === 0).map(({ json }) => json.id);
    subject.receiver.answer({ status: 200 });
    const { client } = subject.tenant;
    const job = await client.recoverWebhook({ params: { id: subject.webhook.id }, body: { since } });
    expect(await completed(subject, job)).toMatchObject({ examined: 6, affected: 3 });
    await subject.recorded(9);
    const again = subject.receiver.received.slice(6).map(({ json }) => json.id);
    expect(again.toSorted()).toEqual(failed.toSorted());
    const deliveries = await subject.deliveries();
    expect(deliveries.map(({ status, attempts }) => ({ status, attempts }))).toEqual([
      ...Array.from({ length: 3 }, () => [
        { status: 'delivered', attempts: 1 },
        { status: 'delivered', attempts: 2 },
      ]).flat(),
    ]);
  });

  test('what fails once more is not picked again by the same job', async () => {
    const subject = await stage.webhook('boltly', { body: { retry: { schedule: [] } }, answer: { status: 500 } });
    await subject.publishMany(700);
    await settled(subject);
    const { client } = subject.tenant;
    const job = await client.recoverWebhook({ params: { id: subject.webhook.id }, body: { since } });
    expect(await completed(subject, job)).toMatchObject({ examined: 700, affected: 700 });
    await settled(subject);
    expect(subject.receiver.received).toHaveLength(1400);
  });
});

describe('a job that is cancelled', () => {
  const clock = new ManualClock();
  const stage = new FlowStage({ clock });

  test('leaves the rest as it was: it is sent on resuming', async () => {
    const subject = await stage.webhook('boltly');
    await subject.pause();
    const ids = await subject.publishMany(800);
    const { id } = await discard(subject);
    const params = { id };
    // The next step waits for the clock, which stands still.
    await eventually(
      () => subject.tenant.client.getJob({ params }),
      ({ examined }) => examined > 0,
    );
    expect(await subject.tenant.client.cancelJob({ params })).toMatchObject({ status: 'cancelled', affected: 500 });
    clock.advance(60_000);
    await subject.resume();
    await subject.receiver.atLeast(300);
    await settled(subject);
    const received = subject.receiver.received.map(({ json }) => json.id);
    expect(received.toSorted()).toEqual(ids.slice(500).toSorted());
  });
});

describe('a store that fails in the middle of a job', () => {
  let failures = 0;
  /** Every other step is done, but its answer gets lost, or it is not done at all. */
  const failing = (store: Store): Store =>
    new Proxy(store, {
      get(target, method) {
        const works: unknown = Reflect.get(target, method);
        if (method !== 'advanceJob' || typeof works !== 'function') return works;
        return async (...args: unknown[]) => {
          const turn = failures % 4;
          failures += 1;
          if (turn === 1) throw new StoreError('unavailable', 'disk I/O error');
          const step: unknown = await works(...args);
          if (turn === 3 && step) throw new StoreError('unavailable', 'the answer got lost');
          return step;
        };
      },
    });
  const clock = new ManualClock();
  const stage = new FlowStage({ wrapStore: failing, clock });

  test('the job goes on, and takes each delivery once', async () => {
    const subject = await stage.webhook('boltly');
    await subject.pause();
    await subject.publishMany(1000);
    await subject.publishMany(800);
    failures = 0;
    const job = await discard(subject);
    const done = await eventually(
      async () => {
        clock.advance(1000);
        return subject.tenant.client.getJob({ params: { id: job.id } });
      },
      ({ status }) => status === 'completed',
    );
    expect(done).toMatchObject({ examined: 1800, affected: 1800 });
    expect(failures).toBeGreaterThan(4);
    const errors = stage.server.log.filter(({ msg }) => msg === 'a job step failed; trying again');
    expect(errors.length).toBeGreaterThanOrEqual(1);
  });
});

describe('a restart', () => {
  let dataDir: string;
  let receiver: Receiver;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'bellhop-backlog-'));
    receiver = await Receiver.start();
  });
  afterAll(async () => {
    await receiver.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  test('while a backlog is being sent: each of it arrives once', async () => {
    const count = 2000;
    const first = await TestBellhop.start({ dataDir });
    const { client, apiKey } = await first.tenant();
    const { type, sample } = firstEventType('boltly');
    const { id } = await client.createWebhook({ body: { provider: 'boltly', events: [type], url: receiver.url() } });
    const params = { id };
    await client.pauseWebhook({ params });
    const ids: string[] = [];
    for (let batch = 0; batch < count / 1000; batch += 1) {
      const events = Array.from({ length: 1000 }, () => ({ provider: 'boltly', type, data: sample }));
      ids.push(...allOf(await client.publishBatch({ body: { events } })));
    }
    await client.resumeWebhook({ params });
    await receiver.atLeast(300);
    await first.stop();
    expect(receiver.received.length).toBeLessThan(count);

    const second = await TestBellhop.start({ dataDir });
    try {
      await receiver.atLeast(count);
      const headers = { authorization: `Bearer ${apiKey}` };
      await eventually(
        async () => (await fetch(`${second.url}/v1/webhooks/${id}/backlog`, { headers })).json(),
        (backlog) => (backlog as { deliveries: number }).deliveries === 0,
      );
      expect(receiver.received.map(({ json }) => String(json.id)).toSorted()).toEqual(ids.toSorted());
    } finally {
      await second.stop();
    }
  });
});
