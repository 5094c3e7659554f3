import type { Socket } from 'node:net';
import { type buildConnector, errors } from 'undici';
import { AnswerHead, maxAnswerBytes } from './answer-head.ts';

type Connector = buildConnector.connector;
type Write = (chunk: unknown, encoding?: unknown, callback?: unknown) => boolean;

/** What had come of a response when its connection failed. */
export interface Remains {
  /** The connection had served an earlier request, and nothing that answers this one has arrived. */
  readonly unanswered: boolean;
  /** The status, if it had arrived. */
  readonly status: number | undefined;
}

const remains = new WeakMap<Error, Remains>();

/** @param error of a connection of {@link watched} */
export function remainsOf(error: Error): Remains {
  return remains.get(error) ?? { unanswered: false, status: undefined };
}

/** Lets {@link AnswerHead} see what arrives before the parser, and records errors for {@link remainsOf}. */
export function watched(connect: Connector): Connector {
  return (target, callback) => {
    connect(target, (...result) => {
      const [, socket] = result;
      if (socket) new Connection(socket).watch();
      callback(...result);
    });
  };
}

/** undici reads a connection by `read()` alone, and writes a request at once, when no response is under way. */
class Connection {
  readonly #socket: Socket;
  readonly #head = new AnswerHead();
  readonly #read: Socket['read'];
  readonly #write: Write;
  #requests = 0;
  /** Bytes before the last request, and in all that were read. On a TLS connection, Node counts application data only. */
  #readBefore = 0;
  #readSoFar: number;
  #gaveUp = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    // A tunnel has received the proxy's response to CONNECT.
    this.#readSoFar = socket.bytesRead;
    this.#read = socket.read;
    this.#write = socket.write as Write;
  }

  watch(): void {
    const socket = this.#socket;
    // Node itself asks with a size.
    socket.read = (size) => (size === undefined ? this.#next() : this.#read.call(socket, size));
    socket.write = (chunk: unknown, encoding?: unknown, callback?: unknown) => {
      if (!this.#head.isAwaited) this.#begin();
      return this.#write.call(socket, chunk, encoding, callback);
    };
    // Runs before undici's listener, which passes the error on to the request.
    socket.on('error', (error) => remains.set(error, this.#remains()));
  }

  #begin(): void {
    this.#requests++;
    this.#readBefore = this.#readSoFar;
    this.#head.expect();
  }

  /** The next bytes for the parser; null: none have arrived. */
  #next(): Buffer | null {
    for (;;) {
      const chunk: Buffer | null = this.#read.call(this.#socket);
      if (chunk === null) return null;
      this.#readSoFar += chunk.length;
      if (this.#readSoFar - this.#readBefore > maxAnswerBytes) {
        this.#socket.destroy(new errors.HeadersOverflowError());
        return null;
      }
      if (this.#head.isOver) return chunk;
      const rest = this.#check(chunk);
      if (rest !== null || this.#socket.destroyed) return rest;
    }
  }

  #check(chunk: Buffer): Buffer | null {
    try {
      const rest = this.#head.take(chunk);
      if (this.#head.status !== 408 || this.#requests === 1) return rest;
      this.#gaveUp = true;
      this.#socket.destroy(givenUp());
    } catch (error) {
      this.#socket.destroy(error as Error);
    }
    return null;
  }

  #remains(): Remains {
    const isUnanswered = this.#gaveUp || this.#socket.bytesRead === this.#readBefore;
    return { unanswered: this.#requests > 1 && isUnanswered, status: this.#head.status };
  }
}

/**
 * A server that gives up an idle connection can say so by a 408 (RFC 9110 section 15.5.9), which arrives as if it answered
 * the request that is just being sent. It is a connection that ended.
 */
function givenUp(): Error {
  return Object.assign(new Error('the connection was given up (408)'), { code: 'ECONNRESET' });
}

/** Counts open and opening connections. */
export function counted(connect: Connector, open: { count: number }): Connector {
  const closed = () => {
    open.count--;
  };
  return (target, callback) => {
    open.count++;
    connect(target, (...result) => {
      const [error, socket] = result;
      if (error) closed();
      else socket.once('close', closed);
      callback(...result);
    });
  };
}
