import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Request, RequestHandler } from 'express';
import type { FieldError } from '../problem.ts';
import { ProblemError } from '../problem.ts';
import type { JsonBounds, LossyField } from './lossy-json.ts';
import { scanJson } from './lossy-json.ts';

/** Refuses a body whose declared length is over the limit, before any of it is read. */
export function limitBody(mostBytes: number): RequestHandler {
  return (request, _, next) => {
    if (Number(request.headers['content-length'] ?? 0) > mostBytes) throw tooLarge(mostBytes);
    next();
  };
}

/** Reads a body as bytes, of any content type; {@link parseBody} interprets it. */
export function readBody(mostBytes: number): RequestHandler {
  return async (request, response, next) => {
    request.body = await read(request, response, mostBytes);
    next();
  };
}

async function read(request: IncomingMessage, response: ServerResponse, mostBytes: number): Promise<Buffer> {
  const decoder = decoderOf(request);
  // The client waits until it knows that its body is welcome (RFC 9110, 10.1.1).
  if (request.headers.expect !== undefined && request.httpVersion === '1.1') response.writeContinue();
  if (!decoder) return collect(request, mostBytes);
  const broken = new Promise<never>((_, reject) => request.once('error', () => reject(incomplete())));
  try {
    return await Promise.race([collect(request.pipe(decoder), mostBytes), broken]);
  } finally {
    request.unpipe(decoder).resume();
    decoder.destroy();
  }
}

/** Undefined: the body is not encoded. */
function decoderOf({ headers }: IncomingMessage): Transform | undefined {
  switch (headers['content-encoding']?.trim().toLowerCase() || 'identity') {
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      throw new ProblemError('unsupported_media_type', 'Send the body uncompressed, or as gzip, deflate or br.');
  }
}

function collect(source: Readable, mostBytes: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  let chunks: Buffer[] = [];
  let length = 0;
  source.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= mostBytes) {
      chunks.push(chunk);
      return;
    }
    chunks = [];
    reject(tooLarge(mostBytes));
  });
  source.once('end', () => resolve(Buffer.concat(chunks)));
  source.once('error', () => reject(incomplete()));
  return promise;
}

function tooLarge(mostBytes: number): ProblemError {
  const most = mostBytes.toLocaleString('en-US');
  return new ProblemError(
    'body_too_large',
    `The body is larger than ${most} bytes, the limit here. Send less at once.`,
  );
}

function incomplete(): ProblemError {
  return new ProblemError('malformed_json', 'The body is incomplete or does not match its headers.');
}

export interface ParsedBody {
  /** Undefined when there is no body. */
  readonly value: unknown;
  /** What no receiver would read as it was sent. */
  readonly lossy: readonly LossyField[];
  /** The items of the list that exceed a bound; null in `value`. */
  readonly refused: readonly FieldError[];
}

/**
 * The body as JSON.
 *
 * @throws {ProblemError} when it is not JSON in UTF-8, holds too much, or nests too deep.
 */
export function parseBody(request: Request, bounds: JsonBounds): ParsedBody {
  const bytes: unknown = request.body;
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return { value: undefined, lossy: [], refused: [] };
  if (!request.is(['json', '+json'])) {
    throw new ProblemError('unsupported_media_type', 'Send the body as JSON, with "Content-Type: application/json".');
  }
  const text = decode(bytes);
  // First, as parsing and validating what holds too much would take long.
  const { lossy, refused } = scanJson(text, bounds);
  return { value: parse(withNull(text, refused)), lossy, refused };
}

/** The text with null in the place of parts of it. */
function withNull(text: string, parts: readonly { readonly start: number; readonly end: number }[]): string {
  let [result, from] = ['', 0];
  for (const { start, end } of parts) {
    result += `${text.slice(from, start)}null`;
    from = end;
  }
  return result + text.slice(from);
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
