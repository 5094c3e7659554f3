import { describe, expect, test } from 'vitest';
import { fromLocal, toLocal } from '../../dashboard/src/pages/webhook/local-time.ts';
import { rateText, retryText, span } from '../../dashboard/src/pages/webhook/settings-text.ts';

/** Replaces non-breaking spaces. */
function plain(text: string): string {
  return text.replaceAll('\u00a0', ' ');
}

type Settings = Parameters<typeof rateText>[0];

const webhook = { retry: null, rate_limit: null, platform: 'custom' } as Settings;

describe('settings as text', () => {
  test.each([
    [0, 'no wait'],
    [0.25, '250 ms'],
    [5, '5 s'],
    [90, '1 min 30 s'],
    [3600, '1 h'],
    [86_400, '24 h'],
    [93_600, '1 day 2 h'],
    [7 * 86_400, '7 days'],
  ])('%d s', (seconds, words) => expect(plain(span(seconds))).toBe(words));

  test('retries, in the order of the schedule', () => {
    const of = (schedule: number[]) => plain(retryText({ ...webhook, retry: { schedule } }, undefined));
    expect(of([])).toBe('None');
    expect(of([60])).toBe('1 retry, after 1 min');
    expect(of([5, 300, 1800])).toBe('3 retries, after 5 s, 5 min and 30 min');
  });

  test('rate limits: the webhook’s and the platform’s', () => {
    expect(rateText(webhook)).toBe('None');
    expect(rateText({ ...webhook, rate_limit: { requests: 1, seconds: 1 } })).toBe('1 request per second');
    const make: Settings = { ...webhook, platform: 'make', rate_limit: { requests: 20, seconds: 60 } };
    expect(plain(rateText(make))).toBe('20 requests per minute; Make accepts 300 requests per 10 s');
  });
});

test('a time survives a round trip through a datetime-local field', () => {
  const time = new Date('2026-03-29T00:59:00Z');
  expect(fromLocal(toLocal(time))).toBe(time.toISOString());
  expect(fromLocal('')).toBeUndefined();
});
