import type { DeliveryPolicy, WebhookPolicy } from '@bellhop/shared';
import { noRetries, platformProfile, resolveDeliveryPolicy } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import type { Situation, Standing } from '../../src/attempt/decide.ts';
import { decide } from '../../src/attempt/decide.ts';
import type { HttpResult } from '../../src/target/post.ts';

const now = Date.UTC(2026, 0, 15);
const day = 24 * 3600 * 1000;

function answer(status: number, headers: Record<string, string> = {}, body = ''): HttpResult {
  return { kind: 'response', status, headers, body, truncated: false, durationMs: 5 };
}

const timeout: HttpResult = { kind: 'error', code: 'timeout', message: 'The receiver did not answer.', durationMs: 9 };

function policyOf(policy: Partial<DeliveryPolicy>): WebhookPolicy {
  return { ...resolveDeliveryPolicy(policy), waitsOutOutages: false };
}

function standing(change: Partial<Standing> = {}): Standing {
  return {
    consecutiveFailures: 0,
    goneAnswers: 0,
    statusReason: null,
    failingSince: null,
    failedAt: null,
    together: false,
    ...change,
  };
}

function waiting(change: Partial<Situation['delivery']> = {}): Situation['delivery'] {
  return { eventId: 'evt_1', failures: 0, attempts: 0, createdAt: now, test: false, ...change };
}

function situation(change: Partial<Situation> = {}): Situation {
  return {
    policy: policyOf({ retry: { delays: [10, 20], jitter: 0.5 } }),
    platform: platformProfile('custom'),
    result: answer(200),
    delivery: waiting(),
    webhook: { restHook: false, acknowledges: false, listener: false },
    standing: standing(),
    now,
    wall: now,
    random: 0,
    ...change,
  };
}

/** Seconds until the next attempt. */
function wait(change: Partial<Situation>): number | null {
  const { nextAttemptAt } = decide(situation(change)).delivery;
  return nextAttemptAt === null ? null : (nextAttemptAt - now) / 1000;
}

describe('success', () => {
  test('completes the delivery and touches a clean webhook not at all', () => {
    expect(decide(situation())).toMatchObject({
      outcome: 'delivered',
      delivery: { state: 'delivered', nextAttemptAt: null },
      webhook: { failures: 'keep', goneAnswers: 'keep', change: null },
    });
  });

  test('ends a row of failures', () => {
    const { webhook } = decide(situation({ standing: standing({ consecutiveFailures: 3, goneAnswers: 1 }) }));
    expect(webhook).toMatchObject({ failures: 'reset', goneAnswers: 'reset' });
  });
});

describe('failure', () => {
  test.each([400, 403, 404, 408, 410, 418, 425, 500, 502, 504])('%s is tried again', (status) => {
    expect(decide(situation({ result: answer(status) }))).toMatchObject({
      outcome: 'failed',
      delivery: { state: 'pending', failures: 1 },
      webhook: { failures: 'increment' },
    });
  });

  test.each([301, 302, 303, 307, 308])('%s is tried again, and says that redirects are not followed', (status) => {
    const decision = decide(situation({ result: answer(status, { location: 'https://example.com/s3cret' }) }));
    expect(decision).toMatchObject({ outcome: 'failed', delivery: { state: 'pending' } });
    expect(decision.explanation).toMatch(
      /^The receiver answered 3\d\d .+\. Redirects are not followed\. Change the webhook's URL to where they lead\.$/,
    );
  });

  test('no answer is tried again', () => {
    expect(decide(situation({ result: timeout })).delivery.state).toBe('pending');
  });

  test('waits by the schedule, longer by up to the jitter', () => {
    const failed = { result: answer(500) };
    const second = { ...failed, delivery: waiting({ failures: 1, attempts: 1 }) };
    expect(wait({ ...failed, random: 0 })).toBe(10);
    expect(wait({ ...failed, random: 1 })).toBe(15);
    expect(wait({ ...second, random: 0 })).toBe(20);
  });

  test('after the last retry the delivery is exhausted', () => {
    const delivery = waiting({ failures: 2, attempts: 2 });
    expect(decide(situation({ result: answer(500), delivery })).delivery).toEqual({
      state: 'exhausted',
      nextAttemptAt: null,
      failures: 3,
    });
  });

  test.each([
    ['longer than the schedule', '60', 60],
    ['shorter than the schedule', '1', 10],
    ['more than a day', '999999', 86_400],
    ['unreadable', 'soon', 10],
    ['a date in the past', new Date(now - 5000).toUTCString(), 10],
    ['a date', new Date(now + 90_000).toUTCString(), 90],
  ])('Retry-After: %s', (_, value, expected) => {
    expect(wait({ result: answer(503, { 'retry-after': value }) })).toBe(expected);
  });
});

