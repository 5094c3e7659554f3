import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { problemDocument, problemType, sendProblem } from './api/problems.ts';
import type { ConnectionLimits } from './client-connections.ts';
import { ClientConnections } from './client-connections.ts';
import { ConfigError } from './config.ts';
import { ProblemError } from './problem.ts';

export interface HttpLimits extends ConnectionLimits {
  /** For a request to arrive, and for its answer to be read. */
  readonly requestSeconds: number;
}

export interface HttpServerParts {
  readonly listener: RequestListener;
  readonly host: string;
  readonly port: number;
  readonly limits: HttpLimits;
  readonly log: Pick<Logger, 'warn'>;
}

const keepAliveMs = 65_000;
const headersMs = 20_000;
/** Without a byte in either direction. */
const stalledMs = 120_000;
/** What the operating system takes of an answer, roughly, before the client reads. */
const bufferedBytes = 64 * 1024;
/** How long a stopping server waits for the rest of a request. */
const restMs = 2000;
/** How long a client may go on sending what is not read any more, so that it sees the answer. */
const lingerMs = 1000;
const warnEveryMs = 60_000;

/** HTTP/1.1 for one listener. What Node answers by itself is a problem document here too. */
export class HttpServer {
  readonly #parts: HttpServerParts;
  readonly #server: Server;
  readonly #open = new Set<ServerResponse>();
  readonly #connections: ClientConnections;
  /** Connections that had their last answer. */
  readonly #ending = new WeakSet<Duplex>();
  #stopping = false;
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: HttpServerParts) {
    this.#parts = parts;
    this.#connections = new ClientConnections(parts.limits);
    const requestMs = parts.limits.requestSeconds * 1000;
    const server = createServer({
      keepAliveTimeout: keepAliveMs,
      requestTimeout: requestMs,
      headersTimeout: Math.min(headersMs, requestMs),
      connectionsCheckingInterval: Math.min(5000, requestMs / 2),
      // Node's own check answers without a problem document.
      requireHostHeader: false,
    });
    server.timeout = stalledMs;
    const { listener } = parts;
    server.on('request', (request, response) => this.#handle(request, response, listener));
    // The listener welcomes the body once it knows the caller and the length.
    server.on('checkContinue', (request, response) => this.#handle(request, response, listener));
    server.on('checkExpectation', (request, response) => this.#handle(request, response, refuseExpectation));
    server.on('connection', (socket) => this.#connected(socket));
    server.on('clientError', (error, socket) => this.#refuse(socket, problemOf(error)));
    this.#server = server;
  }

  /** Resolves with the URL. @throws {ConfigError} when the server cannot listen. */
  start(): Promise<string> {
    const { host, port } = this.#parts;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) =>
        reject(new ConfigError(this.#explain(cause), { cause })),
      );
      this.#server.listen(port, host, () => {
        const { port } = this.#server.address() as AddressInfo;
        resolve(`http://${host.includes(':') ? `[${host}]` : host}:${port}`);
      });
    });
  }

  /**
   * Accepts no new requests and waits for those under way, but not long for those that do not arrive. Each closes its
   * connection: a publisher that keeps sending on a busy one would keep the server from stopping.
   */
  stop(): Promise<void> {
    this.#stopping = true;
    for (const response of this.#open) closeAfter(response);
    const unfinished = setTimeout(() => {
      for (const { req } of this.#open) if (!req.complete) req.destroy();
    }, restMs);
    return new Promise((resolve) => {
      this.#server.close(() => {
        clearTimeout(unfinished);
        resolve();
      });
      this.#connections.closeIdle();
    });
  }

  /** Ends the requests under way. */
  abort(): void {
    this.#server.closeAllConnections();
  }

  #connected(socket: Socket): void {
    const exceeded = this.#connections.add(socket);
    if (!exceeded) return;
    const now = performance.now();
    if (now - this.#warnedAt >= warnEveryMs) {
      this.#warnedAt = now;
      const setting = `limits.${exceeded}`;
      this.#parts.log.warn({ setting, limit: this.#parts.limits[exceeded] }, 'connections of clients are refused');
    }
    this.#refuse(socket, new ProblemError('unavailable', 'Too many connections are open. Close some, or try again.'));
  }

  #handle(request: IncomingMessage, response: ServerResponse, listener: RequestListener): void {
    const { socket } = request;
    if (this.#ending.has(socket)) return;
    this.#open.add(response);
    this.#connections.use(socket);
    response.once('close', () => {
      this.#open.delete(response);
      this.#connections.release(socket);
    });
    // After a response that came before the whole body, the connection is busy until the rest of the body arrives.
    request.once('close', () => {
      if (this.#stopping) setImmediate(() => this.#server.closeIdleConnections());
    });
    if (this.#stopping) closeAfter(response);
    if (hasBody(request)) this.#closeUnread(request, response);
    response.once('prefinish', () => this.#closeUnfinished(response));
    const problem = hostProblem(request);
    if (problem) refuse(response, problem);
    else listener(request, response);
  }

  /** An answer before the end of the body closes the connection: the rest is not read. */
  #closeUnread(request: IncomingMessage, response: ServerResponse): void {
    const writeHead = response.writeHead.bind(response) as (...given: unknown[]) => ServerResponse;
    response.writeHead = (...given: unknown[]) => {
      if (!request.complete) {
        response.setHeader('Connection', 'close');
        request.socket.destroySoon = () => this.#linger(request.socket);
      }
      return writeHead(...given);
    };
  }

  /** An answer that is complete stays in memory until the client has read it. */
  #closeUnfinished(response: ServerResponse): void {
    if (response.writableLength <= bufferedBytes) return;
    const timer = setTimeout(() => response.destroy(), this.#parts.limits.requestSeconds * 1000);
    response.once('close', () => clearTimeout(timer));
  }

  /** Answers for a connection on which there is no request to answer. */
  #refuse(socket: Duplex, problem: ProblemError): void {
    if (this.#ending.has(socket)) return;
    const answering = [...this.#open].some((response) => response.req.socket === socket && response.headersSent);
    if (!socket.writable || answering) {
      socket.destroy();
      return;
    }
    socket.write(answerOf(problem));
    this.#linger(socket);
  }

  /**
   * Closes our side at once and the other soon: a client that still sends would get a reset connection instead of the
   * answer (RFC 9112, 9.6).
   */
  #linger(socket: Duplex): void {
    this.#ending.add(socket);
    socket.end();
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(timer));
  }

  #explain({ code, message }: NodeJS.ErrnoException): string {
    const place = `${this.#parts.host}:${this.#parts.port}`;
    if (code === 'EADDRINUSE')
      return `Another process already listens on ${place}. Set PORT to another port, or to 0 for a free one.`;
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      return `This machine has no address ${this.#parts.host}. Set HOST to one of its addresses.`;
    if (code === 'EACCES') return `Listening on ${place} is not permitted. Set PORT to 1024 or above.`;
    return `Cannot listen on ${place}: ${message}`;
  }
}

