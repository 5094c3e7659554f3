import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError } from './config.ts';

/** The HTTP server as a part that starts and stops. */
export class HttpServer {
  readonly #server: Server;
  readonly #host: string;
  readonly #port: number;

  constructor(listener: RequestListener, host: string, port: number) {
    this.#server = createServer({ keepAliveTimeout: 65_000 }, listener);
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

  /** Takes no new requests and waits for those under way. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
    });
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
