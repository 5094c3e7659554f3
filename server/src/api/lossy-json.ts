import { maximumBatch } from '@bellhop/shared/api/events';
import type { FieldError } from '../problem.ts';
import { ProblemError, shortened } from '../problem.ts';
import { isSpellingOf } from './json-numbers.ts';

/** JSON.parse has no depth limit, but serializing recurses, here and in receivers. */
const maxDepth = 100;

/** Errors for one body, or for one item of a list whose items are checked one by one. */
const mostErrors = 10;

/** A batch holds as many times the values of one event. */
const eventsOfMostValues = 10;

/** Characters of a name or number that an error repeats. */
const mostQuoted = 40;

const [quote, backslash, comma, colon, minus] = [0x22, 0x5c, 0x2c, 0x3a, 0x2d];
/** How `true`, `false` and `null` begin; none of them holds the first letter of another. */
const [t, f, n] = [0x74, 0x66, 0x6e];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

export interface LossyField extends FieldError {
  /** What to do, as a sentence. */
  readonly advice: string;
}

export interface JsonBounds {
  /** The most values in the body, or in one item of the list. */
  readonly values: number;
  /** A list of the body, such as `events`, whose items are checked one by one. */
  readonly list?: { readonly name: string; readonly itemBytes: number } | undefined;
}

export interface ScannedJson {
  /**
   * The values that no receiver reads as they were sent: numbers that a double changes, and texts and names with half of
   * a surrogate pair. Of a text that is not valid JSON, they mean nothing.
   */
  readonly lossy: readonly LossyField[];
  /** Items of the list that exceed a bound. */
  readonly refused: readonly RefusedItem[];
}

/** An item of a list, and where its text is. */
export interface RefusedItem extends FieldError {
  readonly start: number;
  readonly end: number;
}

/** Digits that any double keeps, so that a shorter number need not be looked at. */
const safeDigits = 15;

/**
 * One pass over a text before it is parsed, as parsing has no limits.
 *
 * @throws {ProblemError} when it holds too much, or nests too deep outside of the list's items.
 */