describe('disabling', () => {
  const policy = policyOf({ disableAfterFailures: 10 });

  test('happens at the tenth failure in a row and names the last answer', () => {
    const ninth = decide(
      situation({ policy, result: answer(502), standing: standing({ consecutiveFailures: 8, goneAnswers: 0 }) }),
    );
    const tenth = decide(
      situation({ policy, result: answer(502), standing: standing({ consecutiveFailures: 9, goneAnswers: 0 }) }),
    );
    expect(ninth.webhook.change).toBeNull();
    expect(tenth.webhook.change).toMatchObject({
      status: 'disabled',
      reason: { message: 'Disabled after 10 failed attempts in a row. The last answer was 502 Bad Gateway.' },
    });
    expect(tenth.delivery.state).toBe('pending');
  });

  test('names the error when there was no answer', () => {
    const { webhook } = decide(
      situation({ policy, result: timeout, standing: standing({ consecutiveFailures: 9, goneAnswers: 0 }) }),
    );
    expect(webhook.change?.reason.message).toContain('The receiver did not answer.');
  });

  test('never happens by being throttled, nor by a test', () => {
    const tenth = standing({ consecutiveFailures: 9 });
    const delivery = waiting({ test: true });
    expect(decide(situation({ policy, standing: tenth, result: answer(429) })).webhook.change).toBeNull();
    expect(decide(situation({ policy, standing: tenth, delivery, result: answer(500) })).webhook.change).toBeNull();
  });
});

describe("a failure of the operator's proxy", () => {
  const proxy: HttpResult = { kind: 'error', code: 'hindered', message: 'The proxy cannot be reached.', durationMs: 9 };

  test('uses up no retry, counts toward nothing, and waits longer each time', () => {
    const [first, tenth] = [0, 9].map((attempts) =>
      decide(situation({ result: proxy, delivery: waiting({ failures: 1, attempts }) })),
    );
    expect(first).toMatchObject({
      outcome: 'failed',
      delivery: { state: 'pending', nextAttemptAt: now + 1000, failures: 1 },
      webhook: { failures: 'keep', change: null },
    });
    expect(tenth?.delivery.nextAttemptAt).toBe(now + 256_000);
  });

  test('is waited out also where nothing is tried again, but not for ever, and not by a test', () => {
    const policy = policyOf({ retry: noRetries });
    const state = (change: Partial<Situation['delivery']>) =>
      decide(
        situation({
          policy,
          result: proxy,
          delivery: waiting({ ...change }),
        }),
      ).delivery.state;
    expect([state({}), state({ createdAt: now - 3 * day }), state({ test: true })]).toEqual([
      'pending',
      'exhausted',
      'exhausted',
    ]);
  });
});

describe('no answer makes a delivery that waits hot: at most 22 requests in an hour', () => {
  const hooks = { ...policyOf({}), waitsOutOutages: true };
  const ours: HttpResult = { kind: 'error', code: 'hindered', message: 'No route.', durationMs: 1 };

  test.each<[string, Partial<Situation>]>([
    ['429 with Retry-After: 0', { result: answer(429, { 'retry-after': '0' }) }],
    ['429 with a date that has passed', { result: answer(429, { 'retry-after': new Date(0).toUTCString() }) }],
    ['429 with -1', { result: answer(429, { 'retry-after': '-1' }) }],
    ['503 of a platform that takes other events', { result: answer(503, { 'retry-after': '0' }), policy: hooks }],
    ['an answer that acknowledges nothing', { webhook: { restHook: true, acknowledges: true, listener: false } }],
    ['a fault of our own', { result: ours }],
  ])('%s', (_, change) => {
    const hour = 3600 * 1000;
    let attempts = 0;
    for (let at: number | null = now; at !== null && at < now + hour; attempts += 1) {
      const { delivery } = decide(situation({ ...change, delivery: waiting({ attempts }), now: at, wall: at }));
      expect(delivery.state).toBe('pending');
      at = delivery.nextAttemptAt;
    }
    expect(attempts).toBeLessThanOrEqual(22);
  });
});

