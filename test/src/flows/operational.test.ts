import type { JsonObject } from '@bellhop/shared';
import {
  defaultRetrySchedule,
  deliveryExhausted,
  failingAfterFailures,
  operationalProvider,
  webhookFailing,
  webhookRecovered,
  webhookStopped,
} from '@bellhop/shared';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import type { Tenant } from '../harness/bellhop.ts';
import { eventually } from '../harness/eventually.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import type { Answer, Answering, Received } from '../harness/receiver.ts';
import type { WebhookBody } from './support.ts';
import { FlowStage, Subject } from './support.ts';

/** It stands still, so that nothing is sent because the server looks from time to time: only because it was told to. */
const clock = new ManualClock();
const stage = new FlowStage({ clock });

/** A server whose time a test moves on. The library of Standard Webhooks takes no part: it goes by the real time. */
const movingClock = new ManualClock();
const movingStage = new FlowStage({ clock: movingClock });

const none = { code: '', message: '' };
const [disabled, paused, gone] = (['disabled', 'paused', 'gone'] as const).map(
  (status) => webhookStopped(status, none).type,
);
const [failing, recovered, exhausted] = [webhookFailing(0), webhookRecovered(0), deliveryExhausted(0)].map(
  ({ type }) => type,
);

/** A webhook that subscribes to operational events, all of them unless said otherwise. */
async function monitor(
  tenant: Tenant,
  body: Partial<WebhookBody> = {},
  answer: Answering | Answer = {},
): Promise<Subject> {
  const receiver = await stage.receiver(answer);
  const events = Object.keys(operationalProvider.events);
  const webhook = await tenant.client.createWebhook({
    body: { provider: operationalProvider.id, events, url: receiver.url('/monitor'), ...body },
  });
  const [type = ''] = webhook.events;
  return new Subject({ tenant, receiver, webhook, type, sample: operationalProvider.events[type]?.sample ?? {} });
}

/** What a report says, after the library of Standard Webhooks has verified it. */
function verified({ webhook }: Subject, { body, headers }: Received): { id: string; type: string; data: JsonObject } {
  const verifier = new StandardWebhook(webhook.signing_secret ?? '');
  return verifier.verify(body, headers as Record<string, string>) as ReturnType<typeof verified>;
}

/** The first reports that a monitor got. */
async function reports(subject: Subject, count: number) {
  const received = await subject.receiver.atLeast(count);
  return received.slice(0, count).map((request) => verified(subject, request));
}

/** The operational events that the organization's log shows, oldest first. */
async function logged({ client }: Tenant) {
  const query = { provider: operationalProvider.id, limit: 100 };
  return (await client.listEvents({ query })).data.reverse();
}

/** Publishes one event after the other, each once the last one's attempt is recorded. */
async function publishInTurn(subject: Subject, count: number): Promise<void> {
  const before = (await subject.attempts()).length;
  for (let event = 1; event <= count; event += 1) {
    await subject.publish();
    await subject.recorded(before + event);
  }
}

describe.each(['provider', 'standard'] as const)('a monitor in the %s format', (format) => {
  test('hears that a webhook is failing and then disabled, and can verify it', async () => {
    const tenant = await stage.server.tenant();
    const ops = await monitor(tenant, { format });
    const subject = await stage.webhook('inboundflow', { tenant, answer: { status: 503 }, body: { name: 'Leads' } });
    await publishInTurn(subject, 10);
    const { status_reason } = await subject.reaches('disabled');
    const [first, second] = await reports(ops, 2);
    const webhook = {
      id: subject.webhook.id,
      name: 'Leads',
      provider: 'inboundflow',
      platform: 'custom',
      url: new URL('/…', subject.webhook.url).href.replace('%E2%80%A6', '…'),
      events: [subject.type],
    };
    const attempts = (await subject.attempts()).reverse();
    const attemptOf = (index: number) => ({
      id: attempts[index]?.id,
      delivery_id: attempts[index]?.delivery_id,
      event_id: attempts[index]?.event_id,
      event: subject.type,
      test: false,
      number: 1,
      status_code: 503,
      error: null,
    });
    const at = new Date(clock.now()).toISOString();
    expect(first).toEqual({
      id: expect.stringMatching(/^evt_/),
      provider: operationalProvider.id,
      type: failing,
      timestamp: at,
      data: { webhook, consecutive_failures: failingAfterFailures, attempt: attemptOf(4), at },
    });
    const reason = { code: status_reason?.code, message: status_reason?.message };
    expect(second).toMatchObject({
      type: disabled,
      data: { webhook, status: 'disabled', reason, attempt: attemptOf(9), at },
    });
    expect(reason.message).toContain('503 Service Unavailable');
    for (const { type, data } of [first, second].filter((each) => each !== undefined)) {
      expect(operationalProvider.events[type]?.schema.safeParse(data).error).toBeUndefined();
    }
    expect(ops.receiver.received[1]?.body).not.toContain('/hook');
  });
});

