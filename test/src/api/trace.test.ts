import type { WebhookPatch } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import type { Tenant } from '../harness/bellhop.ts';
import { eventually } from '../harness/eventually.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import { ApiStage } from './support.ts';

/** A clock that a test moves, so that "before" and "after" are not a matter of luck. */
const clock = new ManualClock();
const stage = new ApiStage({ clock });

async function publish({ client }: Tenant): Promise<string> {
  const params = { provider: 'boltly', type: 'message.received' };
  const { sample } = await client.getEventType({ params });
  const { id } = await client.publishEvent({ body: { ...params, data: sample } });
  clock.advance(1000);
  return id;
}

/** The event's trace, once all of its deliveries are complete. */
async function settled({ client }: Tenant, id: string) {
  const event = await eventually(
    () => client.getEvent({ params: { id } }),
    ({ trace }) => trace.every(({ deliveries }) => deliveries.every(({ completed_at }) => completed_at !== null)),
  );
  return event;
}

describe('GET /v1/events/{id}', () => {
  test('answers for every webhook of the organization: matched or not, and the reason in words', async () => {
    const tenant = await stage.tenant();
    const { client } = tenant;
    const url = (await stage.receiver()).url('/s');
    const make = (name: string, events: string[], provider = 'boltly') =>
      client.createWebhook({ body: { provider, events, url, name } });
    const wanted = await make('wanted', ['message.received', 'message.read']);
    await make('other provider', ['new_lead'], 'boltcall');
    await make('other types', ['message.read']);
    const joined = await make('joined later', ['message.read']);
    const id = await publish(tenant);
    await client.updateWebhook({ params: { id: joined.id }, body: { events: ['message.received'] } });
    await make('created later', ['message.received']);
    const { trace } = await settled(tenant, id);
    expect(trace.map((each) => [each.webhook_name, each.matched, each.reason, each.explanation])).toEqual([
      ['created later', false, 'created_later', 'It was created after the event was published.'],
      [
        'joined later',
        false,
        'not_subscribed_then',
        'It was changed later: when the event was published, it did not subscribe to message.received or its filter did not match.',
      ],
      ['other types', false, 'other_event_types', 'It subscribes to message.read, not to message.received.'],
      ['other provider', false, 'other_provider', 'It receives events of boltcall; this is an event of boltly.'],
      ['wanted', true, 'subscribed', 'It subscribes to message.received.'],
    ]);
    expect(trace.at(-1)).toMatchObject({ webhook_id: wanted.id, url, events: ['message.received', 'message.read'] });
  });

  test('a webhook whose filter kept the event from it: which condition decided', async () => {
    const tenant = await stage.tenant();
    const { client } = tenant;
    const url = (await stage.receiver()).url();
    const make = (name: string, filter: string | null) =>
      client.createWebhook({ body: { provider: 'boltly', events: ['message.received'], url, name, filter } });
    await make('satisfied', 'type == "text"');
    await make('filtered', 'type == "image" or text.body contains "urgent"');
    const renamed = await make('changed', 'type == "image"');
    const loosened = await make('loosened', 'type == "image"');
    const removed = await make('removed', 'type == "image"');
    const tightened = await make('tightened', 'type == "text"');
    const id = await publish(tenant);
    const change = (webhook: { id: string }, body: WebhookPatch) =>
      client.updateWebhook({ params: { id: webhook.id }, body: { ...body } });
    await change(renamed, { name: 'changed since' });
    await change(loosened, { filter: 'type == "text"' });
    await change(removed, { filter: null });
    await change(tightened, { filter: 'type == "image"' });
    const { trace } = await settled(tenant, id);
    const told = Object.fromEntries(
      trace.map(({ webhook_name, matched, reason, explanation }) => [webhook_name, [matched, reason, explanation]]),
    );
    const subscribed = [true, 'subscribed', 'It subscribes to message.received.'];
    const changedSince =
      'It was changed later: when the event was published, it did not subscribe to message.received or its filter did not match.';
    expect(told).toEqual({
      satisfied: subscribed,
      tightened: subscribed,
      filtered: [
        false,
        'filtered',
        'Its filter does not match: `type == "image"` is false: type is "text"; `text.body contains "urgent"` is false: text.body is "Hi, I\'d like to book an appointment".',
      ],
      'changed since': [
        false,
        'filtered',
        'Its current filter does not match: `type == "image"` is false: type is "text". The webhook was changed after the event was published, so an earlier filter or other event types may be the reason.',
      ],
      loosened: [false, 'not_subscribed_then', changedSince],
      removed: [false, 'not_subscribed_then', changedSince],
    });
  });

  test('has every delivery with every attempt: what was sent and what came back', async () => {
    const tenant = await stage.tenant();
    const receiver = await stage.receiver((_, index) =>
      index === 0 ? { status: 500, body: 'not now' } : { body: 'thanks' },
    );
    const body = { provider: 'boltly', events: ['message.received'], url: receiver.url(), retry: { schedule: [60] } };
    const { id: webhookId } = await tenant.client.createWebhook({ body });
    const id = await publish(tenant);
    const params = { id: webhookId };
    await eventually(
      () => tenant.client.listAttempts({ params }),
      ({ data }) => data.length === 1,
    );
    await eventually(
      async () => {
        clock.advance(60_000);
        return receiver.received.length;
      },
      (count) => count === 2,
    );
    const event = await settled(tenant, id);
    const [{ deliveries } = { deliveries: [] }] = event.trace;
    expect(event).toMatchObject({ id, provider: 'boltly', type: 'message.received', test: false });
    expect(deliveries).toMatchObject([{ event_id: id, webhook_id: webhookId, status: 'delivered', attempts: 2 }]);
    const [delivery] = deliveries;
    expect(delivery?.log).toMatchObject([
      { number: 1, status_code: 500, outcome: 'failed', response: { body: 'not now' } },
      { number: 2, status_code: 200, outcome: 'delivered', response: { body: 'thanks' }, error: null },
    ]);
    expect(delivery?.log.map(({ request }) => request.body)).toEqual(receiver.received.map(({ body: sent }) => sent));
    expect(await tenant.client.getDelivery({ params: { id: delivery?.id ?? '' } })).toEqual(delivery);
  });

  test('of an event that nobody subscribes to: no delivery, and still it can be read', async () => {
    const tenant = await stage.tenant();
    const id = await publish(tenant);
    expect(await tenant.client.getEvent({ params: { id } })).toMatchObject({ id, trace: [] });
  });

  test('of a test names the webhook that was tested, and no other', async () => {
    const tenant = await stage.tenant();
    const url = (await stage.receiver()).url();
    const body = { provider: 'boltly', events: ['message.received'], url };
    const tested = await tenant.client.createWebhook({ body: { ...body, name: 'tested' } });
    await tenant.client.createWebhook({ body: { ...body, name: 'bystander' } });
    const { event_id } = await tenant.client.testWebhook({ params: { id: tested.id } });
    const { trace, test: isTest } = await settled(tenant, event_id);
    expect(isTest).toBe(true);
    expect(Object.fromEntries(trace.map((each) => [each.webhook_name, each.matched]))).toEqual({
      tested: true,
      bystander: false,
    });
  });

  test('does not show the webhooks of others', async () => {
    const [one, two] = [await stage.tenant(), await stage.tenant()];
    const url = (await stage.receiver()).url();
    await two.client.createWebhook({ body: { provider: 'boltly', events: ['message.received'], url } });
    expect((await settled(one, await publish(one))).trace).toEqual([]);
  });
});

