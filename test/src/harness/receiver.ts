import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mustStop } from '@bellhop/server/test/cleanup';

/** A request as a receiver got it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Names and values as they were on the wire, in their order. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
  readonly json: Record<string, unknown>;
  readonly at: number;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Decides what to answer to the n-th request (from 0). `hang`: never. */
export type Answering = (request: Received, index: number) => Answer | 'hang' | Promise<Answer | 'hang'>;

interface Waiting {
  readonly count: number;
  readonly resolve: () => void;
}

/** A real HTTP server that keeps what it receives and answers as it is told; default: 200 `ok`. */
export class Receiver {
  readonly received: Received[] = [];
  readonly #server: Server;
  #answering: Answering;
  #waiting: Waiting[] = [];

  private constructor(answering: Answering) {
    this.#answering = answering;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(answering: Answering | Answer = {}): Promise<Receiver> {
    const receiver = new Receiver(typeof answering === 'function' ? answering : () => answering);
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    receiver.#server.once(
      'close',
      mustStop(`a receiver at ${receiver.url()}`, () => receiver.stop()),
    );
    return receiver;
  }

  /** A URL of this receiver. */
  url(path = '/'): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  /** From now on answers like this. */
  answer(answering: Answering | Answer): void {
    this.#answering = typeof answering === 'function' ? answering : () => answering;
  }

  /** Resolves with everything received once that is at least so many requests. */
  async atLeast(count: number): Promise<readonly Received[]> {
    if (this.received.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
    }
    return this.received;
  }

  /** The n-th request (from 0), once it is there. */
  async request(index: number): Promise<Received> {
    const request = (await this.atLeast(index + 1))[index];
    if (!request) throw new Error(`There is no request ${index}.`);
    return request;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = await read(request);
    const index = this.received.push(received) - 1;
    const answer = await this.#answering(received, index);
    if (answer !== 'hang') {
      response.writeHead(answer.status ?? 200, { ...answer.headers });
      response.end(answer.body ?? 'ok');
    }
    const ready = this.#waiting.filter(({ count }) => count <= this.received.length);
    this.#waiting = this.#waiting.filter(({ count }) => count > this.received.length);
    for (const { resolve } of ready) resolve();
  }
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('utf8');
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    body,
    json: body === '' ? {} : (JSON.parse(body) as Record<string, unknown>),
    at: Date.now(),
  };
}
