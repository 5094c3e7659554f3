import type { Request, RequestHandler } from 'express';
import express from 'express';
import { ProblemError } from '../problem.ts';

/** Reads a body up to a size, as bytes. What it is, is judged by {@link parseBody}. */
export function readBody(maximumBytes: number): RequestHandler {
  return express.raw({ type: () => true, limit: maximumBytes });
}

/**
 * The body as JSON; undefined when there is none.
 *
 * @throws {ProblemError} when it is not JSON in UTF-8, or holds a number that JSON's readers would change.
 */
export function parseBody(request: Request): unknown {
  const bytes: unknown = request.body;
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return undefined;
  if (!request.is(['json', '+json'])) {
    throw new ProblemError('unsupported_media_type', 'Send the body as JSON, with "Content-Type: application/json".');
  }
  const text = decode(bytes);
  const value = parse(text);
  const lossy = lossyNumber(text);
  if (lossy !== undefined) {
    const detail = `The number ${lossy} has more digits than a JSON number keeps. Send it as a string.`;
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
    throw new ProblemError(
      'malformed_json',
      `The body is not valid JSON: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

/** Few bodies hold such long digits, so the careful second reading is for those alone. */
const longDigits = /\d{16}/;

interface Source {
  readonly source?: string;
}

/** An integer of the text that would come out as another one: `9007199254740993` is read as `…992`. */
function lossyNumber(text: string): string | undefined {
  if (!longDigits.test(text)) return undefined;
  let lossy: string | undefined;
  JSON.parse(text, (_, value: unknown, context?: Source) => {
    const source = context?.source;
    if (typeof value === 'number' && source && /^-?\d+$/.test(source) && BigInt(source) !== BigInt(value))
      lossy = source;
    return value;
  });
  return lossy;
}
