import type { JsonValue } from '../json.ts';
import type { Comparison, Condition, Filter, Literal, Path } from './tree.ts';

/** Whether a filter is satisfied, and by what that was decided. */
export type Verdict =
  | { readonly matches: boolean; readonly condition: Condition; readonly found: Found }
  | { readonly matches: boolean; readonly filter: Filter; readonly negated: Verdict }
  /** `and` and `or`: the part that decided; all of them when it took all. */
  | { readonly matches: boolean; readonly because: readonly Verdict[] };

/** What was at the end of a path. */
export interface Found {
  /** Values looked at; a path without `[]` has exactly one. */
  readonly looked: number;
  /** The last value looked at, which is the one that satisfied if any did; undefined: missing. */
  readonly value: JsonValue | undefined;
  /** For each `[]` of the path the place of that value. */
  readonly places: readonly number[];
}

export function evaluate(filter: Filter, data: JsonValue): Verdict {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return joined(filter.filters, data, filter.kind === 'or');
    case 'not': {
      const negated = evaluate(filter.filter, data);
      return { matches: !negated.matches, filter, negated };
    }
    default: {
      const walk = new Walk(filter.path, testOf(filter));
      const matches = walk.from(data, 0);
      return { matches, condition: filter, found: walk };
    }
  }
}

/** @param decisive the outcome of one part that decides for all: false for `and`, true for `or`. */
function joined(filters: readonly Filter[], data: JsonValue, decisive: boolean): Verdict {
  const because: Verdict[] = [];
  for (const filter of filters) {
    const verdict = evaluate(filter, data);
    if (verdict.matches === decisive) return { matches: decisive, because: [verdict] };
    because.push(verdict);
  }
  return { matches: !decisive, because };
}

type Test = (value: JsonValue | undefined) => boolean;

/** Follows a path to its values, until one satisfies. */
class Walk implements Found {
  looked = 0;
  value: JsonValue | undefined;
  readonly places: number[] = [];
  readonly #path: Path;
  readonly #test: Test;

  constructor(path: Path, test: Test) {
    this.#path = path;
    this.#test = test;
  }

  /** Goes on from a value, with the step at this index. */
  from(start: JsonValue | undefined, index: number): boolean {
    let value = start;
    for (let next = index; next < this.#path.length; next += 1) {
      const step = this.#path[next];
      if (step === null || step === undefined) return this.#fromAnyOf(value, next + 1);
      value = follow(value, step);
    }
    this.looked += 1;
    this.value = value;
    return this.#test(value);
  }

  #fromAnyOf(list: JsonValue | undefined, index: number): boolean {
    if (!isList(list)) return false;
    const depth = this.places.length;
    for (let place = 0; place < list.length; place += 1) {
      this.places[depth] = place;
      if (this.from(list[place], index)) return true;
    }
    this.places.length = depth;
    return false;
  }
}

/** What a value has of its own under a name or at a place; undefined where it has none. */
function follow(value: JsonValue | undefined, step: string | number): JsonValue | undefined {
  if (typeof step === 'number') return isList(value) ? value[step] : undefined;
  if (typeof value !== 'object' || value === null || isList(value)) return undefined;
  return Object.hasOwn(value, step) ? value[step] : undefined;
}

function testOf(condition: Condition): Test {
  switch (condition.kind) {
    case 'exists':
      return (value) => value !== undefined;
    case 'in': {
      const values = new Set(condition.values);
      return (value) => isLiteral(value) && values.has(value ?? null);
    }
    case 'compare': {
      const compare = comparisons[condition.operator];
      return (value) => compare(value, condition.value);
    }
  }
}

type Compare = (value: JsonValue | undefined, literal: Literal) => boolean;

/** Nothing is converted: a comparison of different types does not hold. What is missing equals null. */
const comparisons: Readonly<Record<Comparison, Compare>> = {
  '==': equal,
  '!=': (value, literal) => !equal(value, literal),
  '<': (value, literal) => order(value, literal) < 0,
  '<=': (value, literal) => order(value, literal) <= 0,
  '>': (value, literal) => order(value, literal) > 0,
  '>=': (value, literal) => order(value, literal) >= 0,
  contains(value, literal) {
    if (isList(value)) return value.some((element) => element === literal);
    return typeof value === 'string' && typeof literal === 'string' && value.includes(literal);
  },
  'starts with': (value, literal) => typeof value === 'string' && value.startsWith(String(literal)),
  'ends with': (value, literal) => typeof value === 'string' && value.endsWith(String(literal)),
};

function equal(value: JsonValue | undefined, literal: Literal): boolean {
  return (value ?? null) === literal;
}

/** Less than 0, 0, or more; numbers by value, text by UTF-16 code units. NaN for what has no order, which is in none. */
function order(value: JsonValue | undefined, literal: Literal): number {
  if (typeof value === 'number' && typeof literal === 'number') return value - literal;
  if (typeof value !== 'string' || typeof literal !== 'string') return Number.NaN;
  if (value === literal) return 0;
  return value < literal ? -1 : 1;
}

function isLiteral(value: JsonValue | undefined): value is Literal | undefined {
  return typeof value !== 'object' || value === null;
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
