import { expect, test } from 'vitest';
import { Memory } from '../../src/lane/memory.ts';

test('a lane gets less as memory fills, and never nothing', () => {
  const memory = new Memory({ window: 100, windowPerWebhook: 20 });
  let held = 0;
  const shares = [50, 75, 100].map((full) => {
    for (; held < full; held += 1) memory.add(`dlv_${held}`);
    return memory.ofLane;
  });
  expect(shares).toEqual([20, 10, 1]);
});
