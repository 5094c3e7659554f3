import { defaultRetrySchedule } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import type { Subject } from './support.ts';
import { FlowStage } from './support.ts';

const clock = new ManualClock();
const stage = new FlowStage({ clock });

/** Moves the clock to the newest delivery's next attempt and waits until that one is recorded; answers how long it was. */
async function toNextAttempt(subject: Subject): Promise<number> {
  const before = (await subject.attempts()).length;
  const { next_attempt_at } = await subject.delivery((delivery) => delivery.next_attempt_at !== null);
  const wait = Date.parse(next_attempt_at ?? '') - clock.now();
  // What waits for a receiver that throttles goes up to a tenth later.
  clock.advance(wait * 1.1);
  await subject.recorded(before + 1);
  return wait / 1000;
}

describe('Bolten', () => {
  test('tries five more times, with growing distance, and then stops', async () => {
    const subject = await stage.webhook('bolten', { answer: { status: 500 } });
    await subject.publish();
    await subject.recorded(1);
    const waits = [];
    for (let retry = 1; retry <= 5; retry += 1) waits.push(await toNextAttempt(subject));
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    const delivery = await subject.delivery(({ status }) => status === 'exhausted');
    expect(delivery).toMatchObject({ attempts: 6, next_attempt_at: null });
    clock.advance(30 * 24 * 3600 * 1000);
    expect(subject.receiver.received).toHaveLength(6);
    expect((await subject.state()).status).toBe('active');
  });

  test('every attempt has the same body', async () => {
    const subject = await stage.webhook('bolten', { answer: (_, index) => ({ status: index < 2 ? 503 : 200 }) });
    await subject.publish();
    await subject.recorded(1);
    await toNextAttempt(subject);
    await toNextAttempt(subject);
    expect(new Set(subject.receiver.received.map(({ body }) => body)).size).toBe(1);
    await subject.delivery(({ status }) => status === 'delivered');
  });
});

describe('the house schedule', () => {
  test('is the one of Standard Webhooks, each wait up to a fifth longer', async () => {
    const subject = await stage.webhook('boltly', { answer: { status: 404 } });
    await subject.publish();
    await subject.recorded(1);
    for (const delay of defaultRetrySchedule.delays) {
      const wait = await toNextAttempt(subject);
      expect(wait).toBeGreaterThanOrEqual(delay - 0.5);
      expect(wait).toBeLessThanOrEqual(delay * 1.2 + 0.5);
    }
    await subject.delivery(({ status }) => status === 'exhausted');
    expect(subject.receiver.received).toHaveLength(10);
  });

  test('a signature and a timestamp are fresh at every attempt, ids are not', async () => {
    const subject = await stage.webhook('inboundflow', {
      answer: (_, index) => ({ status: index === 0 ? 500 : 200 }),
      body: { signing_secret: 'a-secret-of-the-customer' },
    });
    await subject.publish();
    await subject.recorded(1);
    await toNextAttempt(subject);
    const [first, second] = subject.receiver.received;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['x-inboundflow-delivery-id']).toBe(first?.headers['x-inboundflow-delivery-id']);
    expect(Number(second?.headers['x-inboundflow-timestamp'])).toBeGreaterThan(
      Number(first?.headers['x-inboundflow-timestamp']),
    );
    expect(second?.headers['x-inboundflow-signature']).not.toBe(first?.headers['x-inboundflow-signature']);
  });

  test('a webhook may have its own', async () => {
    const subject = await stage.webhook('boltly', { answer: { status: 500 }, body: { retry: { schedule: [7] } } });
    await subject.publish();
    await subject.recorded(1);
    const wait = await toNextAttempt(subject);
    expect(wait).toBeGreaterThanOrEqual(7 - 0.5);
    expect(wait).toBeLessThanOrEqual(7 * 1.2 + 0.5);
    await subject.delivery(({ status }) => status === 'exhausted');
  });
});

describe('Boltcall', () => {
  test('does not try again by itself; a replay sends the same request again', async () => {
    const subject = await stage.webhook('boltcall', { answer: (_, index) => ({ status: index === 0 ? 500 : 200 }) });
    await subject.publish();
    const failed = await subject.delivery(({ status }) => status === 'exhausted');
    expect(failed).toMatchObject({ attempts: 1, last_attempt: { status_code: 500, outcome: 'failed' } });
    clock.advance(7 * 24 * 3600 * 1000);
    expect(subject.receiver.received).toHaveLength(1);

    await subject.tenant.client.replayDelivery({ params: { id: failed.id } });
    const replayed = await subject.delivery(({ status }) => status === 'delivered');
    expect(replayed).toMatchObject({ id: failed.id, attempts: 2, last_attempt: { number: 2, status_code: 200 } });
    expect(subject.receiver.received[1]?.body).toBe(subject.receiver.received[0]?.body);
  });
});

