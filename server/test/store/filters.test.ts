import { afterEach, describe, expect, test, vi } from 'vitest';
import { Filters } from '../../src/store/queries/filters.ts';

const plenty = () => ({ left: Number.POSITIVE_INFINITY });

describe('filters of the subscribers of one event', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('its data is parsed when the first one asks, and once', () => {
    const parse = vi.spyOn(JSON, 'parse');
    const satisfies = new Filters().event('{"score":5}', plenty());
    expect(parse).not.toHaveBeenCalled();
    expect(['score == 5', 'score == 6', 'score > 4'].map(satisfies)).toEqual([true, false, true]);
    expect(parse).toHaveBeenCalledTimes(1);
  });

  test('thousands of different filters, again and again, are answered right', () => {
    const filters = new Filters();
    for (const score of [1, 4999, 1]) {
      const satisfies = filters.event(JSON.stringify({ score }), plenty());
      const satisfied = Array.from({ length: 5000 }, (_, index) => index).filter((index) =>
        satisfies(`score == ${index}`),
      );
      expect(satisfied).toEqual([score]);
    }
  });

  test('that would take long count as satisfied from there on, and what all took is known', () => {
    const all = plenty();
    all.left = 1e9;
    const items = Array.from({ length: 30_000 }, (_, index) => ({ index }));
    const satisfies = new Filters().event(JSON.stringify({ items, count: 1 }), all);
    const asked = Array.from({ length: 10 }, (_, index) => satisfies(`items[].index == ${-index - 1}`));
    expect(asked).toEqual([...Array(6).fill(false), ...Array(4).fill(true)]);
    expect(satisfies('count == 2')).toBe(true);
    expect(1e9 - all.left).toBeGreaterThan(200_000);
    expect(1e9 - all.left).toBeLessThan(250_000);
  });
});
