import type { RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ConfigError } from './config.ts';

export class HttpServer {
  readonly #server: Server;
  readonly #host: string;
  readonly #port: number;
  readonly #open = new Set<ServerResponse>();
  readonly #connections = new Set<Socket>();
  #stopping = false;

  constructor(listener: RequestListener, host: string, port: number) {
    this.#server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
      this.#open.add(response);
      // After a response that came before the whole body, the connection is busy until the rest of the body arrives.
      request.once('close', () => {
        if (this.#stopping) setImmediate(() => this.#server.closeIdleConnections());
      });
      response.once('close', () => this.#open.delete(response));
      if (this.#stopping) closeAfter(response);
      listener(request, response);
    });
    this.#server.on('connection', (socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
    this.#host = host;
    this.#port = port;
  }

  /** Resolves with the URL. @throws {ConfigError} when the server cannot listen. */
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
   * Accepts no new requests and waits for those under way. Each closes its connection: a publisher that keeps sending
   * on a busy one would keep the server from stopping.
   */
  stop(): Promise<void> {
    this.#stopping = true;
    for (const response of this.#open) closeAfter(response);
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
      this.#closeUnused();
    });
  }

  /** Browsers open connections ahead of requests; Node does not count those as idle. */
  #closeUnused(): void {
    for (const socket of this.#connections) if (socket.bytesRead === 0) socket.destroy();
  }

  /** Ends the requests under way. */
  abort(): void {
    this.#server.closeAllConnections();
  }

  #explain({ code, message }: NodeJS.ErrnoException): string {
    const place = `${this.#host}:${this.#port}`;
    if (code === 'EADDRINUSE')
      return `Another process already listens on ${place}. Set PORT to another port, or to 0 for a free one.`;
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      return `This machine has no address ${this.#host}. Set HOST to one of its addresses.`;
    if (code === 'EACCES') return `Listening on ${place} is not permitted. Set PORT to 1024 or above.`;
    return `Cannot listen on ${place}: ${message}`;
  }
}

function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
