import type { WireFormat } from '@bellhop/shared';
import { expect, test, vi } from 'vitest';
import { Bodies } from '../../src/attempt/bodies.ts';
import type { Event } from '../../src/model.ts';

function event(id: string, data: string): Event {
  return {
    ...{ id, organizationId: 'org_1', provider: 'acme', type: 'call_ended' },
    ...{ test: false, occurredAt: 0, createdAt: 0, data },
  };
}

function counting(envelope: WireFormat['envelope']) {
  const rendered = vi.fn(envelope);
  const format: WireFormat = { envelope: rendered, signature: null };
  return { format, count: () => rendered.mock.calls.length };
}

test('an event is rendered once per format, however many webhooks it has', () => {
  const bodies = new Bodies();
  const { format, count } = counting(({ id, data }) => ({ id, data }));
  const one = event('evt_1', '{"a":1}');
  const rendered = ['dlv_1', 'dlv_2', 'dlv_3'].map((id) => bodies.render(format, 'acme', one, id).body);
  expect(rendered).toEqual(Array(3).fill('{"id":"evt_1","data":{"a":1}}'));
  expect(count()).toBe(1);
  bodies.render(format, 'acme standard', one, 'dlv_4');
  expect(count()).toBe(2);
});

test.each<[string, WireFormat['envelope']]>([
  ['by its name', ({ id, deliveryId }) => ({ id, deliveryId })],
  ['by all that there is', ({ occurredAt, ...all }) => ({ ...all })],
])('a body with the id of its delivery, %s, is that delivery’s own', (_, envelope) => {
  const bodies = new Bodies();
  const one = event('evt_1', '{}');
  const rendered = ['dlv_1', 'dlv_2'].map((id) => bodies.render({ envelope, signature: null }, 'acme', one, id).body);
  expect(rendered.map((body) => JSON.parse(body).deliveryId)).toEqual(['dlv_1', 'dlv_2']);
});

test('few megabytes are remembered', () => {
  const bodies = new Bodies();
  const { format, count } = counting(({ data }) => data);
  const data = JSON.stringify({ text: 'x'.repeat(1_000_000) });
  for (let number = 0; number < 10; number += 1) bodies.render(format, 'acme', event(`evt_${number}`, data), 'dlv');
  bodies.render(format, 'acme', event('evt_9', data), 'dlv');
  expect(count()).toBe(10);
  bodies.render(format, 'acme', event('evt_0', data), 'dlv');
  expect(count()).toBe(11);
});
