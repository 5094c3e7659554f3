import { describe, expect, test } from 'vitest';
import { FailedAttempts } from '../../src/security/failed-attempts.ts';

const minute = 60_000;

/** Attempts at a time that the test moves, against a store that knows one key. */
function subject(perMinute = 3) {
  const clock = { time: 1000, now: () => clock.time };
  const attempts = new FailedAttempts(clock, perMinute);
  let looks = 0;
  const valid = new Set(['sk_live_good_and_known', 'sk_live_good_but_new']);
  const give = (secret: string, address = '192.0.2.1', isKey = true) =>
    attempts
      .find({ secret, address, isKey }, async () => {
        looks += 1;
        return valid.has(secret) ? secret : undefined;
      })
      .then(
        (found) => found ?? 'unknown',
        ({ code, retryAfterSeconds, message }) => ({ code, retryAfterSeconds, message }),
      );
  const fail = async (times: number, secretOf: (index: number) => string, address?: string) => {
    for (let index = 0; index < times; index += 1) expect(await give(secretOf(index), address)).toBe('unknown');
  };
  return { clock, give, fail, valid, looks: () => looks };
}

const distinct = (index: number) => `${String(index).padStart(12, '-')} secret`;
const refused = { code: 'too_many_attempts', retryAfterSeconds: 60 };

describe('failed attempts', () => {
  test('over the limit of an address, unknown secrets are refused without a look-up, until the minute is over', async () => {
    const { clock, give, fail, looks } = subject();
    await fail(3, distinct);
    expect(await give('one more')).toMatchObject({ ...refused, message: expect.stringContaining('from this address') });
    expect(await give('sk_live_good_but_new')).toMatchObject(refused);
    expect(looks()).toBe(3);
    expect(await give('one more', '192.0.2.2')).toBe('unknown');
    clock.time += minute - 1;
    expect(await give('one more')).toMatchObject({ ...refused, retryAfterSeconds: 1 });
    clock.time += 1;
    expect(await give('sk_live_good_but_new')).toBe('sk_live_good_but_new');
  });

  test('a key that was valid before still is, whoever fails at its address', async () => {
    const { give, fail, valid } = subject();
    expect(await give('sk_live_good_and_known')).toBe('sk_live_good_and_known');
    await fail(3, distinct);
    for (let count = 0; count < 10; count += 1) {
      expect(await give('sk_live_good_and_known')).toBe('sk_live_good_and_known');
    }
    valid.clear();
    expect(await give('sk_live_good_and_known')).toBe('unknown');
    expect(await give('sk_live_good_and_known')).toMatchObject(refused);
  });

  test('the beginning of a key is limited over all addresses, that of a token is not', async () => {
    const { give, fail } = subject();
    for (let index = 0; index < 3; index += 1) await fail(1, () => `sk_live_good ${index}`, `192.0.2.${index}`);
    const problem = await give('sk_live_good_but_new', '192.0.2.9');
    expect(problem).toMatchObject({ ...refused, message: expect.stringContaining('that start like this one') });
    expect(await give('sk_live_other', '192.0.2.9')).toBe('unknown');
    expect(await give('sk_live_good_but_new', '192.0.2.9', false)).toBe('sk_live_good_but_new');
  });

  test('valid keys count for nothing', async () => {
    const { give } = subject();
    for (let count = 0; count < 10; count += 1) await give('sk_live_good_and_known');
    expect(await give('sk_live_good_but_new')).toBe('sk_live_good_but_new');
  });

  test('no more than so many addresses are remembered', async () => {
    const { give, fail } = subject(1);
    await fail(1, distinct, 'first');
    expect(await give('x', 'first')).toMatchObject(refused);
    for (let index = 0; index < 10_000; index += 1) await give(distinct(index), `address ${index}`, false);
    expect(await give('y', 'first')).toBe('unknown');
  });
});
