import { ApiError } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import type { Answer } from '../harness/receiver.ts';
import type { WebhookBody } from './support.ts';
import { FlowStage, firstEventType } from './support.ts';

const clock = new ManualClock();
const stage = new FlowStage({ clock });

describe('Zapier', () => {
  test('410 removes the webhook at once; a tombstone tells why', async () => {
    const subject = await stage.webhook('boltly', { answer: { status: 410 }, body: { platform: 'zapier' } });
    await subject.publish();
    const gone = await subject.reaches('gone');
    expect(gone.status_reason?.message).toContain('410');
    await subject.publish();
    clock.advance(24 * 3600_000);
    expect(subject.receiver.received).toHaveLength(1);
    expect((await subject.tenant.client.listWebhooks()).data).toEqual([]);
    expect((await subject.tenant.client.listWebhooks({ query: { status: 'gone' } })).data).toHaveLength(1);
    expect(await subject.deliveries()).toMatchObject([{ status: 'discarded', attempts: 1 }]);
    await expect(subject.resume()).rejects.toMatchObject({ status: 409 });
    await expect(subject.tenant.client.getHook({ params: { id: subject.webhook.id } })).rejects.toMatchObject({
      status: 404,
    });
  });

  test('subscribing again after that makes a new hook', async () => {
    const tenant = await stage.server.tenant();
    const receiver = await stage.receiver((_, index) => ({ status: index === 0 ? 410 : 200 }));
    const { type, sample } = firstEventType('boltly');
    const body = { provider: 'boltly', event: type, target_url: receiver.url(), platform: 'zapier' } as const;
    const first = await tenant.client.subscribeHook({ body });
    await tenant.client.publishEvent({ body: { provider: 'boltly', type, data: sample } });
    await eventually(
      () => tenant.client.getHook({ params: { id: first.id } }).catch((error: unknown) => error),
      (answer) => answer instanceof ApiError && answer.status === 404,
    );
    const second = await tenant.client.subscribeHook({ body });
    expect(second.id).not.toBe(first.id);
    await tenant.client.publishEvent({ body: { provider: 'boltly', type, data: sample } });
    await receiver.atLeast(2);
  });

  test('404 "please unsubscribe me!" removes it as 410 does', async () => {
    const answer = { status: 404, body: '{"status":"please unsubscribe me!"}' };
    const subject = await stage.webhook('boltly', { answer, body: { platform: 'zapier' } });
    await subject.publish();
    expect((await subject.reaches('gone')).status_reason?.message).toContain('unsubscribed');
  });

  test('takes no more than 30 requests in any second', async () => {
    const subject = await stage.webhook('boltly', { body: { platform: 'zapier' } });
    await subject.publishMany(70);
    await subject.recorded(30);
    expect(subject.receiver.received).toHaveLength(30);
    clock.advance(999);
    expect(subject.receiver.received).toHaveLength(30);
    clock.advance(1);
    await subject.recorded(60);
    expect(subject.receiver.received).toHaveLength(60);
    clock.advance(1000);
    await subject.recorded(70);
  });
});

/** A hook that a connector made. */
async function hook(provider: string, answer: Answer) {
  const tenant = await stage.server.tenant();
  const receiver = await stage.receiver(answer);
  const { type, sample } = firstEventType(provider);
  const body = { provider, event: type, target_url: receiver.url(), platform: 'n8n', format: 'standard' } as const;
  const { id } = await tenant.client.subscribeHook({ body });
  const publish = () => tenant.client.publishEvent({ body: { provider, type, data: sample } });
  const deliveries = async () => (await tenant.client.listDeliveries({ params: { id } })).data;
  const attempted = (count: number) =>
    eventually(deliveries, (all) => all.reduce((sum, { attempts }) => sum + attempts, 0) >= count);
  return { tenant, receiver, publish, attempted, state: () => tenant.client.getWebhook({ params: { id } }) };
}

describe("a hook that a connector made is not delivered to by a vendor's rules for its customers' receivers", () => {
  test('Boltcall, which never tries again: what met an outage waits and arrives', async () => {
    const { receiver, publish, attempted } = await hook('boltcall', { status: 502 });
    await publish();
    expect(await attempted(1)).toMatchObject([{ status: 'pending', attempts: 1 }]);
    receiver.answer({ status: 200 });
    clock.advance(7000);
    expect(await attempted(2)).toMatchObject([{ attempts: 2 }]);
  });

  test('InboundFlow, which disables after ten failures: it stays active through fifteen', async () => {
    const { publish, state } = await hook('inboundflow', { status: 502 });
    for (let event = 1; event <= 15; event += 1) await publish();
    await eventually(
      async () => {
        clock.advance(60_000);
        return state();
      },
      ({ consecutive_failures }) => consecutive_failures >= 15,
    );
    expect(await state()).toMatchObject({ status: 'active' });
  });

  test('Boltcall answered 429: it waits as it was asked to', async () => {
    const { receiver, publish, attempted } = await hook('boltcall', { status: 429, headers: { 'retry-after': '2' } });
    await publish();
    expect(await attempted(1)).toMatchObject([{ status: 'pending', attempts: 1 }]);
    receiver.answer({ status: 200 });
    clock.advance(2300);
    expect(await attempted(2)).toMatchObject([{ attempts: 2 }]);
  });
});

