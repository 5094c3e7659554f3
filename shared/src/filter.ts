import { explain } from './filter/explain.ts';
import { Parser, SyntaxProblem } from './filter/parser.ts';
import { maximumLength } from './filter/tokens.ts';
import type { Filter } from './filter/tree.ts';
import { type Budget, evaluate, OverBudget } from './filter/verdict.ts';
import type { JsonValue } from './json.ts';

export { maximumLength as maximumFilterLength } from './filter/tokens.ts';
export type { Comparison, Condition, Filter, Literal, Path, Step } from './filter/tree.ts';
export type { KnownData, UnknownField } from './filter/unknown-fields.ts';
export { unknownFields } from './filter/unknown-fields.ts';

/**
 * The filter language (docs/filters.md): a condition on an event's `data`, written as text.
 *
 * It has no regular expressions and no loops: parsing takes time linear in the text, evaluation linear in the text times
 * the data, whatever the filter.
 */
export type ParsedFilter =
  | { readonly ok: true; readonly filter: Filter }
  | {
      readonly ok: false;
      /** What to change, as a phrase to follow the field's name: `expected a value after == at character 12`. */
      readonly problem: string;
      /** Position of the offending character, from 1. The end of the text is its length plus one. */
      readonly position: number;
    };

/**
 * Parses a filter. Never throws.
 *
 * @example
 * parseFilter('status == "new" and score >= 80')
 */
export function parseFilter(text: string): ParsedFilter {
  if (text.length > maximumLength) {
    const problem = `must be at most ${maximumLength} characters long, not ${text.length}`;
    return { ok: false, problem, position: maximumLength + 1 };
  }
  try {
    return { ok: true, filter: new Parser(text).parse() };
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    return { ok: false, problem: error.message, position: error.position };
  }
}

export interface FilterResult {
  readonly matches: boolean;
  /** What decided the result: `` `score >= 80` is false: score is 12 ``. At most 1,000 characters, without secrets. */
  readonly explanation: string;
}

/**
 * The steps that all filters together may take on one event; each value that is compared is one, long texts and lists are
 * more. Some ten milliseconds.
 */
export const filterSteps = 200_000;

export type { Budget } from './filter/verdict.ts';
export { OverBudget } from './filter/verdict.ts';

const tooCostly =
  'The event has too many values for its filters, so this one counts as satisfied. Name fields without [] or compare fewer values.';

/** A filter that takes more than is left of the budget counts as satisfied, as a live one does. */
export function evaluateFilter(filter: Filter, data: JsonValue, budget: Budget = { left: filterSteps }): FilterResult {
  try {
    const verdict = evaluate(filter, data, budget);
    return { matches: verdict.matches, explanation: explain(verdict) };
  } catch (error) {
    if (error instanceof OverBudget) return { matches: true, explanation: tooCostly };
    throw error;
  }
}

/** {@link evaluateFilter} without the explanation. @throws {OverBudget} */
export function matchesFilter(filter: Filter, data: JsonValue, budget: Budget = { left: filterSteps }): boolean {
  return evaluate(filter, data, budget).matches;
}
