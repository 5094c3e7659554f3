import { explain } from './filter/explain.ts';
import { Parser, SyntaxProblem } from './filter/parser.ts';
import { maximumLength } from './filter/tokens.ts';
import type { Filter } from './filter/tree.ts';
import { evaluate } from './filter/verdict.ts';
import type { JsonValue } from './json.ts';

export { maximumLength as maximumFilterLength } from './filter/tokens.ts';
export type { Comparison, Condition, Filter, Literal, Path, Step } from './filter/tree.ts';

/**
 * The filter language (docs/filters.md): what a webhook says of the events it wants, as a text over an event's `data`.
 *
 * There are no regular expressions and no loops, so reading takes time linear in the text, and deciding takes time linear
 * in the text times the data, whatever somebody writes.
 */
export type ParsedFilter =
  | { readonly ok: true; readonly filter: Filter }
  | {
      readonly ok: false;
      /** What to change, as a phrase that follows the field's name: `expected a value after == at character 12`. */
      readonly problem: string;
      /** The character that it is about; the first one is 1, the end of the text one more than its length. */
      readonly position: number;
    };

/**
 * Reads a filter; never throws.
 *
 * @example
 * parseFilter('status == "new" and score >= 80')
 */
export function parseFilter(text: string): ParsedFilter {
  if (text.length > maximumLength) {
    const problem = `must have at most ${maximumLength} characters, but has ${text.length}`;
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
  /** What decided, in words: `` `score >= 80` is false: score is 12 ``. At most 1,000 characters; secrets are left out. */
  readonly explanation: string;
}

/** Whether an event's data satisfies a filter, and why. */
export function evaluateFilter(filter: Filter, data: JsonValue): FilterResult {
  const verdict = evaluate(filter, data);
  return { matches: verdict.matches, explanation: explain(verdict) };
}

/** As {@link evaluateFilter}, for those who do not ask why. */
export function matchesFilter(filter: Filter, data: JsonValue): boolean {
  return evaluate(filter, data).matches;
}