test('who subscribes through a REST hook gets the same', async () => {
  const tenant = await stage.server.tenant();
  const receiver = await stage.receiver();
  const event = disabled ?? '';
  const hook = await tenant.client.subscribeHook({
    body: { provider: operationalProvider.id, event, target_url: receiver.url(), format: 'standard' },
  });
  const subject = await stage.webhook('inboundflow', { tenant, answer: { status: 500 } });
  await publishInTurn(subject, 10);
  const { body, headers } = await receiver.request(0);
  const verifier = new StandardWebhook(hook.signing_secret ?? '');
  expect(verifier.verify(body, headers as Record<string, string>)).toMatchObject({ type: disabled });
  const { data } = await tenant.client.getHookSample({ query: { provider: operationalProvider.id, event } });
  expect(data.map((each) => each.id)).toEqual([JSON.parse(body).id, 'evt_sample']);
});

test('a webhook that Zapier ends is reported', async () => {
  const tenant = await stage.server.tenant();
  const ops = await monitor(tenant);
  const subject = await stage.webhook('boltly', { tenant, answer: { status: 410 }, body: { platform: 'zapier' } });
  const eventId = await subject.publish();
  const [report] = await reports(ops, 1);
  expect(report).toMatchObject({
    type: gone,
    data: {
      webhook: { id: subject.webhook.id, platform: 'zapier' },
      status: 'gone',
      reason: { code: 'platform_gone' },
      attempt: { event_id: eventId, status_code: 410, error: expect.stringContaining('Zapier') },
    },
  });
});

test('one that n8n does not know any more is reported as paused, once; one that a person pauses is not', async () => {
  const tenant = await stage.server.tenant();
  const ops = await monitor(tenant);
  const answer = { status: 404, body: '{"message":"The requested webhook \\"POST abc\\" is not registered."}' };
  const subject = await stage.webhook('boltly', { tenant, answer, body: { platform: 'n8n' } });
  const other = await stage.webhook('boltly', { tenant });
  await other.pause();
  await other.resume();
  await subject.publishMany(5);
  const [report] = await reports(ops, 1);
  expect(report).toMatchObject({ type: paused, data: { status: 'paused', attempt: { status_code: 404 } } });
  await eventually(
    () => subject.deliveries(),
    (deliveries) => deliveries.every(({ status }) => status === 'held'),
  );
  expect((await logged(tenant)).map(({ type }) => type)).toEqual([paused]);
});

test('a webhook that comes back after it was failing is reported as recovered', async () => {
  const tenant = await stage.server.tenant();
  const ops = await monitor(tenant, { events: [failing ?? '', recovered ?? ''] });
  const subject = await stage.webhook('boltly', { tenant, answer: { status: 500 } });
  await publishInTurn(subject, failingAfterFailures + 2);
  subject.receiver.answer({ status: 200 });
  await publishInTurn(subject, 3);
  const [, report] = await reports(ops, 2);
  expect(report).toMatchObject({
    type: recovered,
    data: { consecutive_failures: failingAfterFailures + 2, attempt: { status_code: 200 } },
  });
  expect((await logged(tenant)).map(({ type }) => type)).toEqual([failing, recovered]);
});

test('a delivery that is given up is reported to whoever subscribes, also when it was only ever told to wait', async () => {
  const tenant = await movingStage.server.tenant();
  const ops = await monitor(tenant, { events: [exhausted ?? ''] });
  const answer: Answering = (_, index) => ({ status: index === 0 ? 500 : 429 });
  const subject = await movingStage.webhook('boltcall', { tenant, answer });
  await publishInTurn(subject, 2);
  const deliveries = (await subject.deliveries()).reverse();
  // As long as throttling is waited out.
  movingClock.advance(3 * 24 * 3600 * 1000);
  const told = await ops.receiver.atLeast(2);
  expect(told.map(({ json }) => json)).toMatchObject(
    [500, 429].map((status, index) => ({
      type: exhausted,
      data: {
        webhook: { id: subject.webhook.id, provider: 'boltcall' },
        attempts: index + 1,
        attempt: { delivery_id: deliveries[index]?.id, event: subject.type, status_code: status },
      },
    })),
  );
});

