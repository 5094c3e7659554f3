import { describe, expect, test } from 'vitest';
import type { Tenant } from '../harness/bellhop.ts';
import { ZapierStage } from './stage.ts';

/* A customer's choices: some of a product's events, and a filter. */

const stage = new ZapierStage();

async function publish({ client }: Tenant, type: string, change: Record<string, unknown> = {}): Promise<string> {
  const { sample } = await client.getEventType({ params: { provider: 'salpre', type } });
  const { id } = await client.publishEvent({
    body: { provider: 'salpre', type, data: { ...sample, ...change } as never },
  });
  return id;
}

describe('Any Event', () => {
  const trigger = 'salpre_any_event';

  test('triggers for each of the event types, with the same keys', async () => {
    const tenant = await stage.server.tenant();
    const zap = await stage.zap(trigger, tenant);
    await zap.turnOn();
    const types = ['call_initiated', 'transcript', 'call_ended', 'error'];
    const items = [];
    for (const [index, type] of types.entries()) {
      const id = await publish(tenant, type);
      const item = await zap.run(index);
      expect(item).toMatchObject({ id, event_type: type });
      items.push(item);
    }
    expect(items[1]).toMatchObject({
      transcript: 'Hello, how are you?',
      call: { from: '+905555555555' },
      call_ended_transcript: [],
    });
    expect(items[2]).toMatchObject({
      call_id: 1,
      transcript: null,
      call_ended_transcript: [{ type: 'ai', utc_timestamp: null }, {}, {}],
    });
    for (const item of items) expect(Object.keys(item ?? {})).toEqual(Object.keys(items[0] ?? {}));
  });

  test('or for those that the customer chose', async () => {
    const tenant = await stage.server.tenant();
    const zap = await stage.zap(trigger, tenant, { events: ['call_ended', 'error'] });
    const { results } = await zap.turnOn();
    const { events } = await tenant.client.getHook({ params: { id: results.id } });
    expect(events).toEqual(['call_ended', 'error']);
  });

  test('shows recent events of them all, newest first, then a sample of each', async () => {
    const tenant = await stage.server.tenant();
    const ids = [await publish(tenant, 'error'), await publish(tenant, 'call_ended'), await publish(tenant, 'error')];
    await publish(tenant, 'transcript');
    const zap = await stage.zap(trigger, tenant, { events: ['call_ended', 'error'] });
    const items = await zap.samples();
    expect(items.slice(0, 3).map(({ id }) => id)).toEqual(ids.toReversed());
    expect(items.slice(3).map(({ id }) => id)).toEqual(['evt_sample_call_ended', 'evt_sample_error']);
  });
});

describe('a filter', () => {
  const trigger = 'salpre_call_ended';

  test('keeps back the events that do not satisfy it, and the Zap triggers for the others', async () => {
    const tenant = await stage.server.tenant();
    const zap = await stage.zap(trigger, tenant, { filter: ' direction == "inbound" ' });
    await zap.turnOn();
    const kept = await publish(tenant, 'call_ended');
    const wanted = await publish(tenant, 'call_ended', { direction: 'inbound' });
    expect(await zap.run()).toMatchObject({ id: wanted, direction: 'inbound' });
    const { trace } = await tenant.client.getEvent({ params: { id: kept } });
    expect(trace).toMatchObject([{ webhook_id: zap.subscription.id, matched: false, reason: 'filtered' }]);
    expect((await zap.samples()).map(({ id }) => id)).toEqual([wanted, 'evt_sample']);
  });

  test('that is invalid is refused in the editor and when the Zap is turned on, with what to change', async () => {
    const tenant = await stage.server.tenant();
    const zap = await stage.zap(trigger, tenant, { filter: 'direction ==' });
    const message = /The filter is invalid: expected a value after == at character 13\./;
    await expect(zap.samples()).rejects.toMatchObject({ name: 'AppError', message: expect.stringMatching(message) });
    await expect(zap.turnOn()).rejects.toMatchObject({ name: 'AppError', message: expect.stringMatching(message) });
  });

  test('left empty is none', async () => {
    const tenant = await stage.server.tenant();
    const zap = await stage.zap(trigger, tenant, { filter: '  ' });
    const { results } = await zap.turnOn();
    expect((await tenant.client.getHook({ params: { id: results.id } })).filter).toBeNull();
  });
});