export function scanJson(text: string, bounds: JsonBounds): ScannedJson {
  return new Scan(text, bounds).run();
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

/** The item of the list that the scan is in. */
interface Item {
  readonly start: number;
  /** Values before it. */
  readonly valuesBefore: number;
  tooDeep: boolean;
}

class Scan {
  readonly #text: string;
  readonly #bounds: JsonBounds;
  readonly #levels: Level[] = [];
  readonly #refused: RefusedItem[] = [];
  #item: Item | undefined;
  #values = 0;
  /** Values outside of the list. */
  #outside = 0;
  #most: number;
  /** Levels that an item nests too deep. */
  #skipped = 0;
  readonly #errors: LossyField[] = [];
  #atKey = false;
  /** Where the name of the list is. */
  #listAt = -1;
  /** How many values are lossy, by the item they are in. */
  readonly #counts = new Map<number, number>();
  /** Half of a pair is written as an escape, as UTF-8 cannot carry it: how that begins, and where the next one is. */
  readonly #escapes = [
    { start: '\\ud', next: -1 },
    { start: '\\uD', next: -1 },
  ];

  constructor(text: string, bounds: JsonBounds) {
    this.#text = text;
    this.#bounds = bounds;
    this.#most = bounds.values;
  }

  run(): ScannedJson {
    for (let at = 0; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === quote) at = this.#string(at);
      else if (code === minus || isDigit(code)) at = this.#number(at);
      else this.#structure(code, at);
    }
    return { lossy: this.#errors, refused: this.#refused };
  }

  #structure(code: number, at: number): void {
    switch (code) {
      case t:
      case f:
      case n:
        this.#count();
        break;
      case openList:
      case openObject:
        this.#count();
        this.#open(code === openList, at);
        break;
      case closeList:
      case closeObject:
        this.#close(at);
        break;
      case colon:
        this.#atKey = false;
        break;
      case comma: {
        const level = this.#levels.at(-1);
        if (this.#item && this.#levels.length === 2) this.#endItem(at);
        if (level?.list) level.at += 1;
        if (this.#item && this.#levels.length === 2) this.#beginItem(at);
        this.#atKey = level?.list === false;
      }
    }
  }

  #count(): void {
    this.#values += 1;
    if (this.#values > this.#most) throw this.#item ? tooManyTogether(this.#most) : tooMany(this.#bounds.values);
  }

  #open(list: boolean, at: number): void {
    // An item stands two levels deep, and nests as deep as it may alone.
    if (this.#levels.length === (this.#item ? maxDepth + 2 : maxDepth)) {
      if (!this.#item) throw tooDeep();
      this.#item.tooDeep = true;
      this.#skipped += 1;
      return;
    }
    const [body] = this.#levels;
    const isItems = list && this.#levels.length === 1 && body?.list === false && this.#isList(body);
    this.#levels.push({ list, at: 0 });
    this.#atKey = !list;
    if (!isItems) return;
    this.#outside = this.#values;
    this.#most = eventsOfMostValues * this.#bounds.values;
    this.#beginItem(at);
  }

  #close(at: number): void {
    if (this.#skipped > 0) {
      this.#skipped -= 1;
      return;
    }
    if (this.#item && this.#levels.length === 2) {
      this.#endItem(at);
      this.#item = undefined;
      const items = this.#values - this.#outside;
      this.#most = Math.min(this.#most, items + this.#bounds.values);
    }
    this.#levels.pop();
  }

  #isList(level: Level): boolean {
    return this.#bounds.list !== undefined && this.#nameOf(level) === this.#bounds.list.name;
  }

  /** @param before the bracket or comma before it. */
  #beginItem(before: number): void {
    this.#item = { start: before + 1, valuesBefore: this.#values, tooDeep: false };
  }

  #endItem(end: number): void {
    const { list, values: most } = this.#bounds;
    if (!this.#item || !list) return;
    const { start, valuesBefore, tooDeep } = this.#item;
    const values = this.#values - valuesBefore;
    const text = this.#text.slice(start, end);
    // A character has at most three bytes.
    const bytes = text.length * 3 > list.itemBytes ? Buffer.byteLength(text) : 0;
    const message =
      (tooDeep && `nests arrays and objects more than ${maxDepth} levels deep; flatten it`) ||
      (values > most && `holds ${shown(values)} JSON values; send at most ${shown(most)}`) ||
      (bytes > list.itemBytes && `has ${shown(bytes)} bytes; send at most ${shown(list.itemBytes)}`);
    if (!message) return;
    this.#refused.push({ start, end, field: `${list.name}.${this.#levels.at(-1)?.at}`, message });
  }

  /** @returns where the string ends. */
  #string(start: number): number {
    const level = this.#levels.at(-1);
    if (!this.#atKey) this.#count();
    else if (level) level.at = start;
    const end = endOfString(this.#text, start);
    if (this.#hasEscape(start, end) && !this.#full && !this.#read(start, end).isWellFormed()) {
      const what = this.#atKey ? 'has a name with' : 'holds';
      this.#add(`${what} half of a surrogate pair, which JSON readers drop or replace`, 'Send whole characters.');
    }
    return end;
  }

  #hasEscape(from: number, end: number): boolean {
    let found = false;
    for (const each of this.#escapes) {
      if (each.next < from) {
        const next = this.#text.indexOf(each.start, from);
        each.next = next === -1 ? Number.POSITIVE_INFINITY : next;
      }
      if (each.next < end) found = true;
    }
    return found;
  }

  /** Empty if it is not valid. */
  #read(start: number, end: number): string {
    try {
      return JSON.parse(this.#text.slice(start, end + 1));
    } catch {
      return '';
    }
  }

  /** @returns where the number ends. */
  #number(start: number): number {
    this.#count();
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
    this.#add(`is ${shortened(source, mostQuoted)}, which JSON readers change to ${value}`, 'Send it as a string.');
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
    if (!list || !item?.list || item.at >= maximumBatch) return -1;
    if (this.#listAt !== list.at && this.#isList(list)) this.#listAt = list.at;
    return this.#listAt === list.at ? item.at : -1;
  }

  #nameOf({ list, at }: Level): string {
    return list ? String(at) : shortened(this.#read(at, endOfString(this.#text, at)).toWellFormed(), mostQuoted);
  }
}

function tooDeep(): ProblemError {
  const detail = `The body nests arrays and objects more than ${maxDepth} levels deep. Flatten it.`;
  return new ProblemError('invalid_input', detail);
}

function tooMany(most: number): ProblemError {
  return new ProblemError('invalid_input', `The body holds more than ${shown(most)} JSON values. Send less at once.`);
}

function tooManyTogether(most: number): ProblemError {
  const detail = `The events hold more than ${shown(most)} JSON values together. Send fewer at once.`;
  return new ProblemError('invalid_input', detail);
}

function shown(count: number): string {
  return count.toLocaleString('en-US');
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** The closing quote of the string that opens at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    if (end === -1) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
}
