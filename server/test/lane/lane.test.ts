import { describe, expect, test } from 'vitest';
import type { Sent, Target } from '../../src/attempt/sender.ts';
import { Lane } from '../../src/lane/lane.ts';
import type { Attempt, Webhook, Work } from '../../src/model.ts';
import { plainWebhook } from '../webhook.ts';

const concurrency = 10;

/** A lane of one node among several, at a time of its own. */
function bareLane(now = 0, term = 0): Lane {
  const clock = { elapsed: () => now, now: () => now, after: () => () => {} };
  return new Lane({ webhookId: 'wh_1', concurrency, clock, alone: false, term, onTurn: () => {} });
}

function targetOf(differences: Partial<Webhook> = {}): Target {
  return {
    webhook: plainWebhook(differences),
    credentials: { authentication: { type: 'none' }, headers: {}, secrets: [] },
  };
}

let made = 0;

function work(webhookRevision: number): Work {
  made += 1;
  return { delivery: { id: `dlv_${String(made).padStart(6, '0')}` }, webhookRevision } as Work;
}

function newLane(differences: Partial<Webhook> = {}): Lane {
  const lane = bareLane();
  lane.assign({ term: 1, leftAt: null });
  lane.load(targetOf(differences));
  for (let count = 0; count < 50; count += 1) lane.push(work(1));
  return lane;
}

/** Takes as many deliveries as may go now; how many that are. */
function start(lane: Lane, now = 0): number {
  let started = 0;
  for (; lane.isReady(now); started += 1) lane.take(now);
  return started;
}

/** What came of an attempt, as far as a lane looks at it. */
function sent(answer: 'ok' | 'failed' | 'none', durationMs = 10, quietMs = 0): Sent {
  const attempt: Partial<Attempt> = {
    durationMs,
    outcome: answer === 'ok' ? 'delivered' : 'failed',
    response: answer === 'none' ? null : { headers: {}, body: '', truncated: false },
  };
  const webhookEffect = { failures: 'keep', goneAnswers: 'keep', change: null } as const;
  return { result: { attempt }, decision: { webhook: webhookEffect, quietMs } } as Sent;
}

function finish(lane: Lane, what: Sent, now = 0): void {
  lane.done(now);
  lane.learn(what, now);
}

describe('requests at a time', () => {
  test('begin with two and grow with every delivered one, up to the limit', () => {
    const lane = newLane();
    expect(start(lane)).toBe(2);
    finish(lane, sent('ok'));
    expect(start(lane)).toBe(2);
    for (let count = 0; count < 20; count += 1) lane.learn(sent('ok'), 0);
    start(lane);
    expect(lane.inFlight).toBe(concurrency);
  });

  test('are half as many after each without an answer, and never none', () => {
    const lane = newLane();
    for (let count = 0; count < 20; count += 1) lane.learn(sent('ok'), 0);
    lane.learn(sent('none'), 0);
    expect(start(lane)).toBe(concurrency / 2);
    for (let count = 0; count < 5; count += 1) finish(lane, sent('none'));
    expect(start(lane)).toBe(1);
  });

  test('are one where order is kept', () => {
    const lane = newLane({ ordering: 'fifo' });
    for (let count = 0; count < 20; count += 1) lane.learn(sent('ok'), 0);
    expect(start(lane)).toBe(1);
  });
});

describe('a lane is suspect', () => {
  test('when its webhook was failing before', () => {
    expect(newLane({ consecutiveFailures: 1 }).suspect).toBe(true);
    expect(newLane().suspect).toBe(false);
  });

  test.each([
    ['no answer', sent('none'), true],
    ['a slow answer', sent('ok', 2001), true],
    ['a quick answer', sent('ok', 2000), false],
    ['a quick refusal', sent('failed'), false],
  ])('after %s: %#', (_, what, suspect) => {
    const lane = newLane({ consecutiveFailures: suspect ? 0 : 1 });
    lane.learn(what, 0);
    expect(lane.suspect).toBe(suspect);
  });
});

test('a pause that was asked for holds back all requests', () => {
  const lane = newLane();
  lane.learn(sent('failed', 10, 5000), 1000);
  expect(start(lane, 5999)).toBe(0);
  expect(start(lane, 6000)).toBe(2);
});

test('a rate holds through a change of anything else', () => {
  const lane = newLane({ rateLimit: { requests: 1, seconds: 10 } });
  expect(start(lane)).toBe(1);
  const changed = plainWebhook({ rateLimit: { requests: 1, seconds: 10 }, name: 'New', revision: 2 });
  lane.load({ webhook: changed, credentials: { authentication: { type: 'none' }, headers: {}, secrets: [] } });
  expect(start(lane, 9999)).toBe(0);
  expect(start(lane, 10_000)).toBe(1);
});

