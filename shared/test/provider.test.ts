import { describe, expect, test } from 'vitest';
import type { ProviderInput } from '../src/index.ts';
import { defaultRetrySchedule, defineProvider, ProviderError, standardFormat, z } from '../src/index.ts';

const orderPaid = {
  label: 'Order Paid',
  description: 'Triggers when an order is paid.',
  schema: z.looseObject({ id: z.string().meta({ title: 'Order ID' }) }),
  sample: { id: 'order_1' },
};

const shop: ProviderInput = {
  id: 'shop',
  name: 'Shop',
  description: 'A shop.',
  envelope: (event) => ({ type: event.type, data: event.data }),
  signature: null,
  events: { 'order.paid': orderPaid },
};

/** The problems of a definition with some fields that the compiler would reject. */
function problemsOf(overrides: object): string[] {
  try {
    defineProvider({ ...shop, ...overrides });
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ProviderError);
    return (error as ProviderError).message.split('\n  - ').slice(1);
  }
}

const withEvent = (overrides: object) => ({ events: { 'order.paid': { ...orderPaid, ...overrides } } });
const withSignature = (overrides: object) => ({ signature: { ...standardFormat.signature, ...overrides } });

describe('defaults of a provider', () => {
  test('the default delivery policy', () => {
    expect(defineProvider(shop).delivery).toEqual({
      success: '2xx',
      timeoutMs: 15_000,
      retry: defaultRetrySchedule,
      disableAfterFailures: null,
    });
  });

  test('many event types per webhook, without authentication, with a secret if it is signed', () => {
    const defaults = { eventTypes: 'many', authentication: ['none'], additionalHeaders: false };
    expect(defineProvider(shop).webhooks).toEqual({ ...defaults, secret: 'never' });
    const signed = defineProvider({ ...shop, signature: standardFormat.signature });
    expect(signed.webhooks).toEqual({ ...defaults, secret: 'always' });
  });

  test('do not override given values', () => {
    const provider = defineProvider({ ...shop, webhooks: { eventTypes: 'one' }, delivery: { timeoutMs: 1_000 } });
    expect(provider.webhooks).toMatchObject({ eventTypes: 'one', secret: 'never' });
    expect(provider.delivery).toMatchObject({ timeoutMs: 1_000, success: '2xx' });
    expect(provider.events).toBe(shop.events);
  });
});

describe('an invalid provider', () => {
  test('is rejected with its name and every problem', () => {
    expect(() => defineProvider({ ...shop, id: 'My Shop', name: '' })).toThrow(
      /^Provider "My Shop" is invalid:\n {2}- id: must be lower-case letters.*\n {2}- name: /,
    );
    expect(() => defineProvider(null as unknown as ProviderInput)).toThrow(/expected object, received null/);
  });

  test.each<[string, object, RegExp]>([
    ['no event type', { events: {} }, /^events: must have at least one event type$/],
    ['an event type with a space', { events: { 'order paid': orderPaid } }, /^events\.order paid: must be letters/],
    ['no envelope', { envelope: undefined }, /^envelope: must be a function$/],
    ['headers that are no function', { headers: { 'X-Event': '1' } }, /^headers: must be a function$/],
    ['a prepare that is no function', { prepare: true }, /^prepare: must be a function$/],
    [
      'a description of its own mind',
      withEvent({ description: 'Fires on payment.' }),
      /must begin with "Triggers when "/,
    ],
    [
      'a schema that is no schema',
      withEvent({ schema: { type: 'object' } }),
      /^events\.order\.paid\.schema: must be a zod/,
    ],
    ['a sample that fails its schema', withEvent({ sample: {} }), /^events\.order\.paid\.sample\.id: /],
    ['a sample that is no JSON', withEvent({ sample: { id: '1', at: new Date() } }), /sample: must be plain JSON/],
    [
      'a schema beyond JSON',
      withEvent({ schema: z.looseObject({ at: z.date().optional() }) }),
      /representable in JSON Schema/,
    ],
    ['no signature', { signature: undefined }, /^signature: must be a signature scheme, or null when unsigned$/],
    [
      'a signature of nothing',
      withSignature({ content: ['id', 'timestamp'] }),
      /^signature\.content: must include "body"$/,
    ],
    [
      'a timestamp without a header',
      withSignature({ timestampHeader: undefined }),
      /^signature\.timestampHeader: must be a header name/,
    ],
    ['an id without a header', withSignature({ idHeader: undefined }), /^signature\.idHeader: must be a header name/],
    ['an unknown encoding', withSignature({ encoding: 'HEX' }), /^signature\.encoding: /],
    ['an unknown rule', { webhooks: { events: 'one' } }, /^webhooks: .*"events"/],
    ['a wrong success rule', { delivery: { success: 200 } }, /^delivery\.success: must be "2xx" or a list/],
    ['a negative delay', { delivery: { retry: { delays: [-1], jitter: 0 } } }, /^delivery\.retry\.delays\.0: /],
    [
      'defaults that fail the settings',
      { settings: { schema: z.strictObject({ team: z.string() }), defaults: {} } },
      /^settings\.defaults\.team: /,
    ],
  ])('%s is refused', (_, overrides, problem) => {
    expect(problemsOf(overrides)).toEqual([expect.stringMatching(problem)]);
  });
});

describe('a misspelt field', () => {
  test('is named instead of ignored', () => {
    expect(problemsOf({ delivry: {} }).join()).toContain('delivry');
    expect(problemsOf(withEvent({ lable: 'Order Paid' })).join()).toContain('lable');
  });
});
