import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { afterTest } from '../../cleanup.ts';

/**
 * A way to a database that can turn into a black hole: what goes in does not come out, nobody is told, and connections
 * that were caught in it stay so. It is closed after the test.
 */
export class BlackHole {
  readonly #server: Server;
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  readonly #caught = new WeakSet<Socket>();
  #swallowing = false;
  #onConnection: (() => void)[] = [];

  private constructor(target: string) {
    this.#target = new URL(target);
    // Where one side ends is one of the things that do not come out.
    this.#server = createServer({ allowHalfOpen: true }, (near) => this.#carry(near));
  }

  static async before(database: string): Promise<BlackHole> {
    const hole = new BlackHole(database);
    afterTest(() => hole.close());
    await new Promise<void>((resolve) => hole.#server.listen(0, '127.0.0.1', resolve));
    return hole;
  }

  /** The database's URL by this way. */
  get url(): string {
    const url = new URL(this.#target);
    url.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return url.href;
  }

  /** From now on nothing comes out. */
  swallow(): void {
    this.#swallowing = true;
    for (const socket of this.#sockets) {
      this.#caught.add(socket);
      socket.unpipe().resume();
    }
  }

  /** Resolves with the next connection. */
  async connection(): Promise<void> {
    await new Promise<void>((resolve) => this.#onConnection.push(resolve));
  }

  /** New connections come through again. */
  open(): void {
    this.#swallowing = false;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<unknown>((resolve) => this.#server.close(resolve));
  }

  #carry(near: Socket): void {
    this.#keep(near);
    for (const resolve of this.#onConnection.splice(0)) resolve();
    if (this.#swallowing) {
      near.resume();
      return;
    }
    const far = connect({ port: Number(this.#target.port), host: this.#target.hostname, allowHalfOpen: true });
    this.#keep(far);
    near.pipe(far);
    far.pipe(near);
    near.once('close', () => this.#close(far));
    far.once('close', () => this.#close(near));
  }

  #close(socket: Socket): void {
    if (!this.#caught.has(socket)) socket.destroy();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
