import type { JsonValue } from '../json.ts';
import type { Comparison, Condition, Filter, Literal, Path } from './tree.ts';

/** The result of a filter, and what decided it. */
export type Verdict =
  | { readonly matches: boolean; readonly condition: Condition; readonly found: Found }
  | { readonly matches: boolean; readonly filter: Filter; readonly negated: Verdict }
  /** `and` and `or`: the part that decided, or all parts if all were needed. */
  | { readonly matches: boolean; readonly because: readonly Verdict[] };

/** What a path led to. */
export interface Found {
  /** Number of values examined; exactly one for a path without `[]`. */
  readonly examined: number;
  /** The last value examined, which is the matching one if any matched; undefined: missing. */
  readonly value: JsonValue | undefined;
  /** The index of that value for each `[]` of the path. */
  readonly indexes: readonly number[];
}

/** What evaluating may still cost, in {@link Walk}'s steps. Shared by filters that are evaluated on the same event. */
export interface Budget {
  left: number;
}

export class OverBudget extends Error {
  override readonly name = 'OverBudget';
}

/** @throws {OverBudget} */
export function evaluate(filter: Filter, data: JsonValue, budget: Budget): Verdict {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return joined(filter.filters, data, filter.kind === 'or', budget);
    case 'not': {
      const negated = evaluate(filter.filter, data, budget);
      return { matches: !negated.matches, filter, negated };
    }
    default: {
      const walk = new Walk(filter.path, testOf(filter), budget);
      const matches = walk.from(data, 0);
      return { matches, condition: filter, found: walk };
    }
  }
}

/** @param decisive the result of one part that decides the whole: false for `and`, true for `or`. */
function joined(filters: readonly Filter[], data: JsonValue, decisive: boolean, budget: Budget): Verdict {
  const because: Verdict[] = [];
  for (const filter of filters) {
    const verdict = evaluate(filter, data, budget);
    if (verdict.matches === decisive) return { matches: decisive, because: [verdict] };
    because.push(verdict);
  }
  return { matches: !decisive, because };
}

type Test = (value: JsonValue | undefined) => boolean;

/** Follows a path to its values until one matches. */
class Walk implements Found {
  examined = 0;
  value: JsonValue | undefined;
  readonly indexes: number[] = [];
  readonly #path: Path;
  readonly #test: Test;
  readonly #budget: Budget;

  constructor(path: Path, test: Test, budget: Budget) {
    this.#path = path;
    this.#test = test;
    this.#budget = budget;
  }

  /** Continues from a value with the step at this index. */
  from(start: JsonValue | undefined, index: number): boolean {
    this.#spend(1);
    let value = start;
    for (let next = index; next < this.#path.length; next += 1) {
      const step = this.#path[next];
      if (step === null || step === undefined) return this.#fromAnyOf(value, next + 1);
      value = follow(value, step);
    }
    this.examined += 1;
    this.#spend(sizeOf(value));
    this.value = value;
    return this.#test(value);
  }

  /** @throws {OverBudget} */
  #spend(steps: number): void {
    this.#budget.left -= steps;
    if (this.#budget.left < 0) throw new OverBudget();
  }

  #fromAnyOf(list: JsonValue | undefined, index: number): boolean {
    if (!isList(list)) return false;
    const depth = this.indexes.length;
    for (let position = 0; position < list.length; position += 1) {
      this.indexes[depth] = position;
      if (this.from(list[position], index)) return true;
    }
    this.indexes.length = depth;
    return false;
  }
}

const charactersPerStep = 256;

/** In steps: a comparison may look at all of a text or list. */
function sizeOf(value: JsonValue | undefined): number {
  if (typeof value === 'string') return value.length / charactersPerStep;
  return isList(value) ? value.length : 0;
}

/** The value's own property or element; undefined if there is none. */
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

/** No conversion: values of different types are never equal or ordered. A missing value equals null. */
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

/** Negative, 0 or positive; numbers by value, text by UTF-16 code units. NaN, which compares false, for all else. */
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
