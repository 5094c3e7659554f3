import type { RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ConfigError } from './config.ts';

/** The HTTP server as a part that starts and stops. */
export class HttpServer {
  readonly #server: Server;
  readonly #host: string;
  readonly #port: number;
  /** What is not answered to its end yet. */
  readonly #open = new Set<ServerResponse>();
  readonly #connections = new Set<Socket>();
  #stopping = false;

  constructor(listener: RequestListener, host: string, port: number) {
    this.#server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
      this.#open.add(response);
      // A request that was answered before its body was read keeps its connection busy until the rest has come.
      request.once('close', () => {
        if (this.#stopping) setImmediate(() => this.#server.closeIdleConnections());
      });
      response.once('close', () => this.#open.delete(response));
      if (this.#stopping) isLast(response);
      listener(request, response);
    });
    this.#server.on('connection', (socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
    this.#host = host;
    this.#port = port;
  }

  /** Resolves with the address it listens at. @throws {ConfigError} when it cannot listen there. */
  start(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) =>
        reject(new ConfigError(this.#explain(cause), { cause })),
      );
      this.#server.listen(this.#port, this.#host, () => {
        const { port } = this.#server.address() as AddressInfo;
        const host = this.#host.includes(':') ? `[${this.#host}]` : this.#host;
        resolve(`http://${host}:${port}`);
      });
    });
  }

  /**
   * Takes no new requests and waits for those under way. Each of these is the last on its connection: a publisher that
   * keeps sending on a busy one would keep the server from ever ending.
   */
  stop(): Promise<void> {
    this.#stopping = true;
    for (const response of this.#open) isLast(response);
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
      this.#closeUnused();
    });
  }

  /** Browsers open connections to be quicker with a request that may come; Node does not count those as idle. */
  #closeUnused(): void {
    for (const socket of this.#connections) if (socket.bytesRead === 0) socket.destroy();
  }

  /** Waits no longer: ends the requests under way. */
  abort(): void {
    this.#server.closeAllConnections();
  }

  #explain({ code, message }: NodeJS.ErrnoException): string {
    const place = `${this.#host}:${this.#port}`;
    if (code === 'EADDRINUSE')
      return `Something already listens at ${place}. Set PORT to another port, or to 0 for a free one.`;
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      return `This machine has no address ${this.#host}. Set HOST to one of its own.`;
    if (code === 'EACCES') return `Listening at ${place} is not allowed. Set PORT to 1024 or above.`;
    return `Cannot listen at ${place}: ${message}`;
  }
}

function isLast(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
