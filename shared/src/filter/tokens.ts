/** Characters (UTF-16 code units) that a filter may have. */
export const maximumLength = 1000;

/** The smallest part of a filter. `start` counts from 0. */
export type Token =
  | { readonly kind: 'word' | 'symbol' | 'end'; readonly source: string; readonly start: number }
  | { readonly kind: 'text'; readonly source: string; readonly start: number; readonly value: string }
  | { readonly kind: 'number'; readonly source: string; readonly start: number; readonly value: number }
  | Invalid;

/** Nothing of the language; the parser says so when it gets there. */
interface Invalid extends Advice {
  readonly kind: 'invalid';
  readonly source: string;
  readonly start: number;
}

/** What is wrong, and what to write instead where that is another thing. */
interface Advice {
  readonly problem: string;
  readonly hint?: string;
}

const space = /[ \t\r\n]*/y;
/** A name that needs no quotes, or a word of the language. */
const word = /[\p{L}_$][\p{L}\p{M}\p{N}_$-]*/uy;
const symbol = /==|!=|<=|>=|[<>()[\].,]/y;
/** As JSON writes numbers; with what would make it something else, so that it is named as a whole. */
const number = /-?\d[\p{L}\p{N}_.+-]*/uy;
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const quoted = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/sy;

/** The parts of a text. The last one is `end` or `invalid`. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += match(space, text, at).length;
    const token = tokenAt(text, at);
    tokens.push(token);
    if (token.kind === 'end' || token.kind === 'invalid') return tokens;
    at += token.source.length;
  }
}

/** Whether a name can stand in a path without quotes. */
export function isPlainName(name: string): boolean {
  return name !== '' && match(word, name, 0) === name;
}

function tokenAt(text: string, start: number): Token {
  if (start === text.length) return { kind: 'end', source: '', start };
  const name = match(word, text, start);
  if (name) return { kind: 'word', source: name, start };
  const digits = match(number, text, start);
  if (digits) return numberToken(digits, start);
  const sign = match(symbol, text, start);
  if (sign) return { kind: 'symbol', source: sign, start };
  const string = match(quoted, text, start);
  if (string) return textToken(string, start);
  return { kind: 'invalid', source: '', start, ...strangeCharacter(text, start) };
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

function numberToken(source: string, start: number): Token {
  const value = Number(source);
  if (!jsonNumber.test(source)) {
    const problem = `cannot read ${shortened(source)} as a number`;
    return { kind: 'invalid', source, start, problem, hint: 'put text in quotes' };
  }
  // Beyond this two numbers may be one, and an event's data cannot hold them either.
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    const problem = `cannot keep ${shortened(source)} exactly`;
    return { kind: 'invalid', source, start, problem, hint: 'events have such a number as text, in quotes' };
  }
  return { kind: 'number', source, start, value: value === 0 ? 0 : value };
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Between the quotes: plain characters, and escapes as JSON has them, with `\'` beside them. */
function textToken(source: string, start: number): Token {
  const inner = source.slice(1, -1);
  const control = inner.search(/[\p{Cc}\p{Cs}]/u);
  if (control !== -1) {
    const problem = 'must not have a control character or half of a character in a text';
    return { kind: 'invalid', source, start: start + 1 + control, problem, hint: 'escape it, such as \\n' };
  }
  const strange = /(?:^|[^\\])(?:\\\\)*\\(?!["'\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(inner);
  if (strange) {
    const problem = 'must not have an escape that JSON has not';
    const at = start + strange.index + strange[0].length;
    return { kind: 'invalid', source, start: at, problem, hint: 'a backslash itself is written \\\\' };
  }
  const value = inner.replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_, escaped: string) =>
    escaped.length > 1 ? String.fromCharCode(Number.parseInt(escaped.slice(1), 16)) : (escapes[escaped] ?? escaped),
  );
  return { kind: 'text', source, start, value };
}

/** What to write instead of something that people try. */
const instead: readonly (readonly [RegExp, Advice])[] = [
  [/["']/y, { problem: 'must end the text with the quote that begins it' }],
  [/[“”„‘’‚«»`´]/y, { problem: 'must have straight quotes around text' }],
  [/={1,2}/y, { problem: 'must compare with ==' }],
  [/&&?/y, { problem: 'must join conditions with the word and' }],
  [/\|\|?/y, { problem: 'must join conditions with the word or' }],
  [/!/y, { problem: 'must negate with the word not' }],
  [/[*/+%^~?-]/y, { problem: 'must not calculate or use patterns', hint: 'compare a field with a value' }],
  [/\{/y, { problem: 'must not have braces', hint: 'group with parentheses; a list is written ["a", "b"]' }],
];

function strangeCharacter(text: string, at: number): Advice {
  const known = instead.find(([pattern]) => match(pattern, text, at));
  return (
    known?.[1] ?? { problem: 'must not have this character', hint: 'a field with an odd name is written ["odd name"]' }
  );
}

/** A part of a text that fits into a message. */
export function shortened(source: string, length = 40): string {
  if (source.length <= length) return source;
  // Without half of a character at the end.
  return `${source.slice(0, length).replace(/[\ud800-\udbff]$/, '')}…`;
}