describe('throttling', () => {
  test('keeps the whole webhook quiet for as long as it asked', () => {
    const decision = decide(situation({ result: answer(429, { 'retry-after': '30' }) }));
    expect(decision).toMatchObject({
      outcome: 'throttled',
      delivery: { state: 'pending', nextAttemptAt: now + 30_000, failures: 0 },
      quietMs: 31_500,
      webhook: { failures: 'keep' },
    });
  });

  test('waits longer than it asked if it asks again and again', () => {
    const result = answer(429, { 'retry-after': '4' });
    const waits = [0, 1, 5, 50].map((attempts) => wait({ result, delivery: waiting({ attempts }) }));
    expect(waits).toEqual([4, 4, 32, 256]);
  });

  test('without a time, waits longer with every attempt, up to five minutes or so', () => {
    const waits = [0, 1, 5, 50].map((attempts) => wait({ result: answer(429), delivery: waiting({ attempts }) }));
    expect(waits).toEqual([1, 2, 32, 256]);
  });

  test('does not go on for ever', () => {
    const delivery = waiting({ attempts: 99, createdAt: now - 3 * day });
    expect(decide(situation({ result: answer(429), delivery })).delivery.state).toBe('exhausted');
  });

  test('is waited out also where nothing is retried', () => {
    const policy = policyOf({ retry: noRetries });
    const decision = decide(situation({ policy, result: answer(429) }));
    expect(decision).toMatchObject({ delivery: { state: 'pending' }, webhook: { failures: 'keep' } });
  });

  test.each([['0'], ['Tue, 01 Jan 2019 00:00:00 GMT'], ['0.0']])(
    'without a pause (%s) is one without a time',
    (value) => {
      const waits = [0, 1, 5].map((attempts) =>
        wait({
          result: answer(429, { 'retry-after': value }),
          delivery: waiting({ attempts }),
        }),
      );
      expect(waits).toEqual([1, 2, 32]);
    },
  );
});

describe('platforms', () => {
  test("Zapier's 410 ends the webhook, also when a test gets it", () => {
    const platform = platformProfile('zapier');
    for (const isTest of [false, true]) {
      const delivery = waiting({ test: isTest });
      const decision = decide(situation({ platform, delivery, result: answer(410) }));
      expect(decision).toMatchObject({ delivery: { state: 'discarded' }, webhook: { change: { status: 'gone' } } });
    }
  });

  test("Make's 410 counts toward pausing, and pauses at the fifth in a row", () => {
    const platform = platformProfile('make');
    const fourth = decide(
      situation({ platform, result: answer(410), standing: standing({ consecutiveFailures: 3, goneAnswers: 3 }) }),
    );
    const fifth = decide(
      situation({ platform, result: answer(410), standing: standing({ consecutiveFailures: 4, goneAnswers: 4 }) }),
    );
    expect(fourth).toMatchObject({
      delivery: { state: 'pending' },
      webhook: { goneAnswers: 'increment', change: null },
    });
    expect(fifth).toMatchObject({
      delivery: { state: 'pending', failures: 0 },
      webhook: { change: { status: 'paused' } },
    });
  });

  test('a test pauses nothing', () => {
    const delivery = waiting({ test: true });
    const result = answer(404, {}, 'The requested webhook "x" is not registered.');
    const decision = decide(situation({ platform: platformProfile('n8n'), delivery, result }));
    expect(decision).toMatchObject({
      delivery: { state: 'exhausted' },
      webhook: { change: null, goneAnswers: 'keep' },
    });
  });
});

describe('a platform that cannot be reached', () => {
  const policy = { ...resolveDeliveryPolicy(), waitsOutOutages: true };
  const refused: HttpResult = { kind: 'error', code: 'refused', message: 'Nothing listens.', durationMs: 1 };
  const lasting = (seconds: number, consecutiveFailures = 5) =>
    standing({ consecutiveFailures, failingSince: now - seconds * 1000 });

  test.each([refused, timeout, answer(502), answer(503), answer(504)])('uses up no retry: %o', (result) => {
    expect(decide(situation({ policy, result, delivery: waiting({ failures: 9 }) }))).toMatchObject({
      outcome: 'failed',
      delivery: { state: 'pending', nextAttemptAt: now + 5000, failures: 9 },
      webhook: { failures: 'increment', change: null },
    });
  });

  test('is tried after as long again as it has been away: at least 5 seconds, at most 5 minutes', () => {
    const waits = [0, 3, 20, 200, 4000].map((seconds) => wait({ policy, result: refused, standing: lasting(seconds) }));
    expect(waits).toEqual([5, 5, 20, 200, 300]);
  });

  test('rests altogether from the third failure in a row; one or two are a moment’s', () => {
    const rests = [0, 1, 2, 9].map(
      (failures) => decide(situation({ policy, result: refused, standing: lasting(60, failures) })).quietMs,
    );
    expect(rests).toEqual([0, 0, 63_000, 63_000]);
  });

  test('is waited for three days', () => {
    const delivery = waiting({ createdAt: now - 3 * day });
    expect(decide(situation({ policy, result: refused, delivery })).delivery.state).toBe('exhausted');
  });

  test('another 5xx is an event’s own: it goes by the schedule', () => {
    expect(decide(situation({ policy, result: answer(500) }))).toMatchObject({
      delivery: { failures: 1 },
      quietMs: 0,
    });
  });
});

