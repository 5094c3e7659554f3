import { expect, test } from 'vitest';
import { checkSeed } from './report.ts';

/** To follow one up: `npm run simulate -- --from SEED --to SEED`. */
const seeds = 150;
const perTest = 30;

test.each(Array.from({ length: seeds / perTest }, (_, index) => 1 + index * perTest))(
  'whatever happens to the nodes and the store: seeds from %i on',
  async (first) => {
    for (let seed = first; seed < first + perTest; seed += 1) {
      const { report } = await checkSeed(seed);
      expect(report).toBeNull();
    }
  },
);
