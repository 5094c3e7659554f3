import { expect, test } from 'vitest';
import { Lease } from '../../src/cluster/lease.ts';
import { HeldClock } from './held-clock.ts';

function newLease(): { lease: Lease; clock: HeldClock; ends: () => number } {
  const clock = new HeldClock();
  let ends = 0;
  const lease = new Lease(clock, () => {
    ends += 1;
  });
  return { lease, clock, ends: () => ends };
}

test('it holds from the first heartbeat on, for as long as that was worth', () => {
  const { lease, clock, ends } = newLease();
  expect(lease.holds()).toBe(false);
  lease.prolong(lease.moment(), 1000);
  clock.advance(999);
  expect([lease.holds(), ends()]).toEqual([true, 0]);
  clock.advance(1);
  expect([lease.holds(), ends()]).toEqual([false, 1]);
});

test('it counts from before the heartbeat was sent, however long that took', () => {
  const { lease, clock } = newLease();
  const sent = lease.moment();
  clock.advance(700);
  lease.prolong(sent, 1000);
  clock.advance(300);
  expect(lease.holds()).toBe(false);
});

test('a heartbeat that took longer than it is worth is worth nothing', () => {
  const { lease, clock, ends } = newLease();
  const sent = lease.moment();
  clock.advance(1000);
  lease.prolong(sent, 1000);
  expect([lease.holds(), ends()]).toEqual([false, 1]);
});

test('an end that no timer has told of is told before a heartbeat prolongs it', () => {
  const { lease, clock, ends } = newLease();
  lease.prolong(lease.moment(), 1000);
  clock.advance(900);
  const sent = lease.moment();
  clock.jump(600);
  lease.prolong(sent, 1000);
  expect([lease.holds(), ends()]).toEqual([true, 1]);
});

test('a heartbeat in time prolongs it, and nobody is told that it ended', () => {
  const { lease, clock, ends } = newLease();
  for (let beat = 0; beat < 5; beat += 1) {
    lease.prolong(lease.moment(), 1000);
    clock.advance(900);
  }
  expect([lease.holds(), ends()]).toEqual([true, 0]);
});

test('a machine that slept notices when it is asked, before any timer', () => {
  const { lease, clock, ends } = newLease();
  lease.prolong(lease.moment(), 1000);
  clock.jump(3_600_000);
  expect([lease.holds(), ends()]).toEqual([false, 1]);
  clock.advance(5000);
  expect(ends()).toBe(1);
});

test('a clock that was set back makes it no longer', () => {
  const { lease, clock } = newLease();
  lease.prolong(lease.moment(), 1000);
  clock.jump(-3_600_000);
  clock.advance(1000);
  expect(lease.holds()).toBe(false);
});

test('it holds again after the next heartbeat', () => {
  const { lease, clock, ends } = newLease();
  lease.prolong(lease.moment(), 1000);
  clock.advance(2000);
  lease.prolong(lease.moment(), 1000);
  expect(lease.holds()).toBe(true);
  clock.advance(1000);
  expect([lease.holds(), ends()]).toEqual([false, 2]);
});
