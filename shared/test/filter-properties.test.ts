import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatFilter } from '../src/filter/format.ts';
import type { Filter, JsonValue } from '../src/index.ts';
import { evaluateFilter, matchesFilter, maximumFilterLength, parseFilter } from '../src/index.ts';

/** Few names and values, so that paths often resolve and comparisons often match. */
const name = fc.constantFrom('a', 'b', 'status', 'odd key', 'in', '', '__proto__', 'größe', '"');
const literal = fc.oneof(
  fc.constantFrom(null, true, false, 0, 1, -1, 2.5, '', 'a', 'ab', '1'),
  fc.string({ unit: 'grapheme', maxLength: 5 }),
  fc.integer(),
);
const step = fc.oneof(name, fc.nat(3), fc.constant(null));
const path = fc
  .tuple(fc.oneof(name, fc.constant(null), fc.nat(2)), fc.array(step, { maxLength: 3 }))
  .map(([first, rest]) => [first, ...rest]);
const text = literal.filter((value) => typeof value === 'string');
const ordered = literal.filter((value) => typeof value === 'string' || typeof value === 'number');

const condition: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ kind: fc.constant('exists' as const), path }),
  fc.record({ kind: fc.constant('in' as const), path, values: fc.array(literal, { minLength: 1, maxLength: 4 }) }),
  comparison(fc.constantFrom('==', '!=', 'contains'), literal),
  comparison(fc.constantFrom('<', '<=', '>', '>='), ordered),
  comparison(fc.constantFrom('starts with', 'ends with'), text),
);

function comparison<Operator, Value>(operator: fc.Arbitrary<Operator>, value: fc.Arbitrary<Value>) {
  return fc.record({ kind: fc.constant('compare' as const), path, operator, value });
}

const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    condition,
    fc.record({ kind: fc.constant('not' as const), filter: tie('filter') }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      filters: fc.array(tie('filter'), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));

const data = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    literal,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** Near-filters: tokens of the language in any order. */
const nearly = fc
  .array(
    fc.oneof(
      fc.constantFrom('and', 'or', 'not', 'in', 'exists', 'contains', 'starts with', 'ends', '==', '<', '(', ')'),
      fc.constantFrom('[', ']', '[]', '[0]', ',', '.', '"', "'", '\\', '"a"', '5', '-', '1e9', 'null', 'a', 'a.b'),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(' '));

describe('any text', () => {
  test.each([
    ['any text', fc.string({ unit: 'binary', maxLength: 1100 })],
    ['what is nearly a filter', nearly],
  ])('%s is parsed or rejected with a position, and a parsed filter can be evaluated', (_, texts) => {
    fc.assert(
      fc.property(texts, data, (given, value) => {
        const parsed = parseFilter(given);
        if (parsed.ok) {
          expect(typeof evaluateFilter(parsed.filter, value).matches).toBe('boolean');
          return;
        }
        expect(parsed.problem.length).toBeGreaterThan(10);
        expect(parsed.problem.length).toBeLessThan(250);
        expect(parsed.position).toBeGreaterThanOrEqual(1);
        expect(parsed.position).toBeLessThanOrEqual(Math.min(given.length, maximumFilterLength) + 1);
      }),
      { numRuns: 2000 },
    );
  });

  test('a formatted filter parses to the same filter', () => {
    fc.assert(
      fc.property(filter, (given) => {
        const written = formatFilter(given);
        fc.pre(written.length <= maximumFilterLength);
        expect(parseFilter(written)).toEqual({ ok: true, filter: given });
      }),
      { numRuns: 2000 },
    );
  });
});

describe('for any filter and any data', () => {
  const holds = (check: (given: Filter, value: JsonValue) => void) =>
    fc.assert(fc.property(filter, data, check), { numRuns: 2000 });

  test('there is a result and an explanation, and the result is the same without one', () => {
    holds((given, value) => {
      const { matches, explanation } = evaluateFilter(given, value);
      expect(matchesFilter(given, value)).toBe(matches);
      expect(explanation).toMatch(/^`.+` is (?:true|false)/s);
      expect(explanation.length).toBeLessThanOrEqual(1000);
      expect(explanation.isWellFormed()).toBe(true);
    });
  });

  test('not negates', () => {
    holds((given, value) => {
      expect(matchesFilter({ kind: 'not', filter: given }, value)).toBe(!matchesFilter(given, value));
    });
  });

  test('and, or combine their parts', () => {
    fc.assert(
      fc.property(fc.array(filter, { minLength: 2, maxLength: 4 }), data, (filters, value) => {
        const each = filters.map((one) => matchesFilter(one, value));
        expect(matchesFilter({ kind: 'and', filters }, value)).toBe(each.every(Boolean));
        expect(matchesFilter({ kind: 'or', filters }, value)).toBe(each.some(Boolean));
      }),
    );
  });

  test('the data is not modified', () => {
    holds((given, value) => {
      const before = JSON.stringify(value);
      evaluateFilter(given, value);
      expect(JSON.stringify(value)).toBe(before);
    });
  });
});

describe('for any two values', () => {
  const matches = (operator: '==' | '!=' | '<' | '<=' | '>' | '>=', actual: JsonValue, value: JsonValue) =>
    matchesFilter({ kind: 'compare', path: ['a'], operator, value: value as string }, { a: actual });

  test('they are equal if their JSON is the same', () => {
    fc.assert(
      fc.property(literal, literal, (actual, value) => {
        expect(matches('==', actual, value)).toBe(JSON.stringify(actual) === JSON.stringify(value));
        expect(matches('!=', actual, value)).toBe(!matches('==', actual, value));
      }),
    );
  });

  test('exactly one of <, == and > is true if they have the same ordered type; else neither < nor > is', () => {
    fc.assert(
      fc.property(literal, ordered, (actual, value) => {
        const [less, equal, more] = [
          matches('<', actual, value),
          matches('==', actual, value),
          matches('>', actual, value),
        ];
        expect(Number(less) + Number(equal) + Number(more)).toBe(typeof actual === typeof value ? 1 : 0);
        expect(matches('<=', actual, value)).toBe(less || equal);
        expect(matches('>=', actual, value)).toBe(more || equal);
      }),
    );
  });
});