describe('GET /v1/events', () => {
  test('filters by provider and event type', async () => {
    const tenant = await stage.tenant();
    const { client } = tenant;
    const id = await publish(tenant);
    const params = { provider: 'boltly', type: 'message.sent' };
    const { sample } = await client.getEventType({ params });
    const sent = await client.publishEvent({ body: { ...params, data: sample } });
    const ids = async (query: Record<string, string>) =>
      (await client.listEvents({ query })).data.map((event) => event.id);
    expect(await ids({})).toEqual([sent.id, id]);
    expect(await ids({ type: 'message.sent' })).toEqual([sent.id]);
    expect(await ids({ provider: 'boltly', type: 'message.received' })).toEqual([id]);
    expect(await ids({ provider: 'boltcall' })).toEqual([]);
  });

  test('shows when an event happened and when it was published', async () => {
    const { client } = await stage.tenant();
    const params = { provider: 'boltly', type: 'message.sent' };
    const { sample } = await client.getEventType({ params });
    const { id } = await client.publishEvent({
      body: { ...params, data: sample, occurred_at: '2026-04-03T14:00:00+02:00' },
    });
    expect((await client.listEvents()).data).toMatchObject([
      { id, data: sample, occurred_at: '2026-04-03T12:00:00.000Z', created_at: new Date(clock.now()).toISOString() },
    ]);
  });
});
