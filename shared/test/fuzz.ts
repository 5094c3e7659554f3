import type { Arbitrary } from 'fast-check';
import fc from 'fast-check';
import { test } from 'vitest';

/**
 * The suite checks every property on the same few inputs each time. `npm run fuzz` sets a random seed and a duration per
 * property.
 */
const seconds = Number(process.env.BELLHOP_FUZZ_SECONDS || 0);
const seed = Number(process.env.BELLHOP_FUZZ_SEED || 20_260_421);

/** Maximum time per input: a slower one would let a receiver or a caller block all others. */
const longestMs = 5000;

/**
 * A property test. A failure shows the smallest failing input and the seed.
 *
 * @param runs number of inputs in the suite
 * @param check throws if the property does not hold
 */
export function holds<Input extends [unknown, ...unknown[]]>(
  name: string,
  inputs: { readonly [Index in keyof Input]: Arbitrary<Input[Index]> },
  runs: number,
  check: (...input: Input) => unknown,
): void {
  const property = fc.asyncProperty<Input>(...(inputs as { [Index in keyof Input]: Arbitrary<Input[Index]> }), timed);
  const forLong = { numRuns: 1e9, interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false };
  const effort = seconds > 0 ? forLong : { numRuns: runs };
  test(name, () => fc.assert(property, { seed, timeout: 2 * longestMs, ...effort }), (seconds + 60) * 1000);

  async function timed(...input: Input): Promise<void> {
    const startedAt = performance.now();
    await check(...input);
    const took = performance.now() - startedAt;
    if (took > longestMs) throw new Error(`It took ${Math.round(took)} ms.`);
  }
}

/** Any text, including lone surrogates and control characters. */
export const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
);

/** Names with a meaning in JavaScript, SQL or this server. */
export const telling = fc.constantFrom(
  ...['__proto__', 'constructor', 'prototype', 'toString', 'toJSON', 'hasOwnProperty', 'length', 'then', 'id', ''],
  ...['null', 'undefined', 'NaN', '-0', '1e999', "' OR 1=1 --", '%', '%00', '../..', '{}', '[]', '\u0000', '\ud800'],
);

/** Any JSON value, with special names among the keys. */
export const anyJson = fc.letrec<{ value: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    anyText,
    telling,
  ),
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    tie('leaf'),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.tuple(fc.oneof(anyText, telling), tie('value')), { maxLength: 5 }).map(Object.fromEntries),
  ),
})).value;