describe('a receiver that asks for patience', () => {
  test('429 with Retry-After is waited for, uses up no retry and does not count as a failure', async () => {
    const subject = await stage.webhook('bolten', {
      answer: (_, index) => (index < 5 ? { status: 429, headers: { 'retry-after': '30' } } : { status: 200 }),
    });
    await subject.publish();
    await subject.recorded(1);
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const wait = await toNextAttempt(subject);
      expect(wait).toBeGreaterThanOrEqual(30 - 0.5);
      expect(wait).toBeLessThanOrEqual(33.5);
    }
    await subject.delivery(({ status }) => status === 'delivered');
    const attempts = await subject.attempts();
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['delivered', ...Array(5).fill('throttled')]);
    expect((await subject.state()).consecutive_failures).toBe(0);
  });

  test('nothing else is sent to that webhook meanwhile', async () => {
    const subject = await stage.webhook('boltly', {
      answer: (_, index) => (index === 0 ? { status: 429, headers: { 'retry-after': '60' } } : { status: 200 }),
    });
    await subject.publish();
    await subject.recorded(1);
    await subject.publish();
    await subject.publish();
    clock.advance(59_000);
    expect(subject.receiver.received).toHaveLength(1);
    clock.advance(8000);
    await subject.receiver.atLeast(4);
  });

  test('Retry-After as a date, on a failure, makes the wait longer but not shorter', async () => {
    const date = new Date(clock.now() + 600_000).toUTCString();
    const subject = await stage.webhook('boltly', {
      answer: (_, index) => (index === 0 ? { status: 503, headers: { 'retry-after': date } } : { status: 200 }),
    });
    await subject.publish();
    await subject.recorded(1);
    const wait = await toNextAttempt(subject);
    expect(wait).toBeGreaterThan(590);
    expect(wait).toBeLessThan(602);
  });
});

describe('InboundFlow', () => {
  test('requests that fail at the same time are one failure in a row', async () => {
    const all = Promise.withResolvers<void>();
    const subject = await stage.webhook('inboundflow', {
      answer: async (_, index) => {
        if (index < 10) return { status: 200 };
        if (index === 19) all.resolve();
        await all.promise;
        return { status: 502 };
      },
    });
    // Ten deliveries let it have ten requests on the wire.
    await subject.publishMany(10);
    await subject.recorded(10);
    await subject.publishMany(10);
    await subject.recorded(20);
    expect(await subject.state()).toMatchObject({ status: 'active', consecutive_failures: 1 });
  });

  test('ten failures in a row disable the webhook, saying what the last answer was; reconnecting enables it', async () => {
    const subject = await stage.webhook('inboundflow', { answer: { status: 502 } });
    for (let event = 1; event <= 10; event += 1) {
      await subject.publish();
      await subject.recorded(event);
    }
    const disabled = await subject.reaches('disabled');
    expect(disabled.status_reason).toMatchObject({ code: 'consecutive_failures' });
    expect(disabled.status_reason?.message).toContain('502 Bad Gateway');
    expect(disabled.consecutive_failures).toBe(10);

    await subject.publish();
    const held = await subject.delivery(({ status }) => status === 'held');
    expect(held.attempts).toBe(0);
    clock.advance(3600_000);
    expect(subject.receiver.received).toHaveLength(10);

    subject.receiver.answer({ status: 200 });
    const resumed = await subject.resume();
    expect(resumed).toMatchObject({ status: 'active', status_reason: null, consecutive_failures: 0 });
    await subject.receiver.atLeast(21);
    await eventually(
      () => subject.deliveries(),
      (deliveries) => deliveries.every(({ status }) => status === 'delivered'),
    );
  });

  test('nine failures and a success start the count again', async () => {
    const subject = await stage.webhook('inboundflow', { answer: (_, index) => ({ status: index === 9 ? 200 : 500 }) });
    for (let event = 1; event <= 18; event += 1) {
      await subject.publish();
      await subject.recorded(event);
    }
    expect(await subject.state()).toMatchObject({ status: 'active', consecutive_failures: 8 });
  });

  test('tests neither count nor wait', async () => {
    const subject = await stage.webhook('inboundflow', { answer: { status: 500 } });
    for (let attempt = 1; attempt <= 11; attempt += 1) {
      const { outcome } = await subject.tenant.client.testWebhook({ params: { id: subject.webhook.id } });
      expect(outcome).toBe('failed');
    }
    expect(await subject.state()).toMatchObject({ status: 'active', consecutive_failures: 0 });
  });
});

describe('success', () => {
  test.each(['boltcall', 'boltly', 'bolten', 'inboundflow'])('201 and 204 are success for %s', async (provider) => {
    const subject = await stage.webhook(provider, { answer: (_, index) => ({ status: index === 0 ? 201 : 299 }) });
    await subject.publish();
    await subject.publish();
    const attempts = await subject.recorded(2);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['delivered', 'delivered']);
  });

  test('only 200 is success for Salpre, and the log says so', async () => {
    const subject = await stage.webhook('salpre', { answer: (_, index) => ({ status: index === 0 ? 201 : 200 }) });
    await subject.publish();
    const [attempt] = await subject.recorded(1);
    expect(attempt).toMatchObject({
      outcome: 'failed',
      status_code: 201,
      error: 'The receiver answered 201 Created. Only 200 counts as success here.',
    });
    await toNextAttempt(subject);
    await subject.delivery(({ status }) => status === 'delivered');
  });

  test('a redirect is a failure and is not followed', async () => {
    const elsewhere = await stage.receiver();
    const subject = await stage.webhook('boltcall', {
      answer: { status: 302, headers: { location: elsewhere.url('/stolen') } },
    });
    await subject.publish();
    await subject.delivery(({ status }) => status === 'exhausted');
    expect(elsewhere.received).toHaveLength(0);
  });
});