function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}

function refuse(response: ServerResponse, problem: ProblemError): void {
  closeAfter(response);
  sendProblem(response, problem);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

const refuseExpectation: RequestListener = (_, response) =>
  refuse(response, new ProblemError('expectation_failed', 'Send "Expect: 100-continue", or no Expect header.'));

/** A name or an address, and a port (RFC 9110, 7.2). */
const validHost = /^(?:[\w.~!$&'()*+,;=%-]+|\[[\da-f:.]+\])(?::\d{0,5})?$/i;

/** An HTTP/1.1 request has one Host header (RFC 9112, 3.2). */
function hostProblem({ headers, rawHeaders, httpVersion }: IncomingMessage): ProblemError | undefined {
  let hosts = 0;
  for (let name = 0; name < rawHeaders.length; name += 2) if (/^host$/i.test(rawHeaders[name] ?? '')) hosts += 1;
  if (hosts === 0 && httpVersion === '1.0') return undefined;
  if (hosts === 1 && validHost.test(headers.host ?? '')) return undefined;
  return new ProblemError('bad_request', 'Send one Host header with the name or address of this server.');
}

function problemOf({ code }: NodeJS.ErrnoException): ProblemError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ProblemError('headers_too_large', 'Send less than 16 kB of headers.');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new ProblemError('body_too_large', 'Send chunks without extensions.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ProblemError('request_timeout', 'Send the whole request faster, or less at once.');
    default:
      return new ProblemError('bad_request', 'Send a request in HTTP/1.1 (RFC 9112).');
  }
}

/** An answer as it goes over the wire. */
function answerOf(error: ProblemError): string {
  const problem = problemDocument(error);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Date: ${new Date().toUTCString()}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