test('without a subscriber, what stopped a webhook is in the log all the same, with its trace', async () => {
  const tenant = await stage.server.tenant();
  const subject = await stage.webhook('boltly', { tenant, answer: { status: 410 }, body: { platform: 'zapier' } });
  await subject.publish();
  await subject.reaches('gone');
  const [event, ...others] = await logged(tenant);
  expect([event?.type, others]).toEqual([gone, []]);
  const ops = await monitor(tenant);
  const { trace } = await tenant.client.getEvent({ params: { id: event?.id ?? '' } });
  expect(trace).toMatchObject([{ webhook_id: ops.webhook.id, matched: false }]);
});

test('a test reports nothing, except that its answer ended the webhook', async () => {
  const tenant = await stage.server.tenant();
  const ops = await monitor(tenant);
  const subject = await stage.webhook('boltcall', { tenant, answer: { status: 500 }, body: { platform: 'zapier' } });
  const params = { id: subject.webhook.id };
  for (let attempt = 0; attempt <= failingAfterFailures; attempt += 1) await tenant.client.testWebhook({ params });
  expect(await logged(tenant)).toEqual([]);
  subject.receiver.answer({ status: 410 });
  await tenant.client.testWebhook({ params });
  const [report] = await reports(ops, 1);
  expect(report).toMatchObject({ type: gone, data: { webhook: { id: params.id }, attempt: { test: true } } });
});

describe('a monitor that fails itself', () => {
  test('is reported to nobody, however long it is tried: reports do not beget reports', async () => {
    const tenant = await movingStage.server.tenant();
    const dead = await monitor(tenant, {}, { status: 500 });
    const alive = await monitor(tenant);
    const subject = await movingStage.webhook('boltcall', { tenant, answer: { status: 500 } });
    await publishInTurn(subject, 3);
    await alive.receiver.atLeast(3);
    await dead.recorded(3);
    const schedule = defaultRetrySchedule.delays;
    for (const [index, delay] of schedule.entries()) {
      movingClock.advance(delay * 1200 + 1);
      await dead.recorded(3 * (index + 2));
    }
    const deliveries = await dead.deliveries();
    expect(deliveries.map(({ status, attempts }) => [status, attempts])).toEqual(
      Array(3).fill(['exhausted', schedule.length + 1]),
    );
    // Those that were under way together count once.
    expect((await dead.state()).consecutive_failures).toBeGreaterThan(schedule.length);
    expect((await logged(tenant)).map(({ type }) => type)).toEqual([exhausted, exhausted, exhausted]);
    expect(alive.receiver.received).toHaveLength(3);
  });

  test('and is ended by its platform is reported to the others', async () => {
    const tenant = await stage.server.tenant();
    const ended = await monitor(tenant, { platform: 'zapier' } as Partial<WebhookBody>, { status: 410 });
    const alive = await monitor(tenant);
    const subject = await stage.webhook('boltcall', { tenant, answer: { status: 500 } });
    await subject.publish();
    const all = await reports(alive, 2);
    expect(all.map(({ type }) => type)).toEqual([exhausted, gone]);
    expect(all[1]).toMatchObject({ data: { webhook: { id: ended.webhook.id, provider: operationalProvider.id } } });
    expect((await logged(tenant)).map(({ type }) => type)).toEqual([exhausted, gone]);
  });
});

test.each(Object.keys(operationalProvider.events))('%s can be previewed and tested like any event', async (type) => {
  const tenant = await stage.server.tenant();
  const ops = await monitor(tenant, { events: [type] });
  const { provider, url } = ops.webhook;
  const preview = await tenant.client.previewWebhook({ body: { provider, event: type, url } });
  expect(JSON.parse(preview.body)).toMatchObject({ provider, type, data: ops.sample });
  const attempt = await tenant.client.testWebhook({ params: { id: ops.webhook.id } });
  expect(attempt.outcome).toBe('delivered');
  expect(await reports(ops, 1)).toMatchObject([{ type, data: ops.sample }]);
  expect(await logged(tenant)).toMatchObject([{ type, test: true }]);
});
