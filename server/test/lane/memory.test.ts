import { expect, test } from 'vitest';
import { Memory } from '../../src/lane/memory.ts';

test('a lane gets less as memory fills, and never nothing', () => {
  const memory = new Memory({ window: 100, windowPerWebhook: 20, windowBytes: 1e9 });
  let held = 0;
  const shares = [50, 75, 100].map((full) => {
    for (; held < full; held += 1) memory.add(`dlv_${held}`, 1);
    return memory.ofLane;
  });
  expect(shares).toEqual([20, 10, 1]);
});

test('large events fill it sooner', () => {
  const memory = new Memory({ window: 100, windowPerWebhook: 20, windowBytes: 1000 });
  memory.add('dlv_1', 750);
  expect([memory.ofLane, memory.isFull]).toEqual([10, false]);
  memory.add('dlv_2', 750);
  expect([memory.ofLane, memory.isFull]).toEqual([1, true]);
  memory.drop('dlv_1');
  expect(memory.isFull).toBe(false);
});

test('claims under way have room set aside, each a part of what is left', () => {
  const memory = new Memory({ window: 100, windowPerWebhook: 20, windowBytes: 1600 });
  const reserved = [1, 2, 3].map(() => memory.reserve());
  expect(reserved).toEqual([400, 300, 225]);
  for (const bytes of reserved) memory.settle(bytes);
  memory.add('dlv_1', 1600);
  expect(memory.reserve()).toBe(1);
});
