import { errors } from 'undici';

/** The limit for the headers of one response, with those of the interim responses before it. */
export const maxResponseHeaderBytes = 65_536;

/** The limit for a response with all that frames it: interim ones, chunk extensions, trailers. */
export const maxAnswerBytes = 4 * maxResponseHeaderBytes;

const statusLine = 'HTTP/1.1 200'.length;
const protocol = Buffer.from('HTTP/1.');
const zero = 0x30;
const blankLine = Buffer.from('\r\n\r\n');
const empty = Buffer.alloc(0);

/**
 * Looks at a response before the parser does, up to the end of its headers.
 *
 * - Takes interim responses off: a client has to accept any number of them (RFC 9110 section 15.2), but undici takes
 *   `100 Continue` for an error unless it was asked for. 101 stays, as it would end HTTP on the connection.
 * - Knows the status as soon as it has arrived, also of a response that the parser gives up.
 */
export class AnswerHead {
  /** Of the final response, once it has arrived. */
  status: number | undefined;
  #reads: 'nothing' | 'status' | 'interim' | 'final' = 'nothing';
  #bytes = 0;
  /** A status line that is not complete, or the end of what was searched for the blank line. */
  #rest: Buffer = empty;

  /** Nothing of a response that is expected has arrived. */
  get isAwaited(): boolean {
    return this.#reads === 'status' && this.#bytes === 0 && this.#rest.length === 0;
  }

  /** What arrives is not looked at. */
  get isOver(): boolean {
    return this.#reads === 'nothing';
  }

  /** A request is being sent. */
  expect(): void {
    this.status = undefined;
    this.#reads = 'status';
    this.#bytes = 0;
    this.#rest = empty;
  }

  /**
   * What the parser gets of the bytes that arrived; null: none.
   *
   * @throws {errors.HeadersOverflowError}
   */
  take(chunk: Buffer): Buffer | null {
    let rest: Buffer | null = chunk;
    while (rest !== null) {
      if (this.#reads === 'status') rest = this.#readStatus(rest);
      else if (this.#reads !== 'interim') break;
      else rest = this.#dropHead(rest);
    }
    if (rest !== null && this.#reads === 'final') this.#findEnd(rest);
    return rest;
  }

  #readStatus(chunk: Buffer): Buffer | null {
    const line = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = empty;
    if (line.length < statusLine && isHttp(line)) {
      this.#rest = line;
      return null;
    }
    const status = isHttp(line) ? statusIn(line) : 0;
    const isInterim = status >= 100 && status < 200 && status !== 101;
    if (status >= 200) this.status = status;
    this.#reads = isInterim ? 'interim' : 'final';
    return line;
  }

  #dropHead(chunk: Buffer): Buffer | null {
    const end = this.#endIn(chunk);
    if (end === 0) return null;
    this.#reads = 'status';
    return end === chunk.length ? null : chunk.subarray(end);
  }

  #findEnd(chunk: Buffer): void {
    if (this.#endIn(chunk) > 0) this.#reads = 'nothing';
  }

  /** Where the headers end in a chunk; 0: not in it. */
  #endIn(chunk: Buffer): number {
    const before = this.#rest.length;
    const searched = before === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const at = searched.indexOf(blankLine);
    const end = at < 0 ? 0 : at + blankLine.length - before;
    this.#rest = at < 0 ? Buffer.from(searched.subarray(1 - blankLine.length)) : empty;
    this.#bytes += end || chunk.length;
    if (this.#bytes > maxResponseHeaderBytes) throw new errors.HeadersOverflowError();
    return end;
  }
}

/** Compares what there is of it. */
function isHttp(line: Buffer): boolean {
  for (let at = 0; at < protocol.length && at < line.length; at++) if (line[at] !== protocol[at]) return false;
  return true;
}

/** The three digits after `HTTP/1.1 `. What is not a status is refused by the parser. */
function statusIn(line: Buffer): number {
  return digit(line, 9) * 100 + digit(line, 10) * 10 + digit(line, 11);
}

function digit(line: Buffer, at: number): number {
  return (line[at] ?? 0) - zero;
}
