import { expect, test } from '@jest/globals';
import { Pace } from '../../src/deliver/pace.ts';

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