describe('delivered means taken', () => {
  const webhook = { restHook: true, acknowledges: true, listener: false };
  const policy = { ...resolveDeliveryPolicy(), waitsOutOutages: true };
  const outcomeOf = (body: string) => decide(situation({ policy, webhook, result: answer(200, {}, body) }));

  test('by an answer with the id of the event', () => {
    expect(outcomeOf('{"received":"evt_1","ignored":"new_lead"}').outcome).toBe('delivered');
  });

  test.each(['', 'ok', '{}', 'null', '{"received":"evt_2"}', '{"received":true}', '<html></html>'])(
    'by nothing else: %s',
    (body) => {
      const decision = outcomeOf(body);
      expect(decision).toMatchObject({ outcome: 'failed', delivery: { state: 'pending', failures: 0 } });
      expect(decision.explanation).toContain('does not say that the event was taken');
    },
  );

  test('n8n that is starting has taken nothing, at whatever URL', () => {
    const result = answer(200, {}, 'n8n is starting up. Please wait');
    for (const id of ['n8n', 'custom'] as const) {
      const decision = decide(situation({ platform: platformProfile(id), result }));
      expect(decision).toMatchObject({ outcome: 'throttled', delivery: { state: 'pending' } });
    }
  });
});

describe('a pause by the platform', () => {
  const platform = platformProfile('n8n');
  const inactive = answer(404, {}, '{"code":404,"message":"The requested webhook \\"POST x\\" is not registered."}');
  const pausedFor = (seconds: number) =>
    standing({ statusReason: { code: 'platform_gone', message: 'Off.', at: now - seconds * 1000 } });

  test('is tried again by itself after 30 seconds', () => {
    const { change } = decide(situation({ platform, result: inactive })).webhook;
    expect(change).toMatchObject({ status: 'paused', until: now + 30_000, again: false, reason: { at: now } });
  });

  test('then after as long again as it has lasted, at most every hour; it is one pause', () => {
    const changes = [45, 600, 90_000].map(
      (seconds) => decide(situation({ platform, result: inactive, standing: pausedFor(seconds) })).webhook.change,
    );
    expect(changes.map((change) => ((change?.until ?? 0) - now) / 1000)).toEqual([45, 600, 3600]);
    expect(changes.map((change) => change?.again)).toEqual([true, true, true]);
    expect(changes[0]?.reason.at).toBe(now - 45_000);
  });

  test('is over with the first success', () => {
    expect(decide(situation({ platform, standing: pausedFor(60) })).webhook).toMatchObject({ goneAnswers: 'reset' });
  });
});

describe('a REST hook that its platform ends', () => {
  const webhook = { restHook: true, acknowledges: false, listener: false };

  test('keeps what waits for ten minutes, for the one that replaces it', () => {
    const decision = decide(situation({ platform: platformProfile('zapier'), webhook, result: answer(410) }));
    expect(decision).toMatchObject({
      delivery: { state: 'pending', nextAttemptAt: now },
      webhook: { change: { status: 'gone', until: now + 600_000 } },
    });
  });
});

describe('a test listener', () => {
  const webhook = { restHook: true, acknowledges: true, listener: true };
  const policy = { ...resolveDeliveryPolicy({ retry: noRetries }), waitsOutOutages: false };

  test.each([timeout, answer(200), answer(404), answer(429), answer(500)])('holds nothing back: %o', (result) => {
    expect(decide(situation({ platform: platformProfile('n8n'), policy, webhook, result }))).toMatchObject({
      delivery: { state: 'discarded' },
      webhook: { failures: 'keep', goneAnswers: 'keep', change: null },
    });
  });
});

describe('failures in a row', () => {
  const policy = policyOf({ disableAfterFailures: 10 });
  const refused: HttpResult = { kind: 'error', code: 'refused', message: 'Nothing listens.', durationMs: 1 };
  const effect = (result: HttpResult, change: Partial<Standing>) =>
    decide(situation({ policy, result, standing: standing({ consecutiveFailures: 9, ...change }) })).webhook;

  test('requests that were under way together when one moment cut them are one', () => {
    expect(effect(answer(502), { together: true })).toEqual({ failures: 'keep', goneAnswers: 'keep', change: null });
  });

  test('connections that fail within a second are one: a receiver that restarts', () => {
    expect(effect(refused, { failedAt: now - 700 })).toMatchObject({ failures: 'keep', change: null });
    expect(effect(refused, { failedAt: now - 1000 })).toMatchObject({ change: { status: 'disabled' } });
  });

  test('answers are one each, however quick', () => {
    expect(effect(answer(500), { failedAt: now })).toMatchObject({ change: { status: 'disabled' } });
  });
});
