import { maximumBatch } from '@bellhop/shared/api/events';
import type { FieldError } from '../problem.ts';
import { ProblemError } from '../problem.ts';

/** JSON.parse has no depth limit, but serializing recurses, here and in receivers. */
const maxDepth = 100;

/** Errors for one body, or for one item of a list whose items are checked one by one. */
const mostErrors = 10;

const [quote, backslash, comma, colon, minus] = [0x22, 0x5c, 0x2c, 0x3a, 0x2d];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

export interface LossyField extends FieldError {
  /** What to do, as a sentence. */
  readonly advice: string;
}

/** Digits that any double keeps, so that a shorter number need not be looked at. */
const safeDigits = 15;

/**
 * The values of a JSON text that no receiver reads as they were sent: numbers that a double changes, and texts and names
 * with half of a surrogate pair. One pass over the text, which must be valid JSON.
 *
 * @param perItem the name of a list, such as `events`, whose items are checked one by one.
 * @throws {ProblemError} when it nests too deep.
 */
export function lossyFields(text: string, perItem?: string): LossyField[] {
  return new Scan(text, perItem).errors();
}

/** Refuses a body for what of it is lossy, and for what else is wrong with it. */
export function lossyProblem(
  lossy: readonly [LossyField, ...LossyField[]],
  others: readonly FieldError[],
): ProblemError {
  const [{ field, advice }] = lossy;
  const detail = `JSON readers would change ${field || 'the body'}. ${advice}`;
  return new ProblemError('invalid_input', detail, [...lossy.map(({ advice: _, ...error }) => error), ...others]);
}

/** An array that the scan is in: the index of the element. An object: where the text of the current key begins. */
interface Level {
  readonly list: boolean;
  at: number;
}

class Scan {
  readonly #text: string;
  readonly #perItem: string | undefined;
  readonly #levels: Level[] = [];
  readonly #errors: LossyField[] = [];
  #atKey = false;
  /** Where the name of the list is. */
  #listAt = -1;
  /** How many values are lossy, by the item they are in. */
  readonly #counts = new Map<number, number>();
  /** Half of a pair is written as an escape, as UTF-8 cannot carry it. */
  readonly #escape = /\\u[dD][89a-fA-F]/g;
  /** Where the next one is. */
  #nextEscape = -1;

  constructor(text: string, perItem: string | undefined) {
    this.#text = text;
    this.#perItem = perItem;
  }

  errors(): LossyField[] {
    for (let at = 0; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === quote) at = this.#string(at);
      else if (code === minus || isDigit(code)) at = this.#number(at);
      else this.#structure(code);
    }
    return this.#errors;
  }

  #structure(code: number): void {
    switch (code) {
      case openList:
      case openObject:
        this.#levels.push({ list: code === openList, at: 0 });
        this.#atKey = code === openObject;
        if (this.#levels.length > maxDepth) throw tooDeep();
        break;
      case closeList:
      case closeObject:
        this.#levels.pop();
        break;
      case colon:
        this.#atKey = false;
        break;
      case comma: {
        const level = this.#levels.at(-1);
        if (level?.list) level.at += 1;
        this.#atKey = level?.list === false;
      }
    }
  }

  /** @returns where the string ends. */
  #string(start: number): number {
    const level = this.#levels.at(-1);
    if (this.#atKey && level) level.at = start;
    const end = endOfString(this.#text, start);
    if (this.#nextEscape < start) {
      this.#escape.lastIndex = start;
      this.#nextEscape = this.#escape.exec(this.#text)?.index ?? Number.POSITIVE_INFINITY;
    }
    if (this.#nextEscape < end && !this.#full && !this.#read(start, end).isWellFormed()) {
      const what = this.#atKey ? 'has a name with' : 'holds';
      this.#add(`${what} half of a surrogate pair, which JSON readers drop or replace`, 'Send whole characters.');
    }
    return end;
  }

  #read(start: number, end: number): string {
    return JSON.parse(this.#text.slice(start, end + 1));
  }

  /** @returns where the number ends. */
  #number(start: number): number {
    const text = this.#text;
    let end = start;
    let plain = true;
    for (;;) {
      const code = text.charCodeAt(end + 1);
      if (!isDigit(code) && code !== 0x2e) {
        // e, E, + and -
        if (code !== 0x65 && code !== 0x45 && code !== 0x2b && code !== minus) break;
        plain = false;
      }
      end += 1;
    }
    if ((plain && end - start < safeDigits) || this.#full) return end;
    const source = text.slice(start, end + 1);
    const value = Number(source);
    if (source === String(value) || isSpellingOf(source, value)) return end;
    this.#add(`is ${shortened(source)}, which JSON readers change to ${value}`, 'Send it as a string.');
    return end;
  }

  #add(problem: string, advice: string): void {
    this.#counts.set(this.#owner, (this.#counts.get(this.#owner) ?? 0) + 1);
    const field = this.#levels.map((level) => this.#nameOf(level)).join('.');
    this.#errors.push({
      field,
      message: `${problem}; ${advice.charAt(0).toLowerCase()}${advice.slice(1, -1)}`,
      advice,
    });
  }

  /** Enough is said about where the scan is. */
  get #full(): boolean {
    return this.#counts.get(this.#owner) === mostErrors;
  }

  /** The index of the item that the scan is in; -1 outside of the list. */
  get #owner(): number {
    const [list, item] = this.#levels;
    if (!list || !item?.list || item.at >= maximumBatch || this.#perItem === undefined) return -1;
    if (this.#listAt !== list.at && this.#nameOf(list) === this.#perItem) this.#listAt = list.at;
    return this.#listAt === list.at ? item.at : -1;
  }

  #nameOf({ list, at }: Level): string {
    return list ? String(at) : shortened(this.#read(at, endOfString(this.#text, at)).toWellFormed());
  }
}

function tooDeep(): ProblemError {
  const detail = `The body nests arrays and objects more than ${maxDepth} levels deep. Flatten it.`;
  return new ProblemError('invalid_input', detail);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** The closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
}

/** As JavaScript writes it or, with 17 digits, as C, PHP and the .NET Framework can: both are the same number to a reader. */
function isSpellingOf(source: string, value: number): boolean {
  const decimal = decimalOf(source);
  return decimal === decimalOf(String(value)) || decimal === decimalOf(value.toPrecision(17));
}

/** A number's value in one spelling: `1.10`, `11e-1` and `1.1` are `11e-1`; undefined for Infinity. */
function decimalOf(source: string): string | undefined {
  const [mantissa = '', exponent = '0'] = source.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole + fraction;
  if (digits === 'infinity') return undefined;
  let [first, end] = [0, digits.length];
  while (digits[first] === '0') first += 1;
  while (end > first && digits[end - 1] === '0') end -= 1;
  if (first === end) return '0';
  const power = Number(exponent) - fraction.length + digits.length - end;
  return `${mantissa.startsWith('-') ? '-' : ''}${digits.slice(first, end)}e${power}`;
}

function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}
