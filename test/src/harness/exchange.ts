import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';

/** A connection to a server, on which a test writes what it likes. */
export class Exchange {
  readonly socket: Socket;
  received = '';
  readonly #closed: Promise<unknown>;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    // The server may close while something is on its way to it.
    this.socket = connect(Number(port), hostname).on('error', () => {});
    this.socket.on('data', (bytes: Buffer) => {
      this.received += bytes.toString('latin1');
    });
    this.#closed = once(this.socket, 'close');
  }

  /** Sends lines, each with its end, and an empty line. */
  head(...lines: string[]): this {
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    return this;
  }

  /** Resolves once the server has sent this. */
  async until(text: string): Promise<string> {
    while (!this.received.includes(text)) await once(this.socket, 'data');
    return this.received;
  }

  /** Resolves with all that the server sent, once it has closed the connection. */
  async ended(): Promise<string> {
    await this.#closed;
    return this.received;
  }
}
