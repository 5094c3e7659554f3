import { expect, test } from 'vitest';
import { keepTrying } from '../../src/flow/keep-trying.ts';
import { HeldClock } from '../cluster/held-clock.ts';

const turn = () => new Promise(setImmediate);

/** Something that succeeds at its nth try. */
function tries(successAt: number) {
  const clock = new HeldClock();
  const errors: unknown[] = [];
  let count = 0;
  let gone = false;
  const done = keepTrying(
    async () => {
      count += 1;
      if (count < successAt) throw new Error(`try ${count}`);
      return count;
    },
    { clock, onError: (error) => errors.push(error), givesUp: () => gone },
  );
  return {
    done,
    errors,
    get count() {
      return count;
    },
    giveUp: () => {
      gone = true;
    },
    async pass(milliseconds: number) {
      await turn();
      clock.advance(milliseconds);
      await turn();
    },
  };
}

test('what succeeds at once is not tried again', async () => {
  const subject = tries(1);
  expect([await subject.done, subject.errors]).toEqual([1, []]);
});

test('what fails is told of and tried again after a pause, until it succeeds', async () => {
  const subject = tries(4);
  for (let times = 0; times < 3; times += 1) await subject.pass(10_000);
  expect([await subject.done, subject.errors.length]).toEqual([4, 3]);
});

test('there is a pause', async () => {
  const subject = tries(2);
  await subject.pass(100);
  expect(subject.count).toBe(1);
  await subject.pass(10_000);
  expect(await subject.done).toBe(2);
});

test('given up, it ends with nothing after the try that failed', async () => {
  const subject = tries(100);
  await subject.pass(10_000);
  subject.giveUp();
  await subject.pass(10_000);
  expect(await subject.done).toBeUndefined();
  expect(subject.count).toBe(3);
});
