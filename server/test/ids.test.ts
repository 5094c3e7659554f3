import { validate, version } from 'uuid';
import { expect, test } from 'vitest';
import { newId } from '../src/ids.ts';

const ids = Array.from({ length: 200_000 }, () => newId('event'));

test('ids sort in the order they were made, however many in a millisecond', () => {
  expect(ids.findIndex((id, index) => index > 0 && id <= (ids[index - 1] ?? ''))).toBe(-1);
});

test('an id is its prefix and a UUIDv7 of the present', () => {
  const before = Date.now();
  const uuid = newId('delivery').replace(/^dlv_/, '');
  expect(validate(uuid)).toBe(true);
  expect(version(uuid)).toBe(7);
  const at = Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
  expect(at).toBeGreaterThanOrEqual(before);
  expect(at).toBeLessThanOrEqual(Date.now());
});

test('what does not come from the time and the counter differs from id to id', () => {
  const tails = new Set(ids.map((id) => id.slice(-12)));
  expect(tails.size).toBe(ids.length);
});
