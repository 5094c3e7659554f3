import type { Token } from './tokens.ts';
import { shortened, tokenize } from './tokens.ts';
import type { Comparison, Condition, Filter, Literal, Path, Step } from './tree.ts';

/** Nesting of parentheses and `not`. */
const maximumDepth = 20;
const maximumConditions = 50;

/** Keywords. A field with such a name is written in brackets. */
export const reserved: ReadonlySet<string> = new Set([
  ...['and', 'or', 'not', 'in', 'contains', 'starts', 'ends', 'with', 'exists', 'true', 'false', 'null'],
]);

const orders: ReadonlySet<string> = new Set(['<', '<=', '>', '>=']);
const equalities: ReadonlySet<string> = new Set(['==', '!=']);
const constants: ReadonlyMap<string, Literal> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

export class SyntaxProblem extends Error {
  override readonly name = 'SyntaxProblem';
  /** The first character is 1. */
  readonly position: number;

  /** @param hint what to write instead. */
  constructor(problem: string, start: number, hint = '') {
    super(`${problem} at character ${start + 1}${hint && `; ${hint}`}`);
    this.position = start + 1;
  }
}

/**
 * A recursive-descent parser, one method per rule:
 *
 *     filter     = all { "or" all }
 *     all        = one { "and" one }
 *     one        = "not" one | "(" filter ")" | condition
 *     condition  = path ( "exists" | "in" list | comparison literal )
 *     path       = ( name | bracket ) { "." name | bracket }
 *     bracket    = "[" ( text | whole number | nothing ) "]"
 *     list       = "[" literal { "," literal } "]"
 */
