import { expect, test } from 'vitest';
import { homesOf } from '../../src/cluster/homes.ts';
import { slotCount, slotOf } from '../../src/store/slots.ts';

const nodes = ['node_a', 'node_b', 'node_c', 'node_d'];

function shares(homes: readonly (string | null)[]): number[] {
  return nodes.map((node) => homes.filter((home) => home === node).length).filter((share) => share > 0);
}

test('every slot has a home, and every node about as many', () => {
  const homes = homesOf(nodes);
  expect(homes).toHaveLength(slotCount);
  expect(shares(homes).reduce((sum, share) => sum + share, 0)).toBe(slotCount);
  for (const share of shares(homes)) expect(Math.abs(share - slotCount / nodes.length)).toBeLessThan(24);
});

test('nodes that name the others in another order agree', () => {
  expect(homesOf(nodes.toReversed())).toEqual(homesOf(nodes));
});

test('a node that comes takes slots and moves no other; one that goes leaves only its own', () => {
  const before = homesOf(nodes.slice(0, 3));
  const after = homesOf(nodes);
  const moved = after.filter((home, slot) => home !== before[slot]);
  expect(new Set(moved)).toEqual(new Set(['node_d']));
  expect(moved.length).toBeGreaterThan(30);
});

test('where no node delivers, no slot has a home', () => {
  expect(new Set(homesOf([]))).toEqual(new Set([null]));
});

test('the slot of a webhook is the end of its id', () => {
  expect([slotOf('wh_01a214d5-f9f2-700f-ad1d-1742088324ff'), slotOf('wh_0100'), slotOf('wh_1')]).toEqual([255, 0, 0]);
});
