import { describe, expect, test } from 'vitest';
import { SteadyClock } from '../src/clock.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const start = Date.UTC(2026, 0, 1);

/** A machine whose clock can be set. */
function machine() {
  let elapsed = 5000;
  let offset = start - elapsed;
  const clock = new SteadyClock({ wall: () => offset + elapsed, elapsed: () => elapsed });
  return {
    clock,
    pass(milliseconds: number) {
      elapsed += milliseconds;
    },
    set(milliseconds: number) {
      offset += milliseconds;
    },
  };
}

test('it is the machine’s clock as long as nobody sets that', () => {
  const { clock, pass, set } = machine();
  for (let step = 0; step < 1000; step += 1) {
    pass(37);
    // As a time service does all the time.
    set(step % 2 ? 1 : -1);
  }
  expect(clock.now()).toBe(start + 37_000);
  expect(clock.wall()).toBe(start + 37_000);
});

test('it never runs backwards', () => {
  const { clock, pass, set } = machine();
  let last = clock.now();
  for (const jump of [-hour, 500, -500, hour, -3 * hour, 2 * hour, -900]) {
    set(jump);
    for (let step = 0; step < 100; step += 1) {
      pass(step);
      expect(clock.now()).toBeGreaterThanOrEqual(last);
      last = clock.now();
    }
  }
});

describe('a machine’s clock that is set back by an hour', () => {
  test('makes nothing wait for more than twice as long', () => {
    const { clock, pass, set } = machine();
    set(-hour);
    const before = clock.now();
    pass(10 * second);
    expect(clock.now() - before).toBe(5 * second);
    expect(clock.wall()).toBe(start - hour + 10 * second);
  });

  test('is agreed with again after two hours', () => {
    const { clock, pass, set } = machine();
    set(-hour);
    for (let step = 0; step < 121; step += 1) {
      pass(minute);
      clock.now();
    }
    expect(clock.now()).toBe(clock.wall());
  });
});

describe('a machine’s clock that is set forward by an hour', () => {
  test('makes nothing due at once', () => {
    const { clock, pass, set } = machine();
    set(hour);
    expect(clock.now()).toBe(start);
    pass(second);
    expect(clock.now()).toBe(start + 10 * second);
  });

  test('is agreed with again after some minutes', () => {
    const { clock, pass, set } = machine();
    set(hour);
    for (let step = 0; step < 7; step += 1) {
      pass(minute);
      clock.now();
    }
    expect(clock.now()).toBe(clock.wall());
  });
});

describe('continuing from a time that was reached before', () => {
  test('goes on from there', () => {
    const { clock } = machine();
    clock.continueFrom(start + hour);
    expect(clock.now()).toBe(start + hour);
  });

  test('has no effect when that is past, or so far ahead that it cannot be right', () => {
    const { clock } = machine();
    clock.continueFrom(start - hour);
    clock.continueFrom(start + 25 * hour);
    expect(clock.now()).toBe(start);
  });
});
