import { describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import { FlowStage, firstEventType } from './support.ts';

const clock = new ManualClock();
const stage = new FlowStage({ clock });

const minute = 60_000;

/** A workflow whose hook on Boltly's events is at a receiver of its own. */
async function workflow() {
  const tenant = await stage.server.tenant();
  const receiver = await stage.receiver({ status: 500 });
  const { client } = tenant;
  const { type, sample } = firstEventType('boltly');
  const subscribe = (events: string[] = [type], filter: string | null = null) =>
    client.subscribeHook({
      body: {
        provider: 'boltly',
        events,
        target_url: receiver.url('/webhook/a'),
        platform: 'n8n',
        external_id: 'workflow/trigger',
        format: 'standard',
        filter,
      },
    });
  return {
    client,
    receiver,
    type,
    subscribe,
    publish: async (data = sample) => (await client.publishEvent({ body: { provider: 'boltly', type, data } })).id,
    unsubscribe: (id: string) => client.unsubscribeHook({ params: { id } }),
    deliveries: async (id: string) => (await client.listDeliveries({ params: { id } })).data,
    trace: async (id: string) => (await client.getEvent({ params: { id } })).trace,
  };
}

describe('a workflow that is edited while an event waits', () => {
  test('its new hook takes the event over; the trace tells, with all attempts', async () => {
    const { receiver, subscribe, publish, unsubscribe, deliveries, trace } = await workflow();
    const before = await subscribe();
    const event = await publish();
    await eventually(
      () => deliveries(before.id),
      ([delivery]) => delivery?.attempts === 1 && delivery.next_attempt_at !== null,
    );
    clock.advance(1);
    await unsubscribe(before.id);
    receiver.answer({ status: 200 });
    const after = await subscribe();
    expect(after.id).not.toBe(before.id);
    await eventually(
      () => deliveries(after.id),
      ([delivery]) => delivery?.status === 'delivered',
    );
    const [entry] = (await trace(event)).filter(({ deliveries }) => deliveries.length > 0);
    expect(entry).toMatchObject({ webhook_id: after.id, reason: 'taken_over' });
    expect(entry?.deliveries[0]?.log.map(({ outcome }) => outcome)).toEqual(['failed', 'delivered']);
  });

  test('what its new filter does not want is not sent, and the log says why', async () => {
    const { receiver, subscribe, publish, unsubscribe, trace } = await workflow();
    const before = await subscribe();
    const event = await publish();
    await receiver.atLeast(1);
    clock.advance(1);
    await unsubscribe(before.id);
    receiver.answer({ status: 200 });
    await subscribe(undefined, 'text == "another"');
    const [entry] = await eventually(
      () => trace(event),
      (all) => all.some(({ deliveries }) => deliveries.some(({ status }) => status === 'discarded')),
    );
    expect(entry?.deliveries[0]?.log.at(-1)).toMatchObject({
      outcome: 'skipped',
      error: expect.stringContaining('its filter does not match'),
    });
    expect(receiver.received).toHaveLength(1);
  });

  test('what its old hook gave up can be recovered, and goes to the new one', async () => {
    const { client, receiver, subscribe, publish, unsubscribe, deliveries } = await workflow();
    const before = await subscribe();
    await publish();
    const [lost] = await eventually(
      async () => {
        clock.advance(25 * 60 * minute);
        return deliveries(before.id);
      },
      ([delivery]) => delivery?.status === 'exhausted',
    );
    clock.advance(1);
    await unsubscribe(before.id);
    receiver.answer({ status: 200 });
    const after = await subscribe();
    await client.recoverWebhook({ params: { id: after.id }, body: { since: '2020-01-01T00:00:00Z' } });
    const [recovered] = await eventually(
      () => deliveries(after.id),
      ([delivery]) => delivery?.status === 'delivered',
    );
    expect(recovered?.id).toBe(lost?.id);
    expect(await client.replayDelivery({ params: { id: lost?.id ?? '' } })).toMatchObject({ webhook_id: after.id });
  });
});

test('a workflow that is switched off for good: what waited is dropped after ten minutes, and the trace says so', async () => {
  const { client, receiver, subscribe, publish, unsubscribe, trace } = await workflow();
  const { id } = await subscribe();
  const event = await publish();
  await receiver.atLeast(1);
  await unsubscribe(id);
  await expect(client.getHook({ params: { id } })).rejects.toMatchObject({ status: 404 });
  const later = await publish();
  const statusOf = async (of: string) => (await trace(of)).flatMap(({ deliveries }) => deliveries)[0]?.status;
  expect([await statusOf(event), await statusOf(later)]).toEqual(['held', 'held']);
  const [entry] = await eventually(
    async () => {
      clock.advance(minute);
      return trace(event);
    },
    (all) => all.some(({ deliveries }) => deliveries.some(({ status }) => status === 'discarded')),
  );
  expect(entry?.explanation).toContain('No hook replaced it in time');
  expect(receiver.received).toHaveLength(1);
});

test('an event type that is removed from a webhook: what waits of it is not sent', async () => {
  const subject = await stage.webhook('boltly', { answer: { status: 500 }, body: { retry: { schedule: [1, 1, 1] } } });
  await subject.publish();
  await subject.recorded(1);
  const { client } = subject.tenant;
  const params = { id: subject.webhook.id };
  await client.updateWebhook({ params, body: { events: ['message.delivered'] } });
  const [skipped] = await eventually(
    async () => {
      clock.advance(1000);
      return subject.attempts();
    },
    ([newest]) => newest?.outcome === 'skipped',
  );
  expect(skipped).toMatchObject({ status_code: null, response: null, error: expect.stringContaining('any more') });
  expect(await subject.deliveries()).toMatchObject([{ status: 'discarded' }]);
  expect(subject.receiver.received).toHaveLength(1);
  expect((await subject.state()).consecutive_failures).toBe(1);
});
