import { expect, test } from 'vitest';
import { checkSeed } from './report.ts';

test('whatever happens to the nodes and the store: 800 more schedules', async () => {
  for (let seed = 10_001; seed <= 10_800; seed += 1) {
    const { report } = await checkSeed(seed);
    expect(report).toBeNull();
  }
});