export class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #conditions = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  /** @throws {SyntaxProblem} */
  parse(): Filter {
    const filter = this.#filter(0);
    if (this.#token.kind !== 'end') throw this.#expected('"and", "or" or the end', this.#misspelt());
    return filter;
  }

  /** The next token. */
  get #token(): Token {
    const token = this.#tokens[this.#at] ?? this.#tokens.at(-1);
    if (!token) throw new TypeError('The token list must end with an end token.');
    return token;
  }

  #filter(depth: number): Filter {
    return this.#joined('or', () => this.#joined('and', () => this.#one(depth)));
  }

  #joined(kind: 'and' | 'or', next: () => Filter): Filter {
    const first = next();
    const filters = [first];
    while (this.#take(kind)) filters.push(next());
    return filters.length === 1 ? first : { kind, filters };
  }

  #one(depth: number): Filter {
    const { start } = this.#token;
    const negated = this.#take('not');
    if (!negated && !this.#take('(')) return this.#condition();
    if (depth === maximumDepth) {
      throw new SyntaxProblem(`must nest parentheses and "not" at most ${maximumDepth} levels deep`, start);
    }
    if (negated) return { kind: 'not', filter: this.#one(depth + 1) };
    const inner = this.#filter(depth + 1);
    if (!this.#take(')')) throw this.#expected('"and", "or" or )', this.#misspelt());
    return inner;
  }

  #condition(): Condition {
    const { start } = this.#token;
    this.#conditions += 1;
    if (this.#conditions > maximumConditions) {
      throw new SyntaxProblem(
        `must have at most ${maximumConditions} conditions; a list can combine several: in [1, 2]`,
        start,
      );
    }
    const path = this.#path();
    if (this.#take('exists')) return { kind: 'exists', path };
    if (this.#take('in')) return { kind: 'in', path, values: this.#list() };
    const operator = this.#operator();
    return { kind: 'compare', path, operator, value: this.#comparedWith(operator) };
  }

  #path(): Path {
    const { kind, source } = this.#token;
    if (kind === 'word' && reserved.has(source)) {
      throw this.#expected('a field such as status', `write a field named ${source} as ["${source}"]`);
    }
    const path: Step[] = [];
    if (kind === 'word') path.push(this.#name());
    else if (this.#take('[')) path.push(this.#bracket());
    else throw this.#expected('a field such as status');
    for (;;) {
      if (this.#take('.')) path.push(this.#nameAfterDot());
      else if (this.#take('[')) path.push(this.#bracket());
      else return path;
    }
  }

  #name(): string {
    const { source } = this.#token;
    this.#at += 1;
    return source;
  }

  #nameAfterDot(): string {
    const { kind } = this.#token;
    if (kind === 'word') return this.#name();
    const hint = kind === 'number' ? 'write a list element as [0]' : '';
    throw this.#expected('a field name after the dot', hint);
  }

  /** The rest of a path step after `[`. */
  #bracket(): Step {
    const token = this.#token;
    if (this.#take(']')) return null;
    if (token.kind !== 'text' && !(token.kind === 'number' && /^\d{1,9}$/.test(token.source))) {
      throw this.#expected('an index such as 0, a name in quotes, or ] after [');
    }
    this.#at += 1;
    if (!this.#take(']')) throw this.#expected(`] after [${shortened(token.source)}`);
    return token.value;
  }

  #operator(): Comparison {
    const { kind, source } = this.#token;
    if (kind === 'symbol' && (orders.has(source) || equalities.has(source))) {
      this.#at += 1;
      return source as Comparison;
    }
    if (this.#take('contains')) return 'contains';
    for (const word of ['starts', 'ends'] as const) {
      if (!this.#take(word)) continue;
      if (!this.#take('with')) throw this.#expected(`"with" after "${word}"`);
      return `${word} with`;
    }
    const hint = source === 'not' ? 'put "not" before the field' : this.#misspelt();
    throw this.#expected('a comparison such as == "new", in [1, 2] or exists', hint);
  }

  #comparedWith(operator: Comparison): Literal {
    const { start } = this.#token;
    const value = this.#literal(`after ${operator}`);
    const isText = typeof value === 'string';
    if (operator.endsWith('with') && !isText) {
      throw new SyntaxProblem(`expected text in quotes after ${operator}`, start);
    }
    if (orders.has(operator) && !isText && typeof value !== 'number') {
      throw new SyntaxProblem(`expected a number or text after ${operator}`, start);
    }
    return value;
  }

  #list(): Literal[] {
    if (!this.#take('[')) throw this.#expected('a list such as ["a", "b"] after in');
    const values = [this.#literal('in the list')];
    while (this.#take(',')) values.push(this.#literal('after the comma'));
    if (!this.#take(']')) throw this.#expected('a comma or ] in the list');
    return values;
  }

  #literal(where: string): Literal {
    const token = this.#token;
    const constant = token.kind === 'word' ? constants.get(token.source) : undefined;
    if (token.kind !== 'text' && token.kind !== 'number' && constant === undefined) {
      const hint = token.kind === 'word' ? `put text in quotes: "${shortened(token.source)}"` : '';
      throw this.#expected(`a value ${where}`, hint);
    }
    this.#at += 1;
    return token.kind === 'text' || token.kind === 'number' ? token.value : (constant ?? null);
  }

  /** Consumes the next token if it is this word or symbol. */
  #take(source: string): boolean {
    const token = this.#token;
    const taken = (token.kind === 'word' || token.kind === 'symbol') && token.source === source;
    if (taken) this.#at += 1;
    return taken;
  }

  /** Hint for a keyword in the wrong case. */
  #misspelt(): string {
    const { kind, source } = this.#token;
    const lower = source.toLowerCase();
    return kind === 'word' && source !== lower && reserved.has(lower) ? `write "${lower}" in lower case` : '';
  }

  #expected(what: string, hint = ''): SyntaxProblem {
    const token = this.#token;
    if (token.kind === 'invalid') return new SyntaxProblem(token.problem, token.start, token.hint);
    return new SyntaxProblem(`expected ${what}`, token.start, hint);
  }
}
