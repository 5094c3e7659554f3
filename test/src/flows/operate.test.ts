import { describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { FlowStage, firstEventType } from './support.ts';

const stage = new FlowStage();

describe('pause and resume', () => {
  test('a paused webhook gets nothing and loses nothing', async () => {
    const subject = await stage.webhook('boltly');
    const paused = await subject.pause();
    expect(paused).toMatchObject({ status: 'paused', status_reason: { code: 'paused_by_customer' } });
    await subject.publish();
    await subject.publish();
    const deliveries = await subject.deliveries();
    expect(deliveries.map(({ status }) => status)).toEqual(['held', 'held']);
    expect(subject.receiver.received).toHaveLength(0);
    expect(await subject.resume()).toMatchObject({ status: 'active', status_reason: null });
    await subject.receiver.atLeast(2);
  });

  test('a webhook that is born paused holds what comes, and sends it once it is resumed', async () => {
    const subject = await stage.webhook('boltly', { body: { status: 'paused' } });
    const ids = [await subject.publish(), await subject.publish()];
    expect((await subject.deliveries()).map(({ status }) => status)).toEqual(['held', 'held']);
    expect(subject.receiver.received).toHaveLength(0);
    expect(await subject.resume()).toMatchObject({ status: 'active', status_reason: null });
    const received = await subject.receiver.atLeast(2);
    expect(received.map(({ json }) => json.id).toSorted()).toEqual(ids);
  });

  test('pausing while much is under way stops all but what is on the wire', async () => {
    let answer = () => {};
    const opened = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const subject = await stage.webhook('boltly', {
      answer: async () => {
        await opened;
        return {};
      },
    });
    await subject.publishMany(50);
    await eventually(
      async () => subject.receiver.received.length,
      (count) => count >= 2,
    );
    await subject.pause();
    const onTheWire = subject.receiver.received.length;
    answer();
    await eventually(
      () => subject.attempts(),
      (attempts) => attempts.length >= onTheWire,
    );
    expect(subject.receiver.received).toHaveLength(onTheWire);
    await subject.resume();
    await subject.receiver.atLeast(50);
    expect(new Set(subject.receiver.received.map(({ json }) => json.id)).size).toBe(50);
  });

  test('an event that is published in the same moment as the pause is held, not lost', async () => {
    const subject = await stage.webhook('boltly');
    await Promise.all([subject.publish(), subject.pause(), subject.publish(), subject.publish()]);
    await subject.resume();
    await subject.receiver.atLeast(3);
  });
});

describe('delete', () => {
  test('nothing is sent after it was answered', async () => {
    const subject = await stage.webhook('boltly');
    await subject.publish();
    await subject.receiver.atLeast(1);
    await subject.tenant.client.deleteWebhook({ params: { id: subject.webhook.id } });
    await subject.publish();
    await expect(subject.state()).rejects.toMatchObject({ status: 404 });
    const control = await stage.webhook('boltly', { tenant: subject.tenant });
    await subject.publish();
    await control.receiver.atLeast(1);
    expect(subject.receiver.received).toHaveLength(1);
  });
});

describe('test', () => {
  test('sends the sample at once and answers with the logged attempt, also while paused', async () => {
    const subject = await stage.webhook('boltcall', { answer: { status: 418, body: 'a teapot' } });
    await subject.pause();
    const attempt = await subject.tenant.client.testWebhook({ params: { id: subject.webhook.id } });
    expect(attempt).toMatchObject({ test: true, status_code: 418, outcome: 'failed', response: { body: 'a teapot' } });
    expect(attempt.duration_ms).toBeGreaterThanOrEqual(0);
    expect((await subject.receiver.request(0)).json.data).toEqual(subject.sample);
    expect(await subject.attempts()).toEqual([attempt]);
  });
});

describe('the log', () => {
  test('shows status, body and milliseconds of the last 100 attempts, test and live, newest first', async () => {
    const subject = await stage.webhook('boltcall', { answer: (_, index) => ({ body: `answer ${index}` }) });
    await subject.publishMany(105);
    await subject.receiver.atLeast(105);
    const last = await subject.tenant.client.testWebhook({ params: { id: subject.webhook.id } });
    await eventually(
      () => subject.deliveries(),
      (deliveries) => deliveries.every(({ status }) => status === 'delivered'),
    );
    const attempts = await subject.attempts();
    expect(attempts).toHaveLength(100);
    expect(attempts[0]).toEqual(last);
    expect(attempts.filter(({ test: isTest }) => isTest)).toHaveLength(1);
    for (const attempt of attempts) {
      expect(attempt).toMatchObject({ status_code: 200, duration_ms: expect.any(Number), outcome: 'delivered' });
      expect(attempt.response?.body).toMatch(/^answer \d+$/);
      expect(attempt.request.headers['X-Boltcall-Signature']).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  test('credentials are not in it', async () => {
    const subject = await stage.webhook('salpre', {
      body: { authentication: { type: 'bearer', token: 'very-secret' }, headers: { 'X-Key': 'also-secret' } },
    });
    await subject.publish();
    const [attempt] = await subject.recorded(1);
    expect(attempt?.request.headers).toMatchObject({ Authorization: '********', 'X-Key': '********' });
    expect(JSON.stringify(attempt)).not.toMatch(/very-secret|also-secret/);
  });

  test('a receiver that cannot be reached leaves a clear error', async () => {
    const closed = await stage.receiver();
    const url = closed.url('/hook');
    await closed.stop();
    const subject = await stage.webhook('boltcall', { body: { url } });
    await subject.publish();
    const [attempt] = await subject.recorded(1);
    expect(attempt).toMatchObject({ status_code: null, response: null, outcome: 'failed' });
    expect(attempt?.error).toMatch(/refused|listens/i);
  });
});

describe("Bolten's settings", () => {
  test('a move to a stage that means won is also a transition; only configured fields leave', async () => {
    const tenant = await stage.server.tenant();
    const receiver = await stage.receiver();
    const { data: providers } = await tenant.client.listProviders();
    const bolten = providers.find(({ id }) => id === 'bolten');
    const events = bolten?.events.map(({ type }) => type) ?? [];
    const won = bolten?.events.find(({ type }) => type.endsWith('won'));
    await tenant.client.createWebhook({ body: { provider: 'bolten', events, url: receiver.url() } });
    const sample = won?.sample as { opportunity: { id: string; title: string; stage: string } };
    await tenant.client.putProviderSettings({
      params: { provider: 'bolten' },
      body: { opportunity_fields: ['id', 'title'], contact_fields: ['name'], won_stages: [sample.opportunity.stage] },
    });
    const transition = events.find((type) => type.endsWith('transitioned')) ?? '';
    const published = await tenant.client.publishEvent({
      body: { provider: 'bolten', type: transition, data: won?.sample ?? {} },
    });
    expect(published.derived).toMatchObject([{ type: won?.type }]);
    const received = await receiver.atLeast(2);
    expect(new Set(received.map(({ json }) => json.event))).toEqual(new Set([transition, won?.type]));
    for (const { json } of received) {
      expect(json.data).toMatchObject({ opportunity: { id: sample.opportunity.id, title: sample.opportunity.title } });
      expect(Object.keys((json.data as typeof sample).opportunity)).toEqual(['id', 'title']);
    }
  });
});

describe('the trace of an event', () => {
  test('names every webhook of the organization, whether it matched and why, and what was sent', async () => {
    const subject = await stage.webhook('boltly', { body: { name: 'wanted' } });
    const { client } = subject.tenant;
    const other = firstEventType('salpre');
    await client.createWebhook({
      body: { provider: 'salpre', events: [other.type], url: subject.receiver.url(), name: 'other provider' },
    });
    const boltly = (await client.getProvider({ params: { provider: 'boltly' } })).events;
    const otherType = boltly.find(({ type }) => type !== subject.type)?.type ?? '';
    await client.createWebhook({
      body: { provider: 'boltly', events: [otherType], url: subject.receiver.url(), name: 'other type' },
    });
    const id = await subject.publish();
    await subject.recorded(1);
    await client.createWebhook({
      body: { provider: 'boltly', events: [subject.type], url: subject.receiver.url(), name: 'later' },
    });
    const { trace } = await client.getEvent({ params: { id } });
    const reasons = Object.fromEntries(trace.map(({ webhook_name, reason }) => [webhook_name, reason]));
    expect(reasons).toEqual({
      wanted: 'subscribed',
      'other provider': 'other_provider',
      'other type': 'other_event_types',
      later: 'created_later',
    });
    const matched = trace.filter((each) => each.matched);
    expect(matched).toMatchObject([{ deliveries: [{ status: 'delivered', log: [{ status_code: 200 }] }] }]);
  });
});

describe('the server log', () => {
  test('has one line per event and per attempt, with the target masked', async () => {
    const subject = await stage.webhook('boltly', {
      body: { url: (await stage.receiver()).url('/hooks/catch/123/secret') },
    });
    const id = await subject.publish();
    await subject.recorded(1);
    const lines = stage.server.log.filter((line) => line.event_id === id);
    expect(lines.map(({ msg }) => msg)).toEqual(['event', 'attempt']);
    expect(lines[1]).toMatchObject({ webhook_id: subject.webhook.id, status_code: 200, outcome: 'delivered' });
    const everything = JSON.stringify(stage.server.log);
    expect(everything).not.toContain('catch/123');
    expect(everything).not.toContain(subject.webhook.signing_secret);
    expect(everything).not.toContain(subject.tenant.apiKey);
  });
});
