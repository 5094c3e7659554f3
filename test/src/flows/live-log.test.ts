import { afterEach, expect, test } from 'vitest';
import { TestBellhop } from '../harness/bellhop.ts';
import { EventStream } from '../harness/event-stream.ts';
import { eventually } from '../harness/eventually.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import type { Subject } from './support.ts';
import { FlowStage } from './support.ts';

const clock = new ManualClock();
const stage = new FlowStage({ clock });

const streams: EventStream[] = [];
afterEach(async () => {
  await Promise.all(streams.splice(0).map((stream) => stream.close()));
});

async function watch({ webhook, tenant }: Subject, apiKey = tenant.apiKey): Promise<EventStream> {
  const stream = await EventStream.open(urlOf(stage.server.url, webhook.id), apiKey);
  streams.push(stream);
  return stream;
}

function urlOf(serverUrl: string, webhookId: string): string {
  return `${serverUrl}/v1/webhooks/${webhookId}/attempts/stream`;
}

/** Moves the clock on until something has come of it. */
function until(condition: () => boolean, stepMs = 15_000): Promise<void> {
  return eventually(async () => clock.advance(stepMs), condition);
}

test('an attempt arrives as the log has it, as an event that a browser can read', async () => {
  const subject = await stage.webhook('boltly');
  const stream = await watch(subject);
  await subject.publish();
  const [event] = await stream.atLeast(1);
  const [attempt] = await subject.recorded(1);
  expect(event).toEqual({ event: 'attempt', id: attempt?.id, data: attempt });
  expect(Object.fromEntries(stream.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  expect(stream.others).toEqual(['retry: 2000']);
});

test('what was there before is not in it; a test is', async () => {
  const subject = await stage.webhook('boltly');
  await subject.publish();
  await subject.recorded(1);
  const stream = await watch(subject);
  const made = await subject.tenant.client.testWebhook({ params: { id: subject.webhook.id } });
  const [event] = await stream.atLeast(1);
  expect(event?.data).toEqual(made);
  expect(made.test).toBe(true);
});

test('retries arrive in their order, each once, at everybody who watches', async () => {
  const subject = await stage.webhook('boltly', {
    answer: (_, index) => ({ status: index < 2 ? 500 : 200 }),
    body: { retry: { schedule: [1, 1, 1] } },
  });
  const both = [await watch(subject), await watch(subject)];
  await subject.publish();
  await until(() => both.every(({ events }) => events.length >= 3), 1000);
  await subject.delivery(({ status }) => status === 'delivered');
  for (const { events } of both) {
    expect(events.map(({ data }) => [data.number, data.outcome])).toEqual([
      [1, 'failed'],
      [2, 'failed'],
      [3, 'delivered'],
    ]);
  }
});

test('those of other webhooks do not arrive, and another organization’s webhook cannot be watched', async () => {
  const [subject, stranger] = [await stage.webhook('boltly'), await stage.webhook('boltly')];
  const sibling = await stage.webhook('boltly', { tenant: stranger.tenant });
  const stream = await watch(stranger);
  await expect(watch(subject, stranger.tenant.apiKey)).rejects.toThrow(/^404 /);
  for (const each of [subject, sibling, stranger]) {
    await each.publish();
    await each.recorded(1);
  }
  await stranger.tenant.client.testWebhook({ params: { id: stranger.webhook.id } });
  await stream.atLeast(2);
  const attempts = await stranger.attempts();
  expect(stream.ids.toSorted()).toEqual(attempts.map(({ id }) => id).toSorted());
});

test('HEAD is answered and ends', async () => {
  const { webhook, tenant } = await stage.webhook('boltly');
  const headers = { 'x-api-key': tenant.apiKey };
  const response = await fetch(urlOf(stage.server.url, webhook.id), { method: 'HEAD', headers });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
});

test('silence is broken by a heartbeat', async () => {
  const stream = await watch(await stage.webhook('boltly'));
  await until(() => stream.others.length >= 3);
  expect(stream.others).toEqual(['retry: 2000', ':', ':']);
});

test('a stream ends soon after the key was revoked that it was opened with', async () => {
  const subject = await stage.webhook('boltly');
  const { client, organizationId } = subject.tenant;
  const params = { id: organizationId };
  const { id, key } = await client.createApiKey({ params, body: { name: 'old', scopes: ['webhooks:read'] } });
  const [revoked, other] = [await watch(subject, key), await watch(subject)];
  let ended = false;
  void revoked.ended.then(() => {
    ended = true;
  });
  await until(() => revoked.others.length > 5);
  expect(ended).toBe(false);
  await client.revokeApiKey({ params: { ...params, key_id: id } });
  await until(() => ended);
  await subject.publish();
  await other.atLeast(1);
  expect(revoked.events).toEqual([]);
});

test('an organization may have 50 streams; when one is closed there is room again', async () => {
  const [subject, other] = [await stage.webhook('boltly'), await stage.webhook('boltly')];
  const [first] = await Promise.all(Array.from({ length: 50 }, () => watch(subject)));
  await expect(watch(subject)).rejects.toThrow(/^503 .*50 streams are open/);
  await watch(other);
  await first?.close();
  const again = await eventually(
    () => watch(subject).catch(() => undefined),
    (stream) => stream !== undefined,
  );
  await subject.publish();
  await again?.atLeast(1);
});

test('a server that is told to stop ends the streams, and does not wait for them', async () => {
  const server = await TestBellhop.start();
  const { client, apiKey } = await server.tenant();
  const body = { provider: 'boltly', events: ['message.received'], url: 'http://127.0.0.1:9999/' };
  const { id } = await client.createWebhook({ body });
  const open = await Promise.all(Array.from({ length: 10 }, () => EventStream.open(urlOf(server.url, id), apiKey)));
  const stopped = server.stop();
  await Promise.all(open.map(({ ended }) => ended));
  await stopped;
});
