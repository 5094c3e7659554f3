import { expect, test } from 'vitest';
import { Backoff } from '../../src/flow/backoff.ts';

const take = (backoff: Backoff, count: number) => Array.from({ length: count }, () => backoff.next());

test('pauses double up to the longest', () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 1500, random: () => 0 });
  expect(take(backoff, 6)).toEqual([100, 200, 400, 800, 1500, 1500]);
});

test('once it went well they begin anew', () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 1500, random: () => 0 });
  take(backoff, 4);
  backoff.reset();
  expect(take(backoff, 2)).toEqual([100, 200]);
});

test('a first pause that is longer than the longest is the longest', () => {
  expect(take(new Backoff({ firstMs: 100, maxMs: 50, random: () => 0 }), 2)).toEqual([50, 50]);
});

test('each is shortened by chance, to a half at the most', () => {
  const halved = new Backoff({ firstMs: 100, maxMs: 1000, random: () => 1 });
  expect(take(halved, 3)).toEqual([50, 100, 200]);
  const pauses = take(new Backoff({ firstMs: 1000, maxMs: 1000 }), 100);
  expect(pauses.every((pause) => pause > 500 && pause <= 1000)).toBe(true);
  expect(new Set(pauses).size).toBeGreaterThan(50);
});
