import type { Arbitrary } from 'fast-check';
import fc from 'fast-check';
import { test } from 'vitest';

/**
 * In the suite every property is tried on the same few inputs each time. `npm run fuzz` sets a seed of chance, and how long
 * each property is to be tried.
 */
const seconds = Number(process.env.BELLHOP_FUZZ_SECONDS || 0);
const seed = Number(process.env.BELLHOP_FUZZ_SEED || 20_260_421);

/** No input may take longer than this: a receiver or a caller would hold up everybody else with it. */
const longestMs = 5000;

/**
 * A test that something holds for any input. When it does not, the smallest input that was found is shown, with the seed.
 *
 * @param runs inputs that are tried in the suite
 * @param check throws when it does not hold
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

/** Any text, halves of characters and control characters among it. */
export const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
);

/** Names that mean something to JavaScript, to SQL or to this server. */
export const telling = fc.constantFrom(
  ...['__proto__', 'constructor', 'prototype', 'toString', 'toJSON', 'hasOwnProperty', 'length', 'then', 'id', ''],
  ...['null', 'undefined', 'NaN', '-0', '1e999', "' OR 1=1 --", '%', '%00', '../..', '{}', '[]', '\u0000', '\ud800'],
);

/** Any value that JSON has, with telling names among the keys. */
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
