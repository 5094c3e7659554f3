/** Characters (UTF-16 code units) of a filter. */
export const maximumLength = 1000;

/** `start` counts from 0. */
export type Token =
  | { readonly kind: 'word' | 'symbol' | 'end'; readonly source: string; readonly start: number }
  | { readonly kind: 'text'; readonly source: string; readonly start: number; readonly value: string }
  | { readonly kind: 'number'; readonly source: string; readonly start: number; readonly value: number }
  | Invalid;

/** Not part of the language. The parser reports it when it gets there. */
interface Invalid extends Advice {
  readonly kind: 'invalid';
  readonly source: string;
  readonly start: number;
}

interface Advice {
  readonly problem: string;
  readonly hint?: string;
}

const space = /[ \t\r\n]*/y;
/** A name that needs no quotes, or a keyword. */
const word = /[\p{L}_$][\p{L}\p{M}\p{N}_$-]*/uy;
const symbol = /==|!=|<=|>=|[<>()[\].,]/y;
/** A number and whatever follows it, so that a malformed one is reported as a whole. */
const number = /-?\d[\p{L}\p{N}_.+-]*/uy;
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const quoted = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/sy;

/** The last token is `end` or `invalid`. */
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

/** True for a name that needs no quotes in a path. */
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
  // Larger integers lose precision, and so they do in an event's data.
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    const problem = `cannot represent ${shortened(source)} exactly`;
    return { kind: 'invalid', source, start, problem, hint: 'events carry such a number as text, in quotes' };
  }
  return { kind: 'number', source, start, value: value === 0 ? 0 : value };
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Text between quotes: plain characters, JSON escapes and `\'`. */
function textToken(source: string, start: number): Token {
  const inner = source.slice(1, -1);
  const control = inner.search(/[\p{Cc}\p{Cs}]/u);
  if (control !== -1) {
    const problem = 'must not contain a control character or half a surrogate pair in text';
    return { kind: 'invalid', source, start: start + 1 + control, problem, hint: 'escape it, such as \\n' };
  }
  const strange = /(?:^|[^\\])(?:\\\\)*\\(?!["'\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(inner);
  if (strange) {
    const problem = 'must not contain an escape that JSON does not have';
    const at = start + strange.index + strange[0].length;
    return { kind: 'invalid', source, start: at, problem, hint: 'write a backslash as \\\\' };
  }
  const value = inner.replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_, escaped: string) =>
    escaped.length > 1 ? String.fromCharCode(Number.parseInt(escaped.slice(1), 16)) : (escapes[escaped] ?? escaped),
  );
  return { kind: 'text', source, start, value };
}

/** Advice for common mistakes. */
const instead: readonly (readonly [RegExp, Advice])[] = [
  [/["']/y, { problem: 'must close the text with the quote that opened it' }],
  [/[“”„‘’‚«»`´]/y, { problem: 'must use straight quotes around text' }],
  [/={1,2}/y, { problem: 'must compare with ==' }],
  [/&&?/y, { problem: 'must join conditions with "and"' }],
  [/\|\|?/y, { problem: 'must join conditions with "or"' }],
  [/!/y, { problem: 'must negate with "not"' }],
  [/[*/+%^~?-]/y, { problem: 'must not use arithmetic or patterns', hint: 'compare a field with a value' }],
  [/\{/y, { problem: 'must not use braces', hint: 'group with parentheses; write a list as ["a", "b"]' }],
];

function strangeCharacter(text: string, at: number): Advice {
  const known = instead.find(([pattern]) => match(pattern, text, at));
  return (
    known?.[1] ?? { problem: 'must not contain this character', hint: 'write a field with an odd name as ["odd name"]' }
  );
}

/** The start of a text, short enough for a message. */
export function shortened(source: string, length = 40): string {
  if (source.length <= length) return source;
  // Do not cut a surrogate pair in half.
  return `${source.slice(0, length).replace(/[\ud800-\udbff]$/, '')}…`;
}
