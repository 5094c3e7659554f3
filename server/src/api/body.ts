import type { Request, RequestHandler } from 'express';
import express from 'express';
import { ProblemError } from '../problem.ts';
import type { LossyField } from './lossy-json.ts';
import { lossyFields } from './lossy-json.ts';

/** Reads a body as bytes, of any content type; {@link parseBody} interprets it. */
export function readBody(maximumBytes: number): RequestHandler {
  return express.raw({ type: () => true, limit: maximumBytes });
}

export interface ParsedBody {
  /** Undefined when there is no body. */
  readonly value: unknown;
  /** What no receiver would read as it was sent. */
  readonly lossy: readonly LossyField[];
}

/**
 * The body as JSON.
 *
 * @param perItem see {@link lossyFields}.
 * @throws {ProblemError} when it is not JSON in UTF-8, or nests too deep.
 */
export function parseBody(request: Request, perItem?: string): ParsedBody {
  const bytes: unknown = request.body;
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return { value: undefined, lossy: [] };
  if (!request.is(['json', '+json'])) {
    throw new ProblemError('unsupported_media_type', 'Send the body as JSON, with "Content-Type: application/json".');
  }
  const text = decode(bytes);
  const value = parse(text);
  return { value, lossy: lossyFields(text, perItem) };
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
