import { describe, expect, test } from 'vitest';
import { defaultRetrySchedule, isSuccess, noRetries, resolveDeliveryPolicy } from '../src/index.ts';

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
