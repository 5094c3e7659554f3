import { afterEach, describe, expect, test, vi } from 'vitest';
import { Filters } from '../../src/store/queries/filters.ts';

describe('filters of the subscribers of one event', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('its data is parsed when the first one asks, and once', () => {
    const parse = vi.spyOn(JSON, 'parse');
    const satisfies = new Filters().event('{"score":5}');
    expect(parse).not.toHaveBeenCalled();
    expect(['score == 5', 'score == 6', 'score > 4'].map(satisfies)).toEqual([true, false, true]);
    expect(parse).toHaveBeenCalledTimes(1);
  });

  test('thousands of different filters, again and again, are answered right', () => {
    const filters = new Filters();
    for (const score of [1, 4999, 1]) {
      const satisfies = filters.event(JSON.stringify({ score }));
      const satisfied = Array.from({ length: 5000 }, (_, index) => index).filter((index) =>
        satisfies(`score == ${index}`),
      );
      expect(satisfied).toEqual([score]);
    }
  });
});
