import { describe, expect, test } from 'vitest';
import {
  builtInProviders,
  defaultRetrySchedule,
  deliveryPolicyFor,
  isSuccess,
  noRetries,
  platformIds,
  resolveDeliveryPolicy,
} from '../src/index.ts';

const [second, minute, hour] = [1, 60, 3600];

test('the default schedule is the one that the Standard Webhooks specification recommends', () => {
  const attempts = [5 * second, 5 * minute, 30 * minute, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * hour)];
  expect(defaultRetrySchedule.delays).toEqual(attempts);
  expect(defaultRetrySchedule.jitter).toBeGreaterThan(0);
});

test('no retries means one attempt', () => {
  expect(noRetries.delays).toEqual([]);
});

describe('a policy', () => {
  test('has defaults', () => {
    expect(resolveDeliveryPolicy()).toEqual({
      success: '2xx',
      timeoutMs: 15_000,
      retry: defaultRetrySchedule,
      disableAfterFailures: null,
    });
  });

  test('keeps given values', () => {
    const policy = { success: [200], timeoutMs: 1, retry: noRetries, disableAfterFailures: 3 };
    expect(resolveDeliveryPolicy(policy)).toEqual(policy);
  });
});

describe('who receives', () => {
  const custom = { platform: 'custom', format: 'provider', restHook: false } as const;

  test("a customer's own receiver is delivered to as the provider's document says", () => {
    for (const { delivery } of builtInProviders) {
      expect(deliveryPolicyFor(delivery, custom)).toEqual({ ...delivery, waitsOutOutages: false });
    }
  });

  test.each([
    ...platformIds.filter((id) => id !== 'custom').map((platform) => ({ ...custom, platform })),
    { ...custom, restHook: true },
  ])('$platform, subscribed by itself: $restHook: the default policy, never disabled by a count', (recipient) => {
    for (const { delivery } of builtInProviders) {
      expect(deliveryPolicyFor(delivery, recipient)).toMatchObject({
        success: '2xx',
        retry: defaultRetrySchedule,
        disableAfterFailures: null,
        waitsOutOutages: true,
      });
    }
  });

  test('in the standard format any 2xx is a success; the rest stays the provider’s', () => {
    const delivery = { success: [200], timeoutMs: 1, retry: noRetries, disableAfterFailures: 3 };
    expect(deliveryPolicyFor(delivery, { ...custom, format: 'standard' })).toMatchObject({
      ...delivery,
      success: '2xx',
    });
  });

  test("a customer's own schedule is kept to, also while a platform cannot be reached", () => {
    const retry = { schedule: [1, 2] };
    const policy = deliveryPolicyFor(resolveDeliveryPolicy(), { ...custom, platform: 'zapier', retry });
    expect(policy).toMatchObject({ retry: { delays: [1, 2] }, waitsOutOutages: false });
  });

  test('nothing is tried again for a test listener', () => {
    const policy = deliveryPolicyFor(resolveDeliveryPolicy(), { ...custom, restHook: true, listener: true });
    expect(policy).toMatchObject({ retry: noRetries, waitsOutOutages: false });
  });

  test('a platform gets the longer of the two timeouts', () => {
    const of = (timeoutMs: number) =>
      deliveryPolicyFor(resolveDeliveryPolicy({ timeoutMs }), { ...custom, platform: 'n8n' }).timeoutMs;
    expect([of(10_000), of(30_000)]).toEqual([15_000, 30_000]);
  });
});

describe('success', () => {
  test.each([200, 201, 202, 204, 299])('%i is a 2xx', (status) => {
    expect(isSuccess({ success: '2xx' }, status)).toBe(true);
  });

  test.each([101, 199, 300, 302, 304, 400, 410, 500])('%i is not', (status) => {
    expect(isSuccess({ success: '2xx' }, status)).toBe(false);
  });

  test('a list of codes means exactly those', () => {
    expect(isSuccess({ success: [200] }, 200)).toBe(true);
    expect(isSuccess({ success: [200] }, 204)).toBe(false);
  });
});