describe('a lane that changes hands', () => {
  const rateLimit = { requests: 2, seconds: 10 };

  test('rests from when its last owner left, whether its webhook is known by then or not', () => {
    const known = bareLane(3000);
    known.load(targetOf({ rateLimit }));
    known.assign({ term: 1, leftAt: 1000 });
    const unknown = bareLane(3000);
    unknown.assign({ term: 1, leftAt: 1000 });
    unknown.load(targetOf({ rateLimit }));
    expect([known.readyAt(), unknown.readyAt()]).toEqual([11_000, 11_000]);
  });

  test('that was at rest goes on at once', () => {
    expect(start(newLane({ rateLimit }), 3000)).toBe(2);
  });

  test('tells its next owner when it was left, or what it was told while its webhook was not known', () => {
    const lane = bareLane(3000);
    lane.assign({ term: 1, leftAt: 1000 });
    expect(lane.leftAt).toBe(1000);
    lane.load(targetOf({ rateLimit }));
    expect(lane.leftAt).toBe(3000);
    const rested = bareLane(11_000);
    rested.assign({ term: 1, leftAt: 1000 });
    rested.load(targetOf({ rateLimit }));
    expect(rested.leftAt).toBeNull();
  });

  test('is assigned by a newer term alone: an answer from before it was relinquished is stale', () => {
    const lane = newLane();
    expect(lane.leave()).toHaveLength(50);
    expect(lane.relinquish()).toBe(true);
    lane.assign({ term: 1, leftAt: null });
    expect(lane.mode).toBe('relinquishing');
    lane.relinquished(1);
    lane.assign({ term: 1, leftAt: null });
    expect(lane.mode).toBe('free');
    lane.assign({ term: 2, leftAt: null });
    expect(lane.mode).toBe('owned');
  });

  test('stays owned when it is assigned again before the store has said that it was relinquished', () => {
    const lane = newLane();
    lane.leave();
    lane.relinquish();
    lane.assign({ term: 2, leftAt: null });
    lane.relinquished(1);
    expect(lane.mode).toBe('owned');
  });

  test('is relinquished once nothing of it is held', () => {
    const lane = newLane();
    lane.hold();
    lane.leave();
    expect(lane.relinquish()).toBe(false);
    lane.letGo();
    expect(lane.relinquish()).toBe(true);
  });
});

test('what was fetched by due time is not sent in that order when order is to be kept from now on', () => {
  const lane = newLane();
  expect(lane.isMisordered).toBe(false);
  lane.load(targetOf({ ordering: 'fifo', revision: 2 }));
  expect(lane.isMisordered).toBe(true);
  lane.drain();
  lane.push(work(2));
  expect(lane.isMisordered).toBe(false);
});

test('a webhook is not known until it is as new as the deliveries of its lane', () => {
  const lane = newLane();
  lane.push(work(2));
  expect(lane.webhook.isCurrent).toBe(false);
  lane.load(targetOf({ revision: 2 }));
  expect(lane.webhook.isCurrent).toBe(true);
});

describe('a webhook that is said to have changed', () => {
  test('is not known until it is loaded again', () => {
    const lane = newLane();
    lane.webhook.outdate();
    expect(lane.webhook.isCurrent).toBe(false);
    lane.webhook.startLoading();
    expect(lane.webhook.isCurrent).toBe(false);
    lane.load(targetOf());
    lane.webhook.loadingEnded();
    expect(lane.webhook.isCurrent).toBe(true);
  });

  test('while it is being loaded, has to be loaded once more', () => {
    const lane = newLane();
    lane.webhook.outdate();
    lane.webhook.startLoading();
    lane.webhook.outdate();
    lane.load(targetOf());
    lane.webhook.loadingEnded();
    expect(lane.webhook.isCurrent).toBe(false);
  });
});

test('what comes back to a lane goes before what is younger', () => {
  const lane = bareLane();
  const all = [work(1), work(1), work(1), work(1)] as const;
  for (const each of [all[1], all[3], all[0], all[2]]) lane.push(each);
  expect(lane.drain()).toEqual(all);
});

test('a webhook that is tried again after a pause by its platform gets one request at a time, until it works', () => {
  const lane = newLane({ statusReason: { code: 'platform_gone', message: 'Off.', at: 0 } });
  expect(start(lane)).toBe(1);
});

test('an attempt that was under way when another failed is known to have failed together with it', () => {
  const { webhook } = newLane();
  const before = webhook.failuresSeen;
  webhook.learn({ failures: 'increment', goneAnswers: 'keep', change: null }, 1000);
  expect(webhook.standing(before)).toMatchObject({ together: true, failingSince: 1000, failedAt: 1000 });
  expect(webhook.standing(webhook.failuresSeen)).toMatchObject({ together: false });
  webhook.learn({ failures: 'reset', goneAnswers: 'reset', change: null }, 2000);
  expect(webhook.standing(webhook.failuresSeen)).toMatchObject({ failingSince: null });
});

describe('a receiver that takes its time', () => {
  /** Delivers so many requests that take so long each, and says how many may go at a time then. */
  const after = (durations: readonly number[]) => {
    const lane = newLane();
    for (const duration of durations) {
      lane.take(0);
      finish(lane, sent('ok', duration));
    }
    return start(lane);
  };

  test('and works on one request after another gets few at a time', () => {
    expect(after([2500, 5000])).toBe(2);
    expect(after([2500, 5000, 5000, 5000])).toBe(1);
  });

  test('and works on many at a time gets as many as another', () => {
    expect(after(Array(12).fill(3000))).toBe(concurrency);
  });
});

test('a lane that nobody has any more sets no timer', () => {
  const timers: number[] = [];
  const after = (milliseconds: number) => {
    timers.push(milliseconds);
    return () => {};
  };
  const clock = { elapsed: () => 0, now: () => 0, after };
  const lane = new Lane({ webhookId: 'wh_1', concurrency, clock, alone: true, term: 0, onTurn: () => {} });
  lane.comeBackIn(100);
  lane.stop();
  lane.comeBackIn(50);
  expect(timers).toEqual([100]);
});