describe('a platform that throttles for ten minutes', () => {
  test.each([
    ['and says how long', { 'retry-after': '45' }],
    ['and does not say how long', {}],
  ])('%s: everything arrives, the oldest first, and nothing is given up', async (_, headers) => {
    const end = clock.now() + 600_000;
    const subject = await stage.webhook('boltcall', {
      answer: () => (clock.now() < end ? { status: 429, headers } : { status: 200 }),
      // One at a time, so that they arrive as they were sent.
      body: { platform: 'n8n', rate_limit: { requests: 1, seconds: 1 } },
    });
    const ids = [];
    for (let minute = 0; minute < 10; minute += 1) {
      ids.push(await subject.publish(), await subject.publish());
      for (let step = 0; step < 4; step += 1) {
        clock.advance(15_000);
        await subject.deliveries();
      }
    }
    const arrived = await eventually(
      async () => {
        clock.advance(1000);
        return subject.deliveries();
      },
      (deliveries) => deliveries.every(({ status }) => status === 'delivered'),
    );
    expect(arrived).toHaveLength(20);
    const order = (await subject.attempts()).filter(({ outcome }) => outcome === 'delivered').reverse();
    expect(order.map(({ event_id }) => event_id)).toEqual(ids);
  });
});

describe('Salpre, to whom only 200 is a success', () => {
  test.each<[string, Partial<WebhookBody>, string]>([
    ['Power Automate', { platform: 'power_automate' }, 'delivered'],
    ['the standard format', { format: 'standard' }, 'delivered'],
    ["a customer's receiver in its own format", { retry: { schedule: [] } }, 'exhausted'],
  ])('202 of %s', async (_, body, status) => {
    const subject = await stage.webhook('salpre', { answer: { status: 202 }, body });
    await subject.publish();
    expect(await subject.delivery((delivery) => delivery.status === status)).toMatchObject({ attempts: 1 });
  });
});

describe('Make', () => {
  test('410 pauses the webhook only when it persists; the backlog is kept and sent on resume', async () => {
    const subject = await stage.webhook('boltly', { answer: { status: 410 }, body: { platform: 'make' } });
    for (let event = 1; event <= 4; event += 1) {
      await subject.publish();
      await subject.recorded(event);
    }
    expect((await subject.state()).status).toBe('active');
    await subject.publish();
    const paused = await subject.reaches('paused');
    expect(paused.status_reason?.message).toContain('scenario');
    subject.receiver.answer({ status: 200, body: 'Accepted' });
    await subject.publish();
    await subject.resume();
    await eventually(
      async () => {
        clock.advance(10_000);
        return subject.deliveries();
      },
      (deliveries) => deliveries.length === 6 && deliveries.every(({ status }) => status === 'delivered'),
    );
  });

  test('"Queue is full" is being busy, not failing; another 400 is a failure', async () => {
    const subject = await stage.webhook('boltly', {
      answer: (_, index) => ({ status: 400, body: index === 0 ? 'Queue is full.' : 'Bad request' }),
      body: { platform: 'make' },
    });
    await subject.publish();
    const [busy] = await subject.recorded(1);
    expect(busy?.outcome).toBe('throttled');
    clock.advance(60_000);
    const [failed] = await subject.recorded(2);
    expect(failed?.outcome).toBe('failed');
  });
});

describe('n8n', () => {
  const notRegistered = {
    status: 404,
    body: JSON.stringify({ code: 404, message: 'The requested webhook "POST abc" is not registered.' }),
  };

  test('"not registered" pauses the webhook and keeps the event that met it', async () => {
    const subject = await stage.webhook('boltcall', { answer: notRegistered, body: { platform: 'n8n' } });
    await subject.publish();
    const paused = await subject.reaches('paused');
    expect(paused.status_reason?.message).toContain('Activate');
    expect(await subject.deliveries()).toMatchObject([{ status: 'held' }]);
    subject.receiver.answer({ status: 200 });
    await subject.resume();
    await subject.delivery(({ status }) => status === 'delivered');
  });

  test('another 404 is a failure like any', async () => {
    const subject = await stage.webhook('boltcall', { answer: { status: 404 }, body: { platform: 'n8n' } });
    await subject.publish();
    await subject.delivery(({ attempts, next_attempt_at }) => attempts === 1 && next_attempt_at !== null);
    expect((await subject.state()).status).toBe('active');
  });
});

describe('Power Automate', () => {
  test.each([404, 410])('%s pauses the webhook', async (status) => {
    const subject = await stage.webhook('boltly', { answer: { status }, body: { platform: 'power_automate' } });
    await subject.publish();
    await subject.reaches('paused');
  });
});

describe('a custom receiver', () => {
  test('410 is a failure like any: it may be mid-deploy', async () => {
    const subject = await stage.webhook('boltly', { answer: { status: 410 } });
    await subject.publish();
    const delivery = await subject.delivery(({ attempts }) => attempts === 1);
    expect(delivery.status).toBe('pending');
    expect((await subject.state()).status).toBe('active');
  });
});
