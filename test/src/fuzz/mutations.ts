import { anyJson, anyText, telling } from '@bellhop/shared/test/fuzz';
import fc from 'fast-check';

/** A change somewhere in a JSON value. */
interface Mutation {
  /** Which way to go at each level; the change is made where the way ends. */
  readonly way: readonly number[];
  readonly change: Change;
}

type Change =
  | { readonly kind: 'replace'; readonly by: unknown }
  | { readonly kind: 'remove' }
  | { readonly kind: 'add'; readonly name: string; readonly value: unknown }
  | { readonly kind: 'double' };

const huge = fc.nat(4).map((size) => 'x'.repeat(10 ** size * 20));
const deep = fc.nat(200).map((levels) => JSON.parse('['.repeat(levels + 1) + ']'.repeat(levels + 1)) as unknown);
const spoilt: fc.Arbitrary<unknown> = fc.oneof(
  anyJson,
  telling,
  huge,
  deep,
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1e21,
    5e-324,
    [],
    {},
    [[]],
    [null],
    { type: 'none' },
    '2026-02-30T99:00:00Z',
  ),
);
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: spoilt.map((by) => ({ kind: 'replace', by }) as const) },
  { weight: 2, arbitrary: fc.constant({ kind: 'remove' } as const) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.oneof(anyText, telling), spoilt)
      .map(([name, value]) => ({ kind: 'add', name, value }) as const),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'double' } as const) },
);

/** One to three changes. */
export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(
  fc.record({ way: fc.array(fc.nat(50), { maxLength: 4 }), change }),
  { minLength: 1, maxLength: 3 },
);

/** A value with changes in it; the value itself stays. */
export function mutated(value: unknown, changes: readonly Mutation[]): unknown {
  return changes.reduce((before, { way, change: what }) => changedAt(before, way, what), value);
}

function changedAt(value: unknown, [step, ...further]: readonly number[], what: Change): unknown {
  const entries = entriesOf(value);
  if (step === undefined || entries.length === 0) return changed(value, what);
  const at = step % entries.length;
  const rest = entries.flatMap(([name, inner], index): [string, unknown][] => {
    if (index !== at) return [[name, inner]];
    return further.length === 0 && what.kind === 'remove' ? [] : [[name, changedAt(inner, further, what)]];
  });
  return Array.isArray(value) ? rest.map(([, inner]) => inner) : Object.fromEntries(rest);
}

function changed(value: unknown, what: Change): unknown {
  switch (what.kind) {
    case 'replace':
      return what.by;
    case 'remove':
      return null;
    case 'double':
      return Array.isArray(value) ? [...value, ...value] : [value, value];
    case 'add':
      return Array.isArray(value)
        ? [...value, what.value]
        : Object.fromEntries([...entriesOf(value), [what.name, what.value]]);
  }
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
