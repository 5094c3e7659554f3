import { describe, expect, test } from 'vitest';
import { Pace } from '../../src/lane/pace.ts';

test('in no stretch of the window are there more requests than allowed', () => {
  const pace = new Pace({ requests: 3, seconds: 1 });
  const sent: number[] = [];
  let now = 1_000_000;
  // Asked far more often than it allows, at uneven moments.
  for (let step = 0; step < 500; step += 1) {
    now += (step * 37) % 90;
    if (pace.nextAt() > now) continue;
    pace.spend(now);
    sent.push(now);
  }
  expect(sent.length).toBeGreaterThan(20);
  for (const [index, time] of sent.entries()) {
    const third = sent[index + 3];
    if (third !== undefined) expect(third - time).toBeGreaterThanOrEqual(1000);
  }
});

test('says exactly when the next one may go', () => {
  const pace = new Pace({ requests: 2, seconds: 10 });
  expect(pace.nextAt()).toBe(Number.NEGATIVE_INFINITY);
  pace.spend(5000);
  pace.spend(7000);
  expect(pace.nextAt()).toBe(15_000);
  pace.spend(15_000);
  expect(pace.nextAt()).toBe(17_000);
});

describe('after somebody else', () => {
  test('what that one sent counts as if it had been all that the rate allows', () => {
    const pace = new Pace({ requests: 3, seconds: 10 });
    pace.rest(5000);
    expect(pace.nextAt()).toBe(15_000);
    for (let request = 0; request < 3; request += 1) pace.spend(15_000);
    expect(pace.nextAt()).toBe(25_000);
  });

  test('a window longer than a minute is rested for a minute', () => {
    const pace = new Pace({ requests: 1000, seconds: 3600 });
    pace.rest(5000);
    expect(pace.nextAt()).toBe(65_000);
  });

  test('what it remembers of itself counts too', () => {
    const pace = new Pace({ requests: 2, seconds: 10 });
    pace.spend(6000);
    pace.rest(1000);
    pace.spend(11_000);
    expect(pace.nextAt()).toBe(16_000);
  });
});
