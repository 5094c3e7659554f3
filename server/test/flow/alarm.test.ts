import { expect, test } from 'vitest';
import { Alarm } from '../../src/flow/alarm.ts';
import { HeldClock } from '../cluster/held-clock.ts';

function newAlarm() {
  const clock = new HeldClock();
  const rings: number[] = [];
  return { clock, rings, alarm: new Alarm(clock, () => rings.push(clock.elapsed())) };
}

test('it rings once, at the earliest time', () => {
  const { clock, rings, alarm } = newAlarm();
  const start = clock.elapsed();
  alarm.setIn(300);
  alarm.setAt(start + 100);
  alarm.setIn(200);
  clock.advance(1000);
  expect(rings).toHaveLength(1);
  clock.advance(1000);
  expect(rings).toHaveLength(1);
});

test('set for a time that has passed, it rings as soon as it can', () => {
  const { clock, rings, alarm } = newAlarm();
  alarm.setAt(clock.elapsed() - 50);
  clock.advance(0);
  expect(rings).toHaveLength(1);
});

test('after it rang, or was cleared, it can be set again', () => {
  const { clock, rings, alarm } = newAlarm();
  alarm.setIn(100);
  clock.advance(100);
  alarm.setIn(500);
  alarm.clear();
  clock.advance(1000);
  expect(rings).toHaveLength(1);
  alarm.setIn(700);
  clock.advance(700);
  expect(rings).toHaveLength(2);
});

test('stopped, it rings no more, whatever it is set to', () => {
  const { clock, rings, alarm } = newAlarm();
  alarm.setIn(100);
  alarm.stop();
  alarm.setIn(200);
  clock.advance(1000);
  expect(rings).toHaveLength(0);
});
