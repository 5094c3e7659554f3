import { describe, expect, test } from 'vitest';
import type { Tenant } from '../harness/bellhop.ts';
import { eventually } from '../harness/eventually.ts';
import { ApiStage, everything } from './support.ts';

/** Whoever publishes the largest events can read them again, a few at a time. */

const stage = new ApiStage();
const megabyte = 1024 * 1024;
const mostBytes = 3 * megabyte;

async function publish({ client }: Tenant, count: number): Promise<string[]> {
  const params = { provider: 'boltly', type: 'message.received' };
  const { sample } = await client.getEventType({ params });
  const body = { ...params, data: { ...sample, note: 'x'.repeat(megabyte - 4000) } };
  const ids: string[] = [];
  for (let published = 0; published < count; published += 1) ids.push((await client.publishEvent({ body })).id);
  return ids;
}

/** How many bytes an answer has. */
async function bytesOf({ apiKey: key }: Tenant, path: string): Promise<number> {
  const { status, text } = await stage.send({ method: 'GET', path, key });
  expect(status).toBe(200);
  return Buffer.byteLength(text);
}

describe('events of the largest size', () => {
  test('forty are listed in pages of a few megabytes, also to eight readers at once', async () => {
    const tenant = await stage.tenant();
    const ids = await publish(tenant, 40);
    const readers = Array.from({ length: 8 }, () => bytesOf(tenant, '/v1/events?limit=100'));
    expect(Math.max(...(await Promise.all(readers)))).toBeLessThan(mostBytes);
    const events = await everything((query) => tenant.client.listEvents({ query }), 100);
    expect(events.map(({ id }) => id)).toEqual(ids.toReversed());
  });

  test('which went to eight webhooks: every list and the trace have a few megabytes', async () => {
    const tenant = await stage.tenant();
    const receiver = await stage.receiver();
    const body = { provider: 'boltly', events: ['message.received'], url: receiver.url() };
    const made = await Promise.all(Array.from({ length: 8 }, () => tenant.client.createWebhook({ body })));
    const [webhook] = made;
    const [id = ''] = await publish(tenant, 8);
    const params = { id: webhook?.id ?? '' };
    await eventually(
      () => everything((query) => tenant.client.listAttempts({ params, query }), 100),
      ({ length }) => length === 8,
    );
    const trace = await eventually(
      () => tenant.client.getEvent({ params: { id } }),
      (event) => event.trace.every(({ deliveries }) => deliveries.every(({ log }) => log.length === 1)),
    );
    const attempts = trace.trace.flatMap(({ deliveries }) => deliveries.flatMap(({ log }) => log));
    expect(attempts.filter(({ request }) => request.body.length > megabyte / 2)).toHaveLength(1);
    expect(attempts.filter(({ request }) => request.truncated)).toHaveLength(7);
    for (const path of [
      `/v1/events/${id}`,
      `/v1/events/${id}/deliveries`,
      `/v1/webhooks/${params.id}/attempts?limit=100`,
      `/v1/webhooks/${params.id}/deliveries?limit=100`,
    ])
      expect([path, (await bytesOf(tenant, path)) < mostBytes]).toEqual([path, true]);
    const deliveries = await everything((query) => tenant.client.listEventDeliveries({ params: { id }, query }), 3);
    expect(deliveries.map(({ webhook_id }) => webhook_id).toSorted()).toEqual(made.map((each) => each.id).sort());
  });
});
