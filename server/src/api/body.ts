import type { Request, RequestHandler } from 'express';
import express from 'express';
import { ProblemError } from '../problem.ts';

/** Reads a body as bytes, of any content type; {@link parseBody} interprets it. */
export function readBody(maximumBytes: number): RequestHandler {
  return express.raw({ type: () => true, limit: maximumBytes });
}

/**
 * The body as JSON; undefined when there is none.
 *
 * @throws {ProblemError} when it is not JSON in UTF-8, nests too deep, or holds a number that a double cannot keep.
 */
export function parseBody(request: Request): unknown {
  const bytes: unknown = request.body;
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return undefined;
  if (!request.is(['json', '+json'])) {
    throw new ProblemError('unsupported_media_type', 'Send the body as JSON, with "Content-Type: application/json".');
  }
  const text = decode(bytes);
  const value = parse(text);
  if (!nestsWithin(value, maxDepth)) {
    const detail = `The body nests arrays and objects more than ${maxDepth} levels deep. Flatten it.`;
    throw new ProblemError('invalid_input', detail);
  }
  const lossy = lossyNumber(text);
  if (lossy !== undefined) {
    const detail = `The number ${lossy.slice(0, 40)} loses precision as a JSON number. Send it as a string.`;
    throw new ProblemError('invalid_input', detail);
  }
  return value;
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ProblemError('malformed_json', 'The body is not valid UTF-8. Encode it as UTF-8.');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    // V8 can quote the text around the error, which can be a secret.
    const where = message.replace(/, (?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s, '');
    throw new ProblemError('malformed_json', `The body is not valid JSON: ${where}.`);
  }
}

/** JSON.parse has no depth limit, but serializing recurses, here and in receivers. */
const maxDepth = 100;

function nestsWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => nestsWithin(inner, levels - 1));
}

/** Only bodies with long digits or large exponents, which are rare, are parsed a second time. */
const suspicious = /\d{16}|\d[eE][+-]?\d{3}/;

interface Source {
  readonly source?: string;
}

/** A number that would be serialized as another: `9007199254740993` becomes `…992`, `1e999` becomes `null`. */
function lossyNumber(text: string): string | undefined {
  if (!suspicious.test(text)) return undefined;
  let lossy: string | undefined;
  JSON.parse(text, (_, value: unknown, context?: Source) => {
    const source = context?.source;
    if (typeof value === 'number' && source && changes(source, value)) lossy = source;
    return value;
  });
  return lossy;
}

function changes(source: string, value: number): boolean {
  if (/^-?\d+$/.test(source)) return String(value) !== source && value !== 0;
  const vanished = value === 0 && /^-?[\d.]*[1-9]/.test(source);
  return vanished || !Number.isFinite(value);
}
