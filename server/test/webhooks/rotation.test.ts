import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { previousAt, signersAt } from '../../src/attempt/secrets.ts';
import type { Credentials } from '../../src/model.ts';
import { rotate } from '../../src/webhooks/rotation.ts';

const hour = 3600 * 1000;
const start = Date.UTC(2026, 0, 1);
const several = { several: true };
const one = { several: false };

/** A webhook whose one secret is this. */
function having(...secrets: string[]): Credentials {
  return { authentication: { type: 'bearer', token: 'kept' }, headers: { 'X-Kept': '1' }, secrets };
}

interface Step {
  readonly secret: string;
  readonly overlap: number;
  /** Hours after the start. */
  readonly at?: number;
}

/** A webhook with the secret `A` after these rotations. */
function after(scheme: { several: boolean }, ...steps: Step[]): Credentials {
  return steps.reduce<Credentials>(
    (credentials, { secret, overlap, at = 0 }) =>
      rotate(scheme, credentials, { secret, overlapMs: overlap * hour, now: start + at * hour }),
    having('A'),
  );
}

/** Replaced secrets and the hours after the start that they end at. */
function previousOf({ previous = [] }: Credentials): [string, number][] {
  return previous.map(({ secret, until }) => [secret, (until - start) / hour]);
}

describe('a rotation', () => {
  test.each<[string, { several: boolean }, Step[], [string, number][]]>([
    ['keeps the old secret for the overlap', several, [{ secret: 'B', overlap: 24 }], [['A', 24]]],
    ['keeps the old secret for the overlap', one, [{ secret: 'B', overlap: 24 }], [['A', 24]]],
    ['without an overlap ends it at once', several, [{ secret: 'B', overlap: 0 }], []],
    ['without an overlap ends it at once', one, [{ secret: 'B', overlap: 0 }], []],
    [
      'within an overlap keeps the earlier one as long as it was promised',
      several,
      [
        { secret: 'B', overlap: 24 },
        { secret: 'C', overlap: 24, at: 1 },
      ],
      [
        ['B', 25],
        ['A', 24],
      ],
    ],
    [
      'with a shorter overlap leaves what was promised, where all sign',
      several,
      [
        { secret: 'B', overlap: 24 },
        { secret: 'C', overlap: 1 },
      ],
      [
        ['B', 1],
        ['A', 24],
      ],
    ],
    [
      'with a shorter overlap ends all with it, where one signs: then the new one takes over',
      one,
      [
        { secret: 'B', overlap: 24 },
        { secret: 'C', overlap: 1 },
      ],
      [
        ['B', 1],
        ['A', 1],
      ],
    ],
    [
      'without an overlap ends the earlier ones too',
      several,
      [
        { secret: 'B', overlap: 24 },
        { secret: 'C', overlap: 0, at: 1 },
      ],
      [],
    ],
    [
      'drops what has ended',
      several,
      [
        { secret: 'B', overlap: 1 },
        { secret: 'C', overlap: 24, at: 1 },
      ],
      [['B', 25]],
    ],
    [
      'to the secret it has already, as a repeated request asks, leaves it',
      several,
      [
        { secret: 'B', overlap: 24 },
        { secret: 'B', overlap: 24, at: 1 },
      ],
      [['A', 24]],
    ],
    [
      'to the secret it has already without an overlap ends the overlap',
      one,
      [
        { secret: 'B', overlap: 24 },
        { secret: 'B', overlap: 0, at: 1 },
      ],
      [],
    ],
    [
      'back to the old secret, which signs still, is as if nothing had been',
      one,
      [
        { secret: 'B', overlap: 24 },
        { secret: 'A', overlap: 24, at: 1 },
      ],
      [],
    ],
    [
      'back to the old secret keeps the one in between, which signed too',
      several,
      [
        { secret: 'B', overlap: 24 },
        { secret: 'A', overlap: 24, at: 1 },
      ],
      [['B', 25]],
    ],
  ])('%s (%o)', (_, scheme, steps, previous) => {
    const rotated = after(scheme, ...steps);
    expect(rotated.secrets).toEqual([steps.at(-1)?.secret]);
    expect(previousOf(rotated)).toEqual(previous);
    expect(rotated).toMatchObject({ authentication: { type: 'bearer', token: 'kept' }, headers: { 'X-Kept': '1' } });
  });

  test('of a webhook without a secret sets the first', () => {
    const rotated = rotate(one, having(), { secret: 'A', overlapMs: 24 * hour, now: start });
    expect(rotated).toEqual({ ...having('A'), previous: [] });
  });

  test.each([several, one])('twenty times in an overlap: few are kept, the newest and the oldest (%o)', (scheme) => {
    const steps = Array.from({ length: 20 }, (_, index) => ({ secret: `S${index + 1}`, overlap: 24 }));
    const rotated = after(scheme, ...steps);
    expect(previousOf(rotated).map(([secret]) => secret)).toEqual(['S19', 'S18', 'S17', 'S16', 'A']);
  });
});

describe('whatever somebody rotates to, for however long', () => {
  const steps = fc.array(
    fc.record({
      secret: fc.constantFrom('A', 'B', 'C', 'D'),
      overlapMs: fc.integer({ min: 0, max: 5 }),
      wait: fc.nat(5),
    }),
    { minLength: 1, maxLength: 12 },
  );

  test.each([several, one])(
    'no secret outlives its promise, none stands twice, and something always signs (%o)',
    (scheme) => {
      fc.assert(
        fc.property(steps, (given) => {
          let credentials = having('A');
          let now = start;
          const promised = new Map<string, number>();
          for (const { secret, overlapMs, wait } of given) {
            now += wait;
            const [replaced = ''] = credentials.secrets;
            if (replaced !== secret) promised.set(replaced, now + overlapMs);
            credentials = rotate(scheme, credentials, { secret, overlapMs, now });
            const valid = previousAt(credentials, now);
            const all = [...credentials.secrets, ...valid.map((each) => each.secret)];
            expect(new Set(all).size).toBe(all.length);
            for (const each of valid) expect(each.until).toBeLessThanOrEqual(promised.get(each.secret) ?? 0);
            expect(signersAt({ ...signed, ...scheme }, credentials, now).secrets.length).toBeGreaterThan(0);
            expect(signersAt({ ...signed, ...scheme }, credentials, now + 6).secrets).toEqual([secret]);
          }
        }),
      );
    },
  );
});

const signed = { header: 'x', prefix: '', encoding: 'hex', content: ['body'], key: 'utf8' } as const;
