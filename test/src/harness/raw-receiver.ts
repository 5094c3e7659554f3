import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { mustStop } from '@bellhop/server/test/cleanup';

/** A server on a free port that a test answers with bytes of its own, for what no HTTP server would do. */
export class RawReceiver {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #connections = 0;

  private constructor(accept: (socket: Socket) => void) {
    this.#server = createServer((socket) => {
      this.#connections += 1;
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => this.#sockets.delete(socket));
      accept(socket);
    });
  }

  /** @param accept told of every connection, before anything has arrived on it. */
  static async start(accept: (socket: Socket) => void): Promise<RawReceiver> {
    const receiver = new RawReceiver(accept);
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    receiver.#server.once(
      'close',
      mustStop('a raw receiver', () => receiver.stop()),
    );
    return receiver;
  }

  /** A receiver that answers once the request has begun to arrive. */
  static answering(answer: (socket: Socket) => void): Promise<RawReceiver> {
    return RawReceiver.start((socket) => {
      socket.once('data', () => answer(socket));
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections made so far. */
  get connections(): number {
    return this.#connections;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** Writes a piece from time to time until the connection closes. */
export function drip(socket: Socket, piece: string, everyMs: number): void {
  const timer = setInterval(() => socket.write(piece), everyMs);
  socket.once('close', () => clearInterval(timer));
}

/** Writes pieces for as long as the other side takes them, so many at most. */
export function pour(socket: Socket, piece: Buffer, pieces = Number.POSITIVE_INFINITY): void {
  let left = pieces;
  const write = () => {
    while (left > 0 && !socket.destroyed) {
      left -= 1;
      if (!socket.write(piece)) return;
    }
  };
  socket.on('drain', write);
  write();
}
