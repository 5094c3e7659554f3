import { isSuccess, platforms, resolveDeliveryPolicy } from '@bellhop/shared';
import { anyText, holds } from '@bellhop/shared/test/fuzz';
import fc from 'fast-check';
import { expect } from 'vitest';
import { decide } from '../../src/attempt/decide.ts';
import type { HttpResult } from '../../src/target/post.ts';

const day = 24 * 3600 * 1000;
const now = Date.UTC(2026, 3, 21);
const week = 7 * 24 * 3600;

const retryAfter = fc.oneof(
  anyText,
  fc.integer().map(String),
  fc.nat().map((seconds) => '0'.repeat(seconds % 300) + seconds),
  fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  fc.constantFrom(
    '',
    ' ',
    '-1',
    '1.5',
    '1e9',
    '9'.repeat(400),
    'Infinity',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    '+10',
    '0x10',
    '10, 20',
    '١٠',
  ),
);
const headers = fc
  .tuple(fc.option(retryAfter, { nil: undefined }), fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }))
  .map(
    ([wait, others]): Record<string, string> => ({ ...others, ...(wait === undefined ? {} : { 'retry-after': wait }) }),
  );
const result: fc.Arbitrary<HttpResult> = fc.oneof(
  fc.record({
    kind: fc.constant('response' as const),
    status: fc.oneof(fc.constantFrom(200, 201, 302, 400, 404, 410, 429, 500, 503), fc.integer({ min: 200, max: 999 })),
    headers,
    body: fc.oneof(anyText, fc.constantFrom('Queue is full', 'The requested webhook is not registered.')),
    truncated: fc.boolean(),
    durationMs: fc.nat(),
  }),
  fc.record({
    kind: fc.constant('error' as const),
    code: fc.constantFrom('timeout', 'dns', 'refused', 'reset', 'tls', 'protocol', 'target_refused', 'network'),
    message: anyText,
    durationMs: fc.nat(),
  }),
);
const policy = fc
  .record({
    success: fc.oneof(fc.constant('2xx' as const), fc.constant([200])),
    delays: fc.array(fc.oneof(fc.nat(week), fc.double({ min: 0, max: week, noNaN: true })), { maxLength: 20 }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    disableAfterFailures: fc.option(fc.integer({ min: 1, max: 20 })),
    waitsOutOutages: fc.boolean(),
  })
  .map(({ success, delays, jitter, disableAfterFailures, waitsOutOutages }) => ({
    ...resolveDeliveryPolicy({ success, retry: { delays, jitter }, disableAfterFailures }),
    waitsOutOutages,
  }));
const situation = fc.record({
  policy,
  platform: fc.constantFrom(...platforms),
  result,
  delivery: fc.record({
    eventId: fc.constant('evt_1'),
    failures: fc.nat(25),
    attempts: fc.nat(10_000),
    createdAt: fc.integer({ min: now - 60 * day, max: now }),
    test: fc.boolean(),
  }),
  webhook: fc.record({ restHook: fc.boolean(), acknowledges: fc.boolean(), listener: fc.boolean() }),
  standing: fc.record({
    consecutiveFailures: fc.nat(100),
    goneAnswers: fc.nat(10),
    statusReason: fc.option(
      fc.record({
        code: fc.constant('platform_gone'),
        message: anyText,
        at: fc.integer({ min: now - 60 * day, max: now }),
      }),
    ),
    together: fc.boolean(),
    failedAt: fc.option(fc.integer({ min: now - day, max: now })),
    failingSince: fc.option(fc.integer({ min: now - 60 * day, max: now })),
  }),
  now: fc.constant(now),
  // The machine's clock may be anything.
  wall: fc.oneof(fc.constant(now), fc.integer({ min: 0, max: 2 ** 43 })),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

holds('every answer leads to a decision that can be carried out', [situation], 3000, (of) => {
  const decision = decide(of);
  const { state, nextAttemptAt, failures } = decision.delivery;
  expect(state === 'pending').toBe(nextAttemptAt !== null);
  if (nextAttemptAt !== null) {
    const longest = Math.max(1.1 * day, 2000 * Math.max(0, ...of.policy.retry.delays));
    expect(Number.isSafeInteger(nextAttemptAt)).toBe(true);
    expect(nextAttemptAt).toBeGreaterThanOrEqual(now);
    expect(nextAttemptAt).toBeLessThanOrEqual(now + longest);
  }
  expect(decision.quietMs).toBeGreaterThanOrEqual(0);
  expect(decision.quietMs).toBeLessThanOrEqual(1.1 * day + 1000);
  expect([of.delivery.failures, of.delivery.failures + 1]).toContain(failures);
  const succeeded = of.result.kind === 'response' && isSuccess(of.policy, of.result.status);
  const isTaken = succeeded && !of.webhook.acknowledges;
  expect(decision.outcome === 'delivered').toBe(isTaken);
  expect(state === 'delivered').toBe(isTaken);
  if (of.delivery.test && decision.webhook.change) expect(decision.webhook.change.status).toBe('gone');
  if (decision.webhook.change) expect(decision.webhook.change.reason.message).toMatch(/\S/);
});

holds('what fails is not tried for ever', [policy, fc.constantFrom(...platforms)], 100, (by, platform) => {
  const delivery = { eventId: 'evt_1', failures: 0, attempts: 0, createdAt: now, test: false };
  const webhook = { restHook: false, acknowledges: false, listener: false };
  const standing = {
    consecutiveFailures: 0,
    goneAnswers: 0,
    statusReason: null,
    failingSince: null,
    failedAt: null,
    together: false,
  };
  const answer: HttpResult = { kind: 'response', status: 500, headers: {}, body: '', truncated: false, durationMs: 1 };
  let attempts = 0;
  for (let failures: number | null = 0; failures !== null; attempts += 1) {
    const of = { policy: by, platform, result: answer, delivery: { ...delivery, failures, attempts } };
    const decision = decide({ ...of, webhook, standing, now, wall: now, random: 0.5 });
    failures = decision.delivery.state === 'pending' ? decision.delivery.failures : null;
  }
  expect(attempts).toBe(by.retry.delays.length + 1);
});
