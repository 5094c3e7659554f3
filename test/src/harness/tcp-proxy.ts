import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { mustStop } from '@bellhop/server/test/cleanup';

interface Connection {
  readonly near: Socket;
  /** Missing while it is not made. */
  far?: Socket;
}

/**
 * A way to a TCP server of its own, which a test can block or break. What was sent into a blocked way is not lost: it
 * arrives when the way is mended, as the network's own retransmission would have it.
 */
export class TcpProxy {
  readonly #target: URL;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  /** Of all connections. */
  readonly #sockets = new Set<Socket>();
  #state: 'open' | 'cut' | 'severed' = 'open';

  private constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((near) => this.#accept(near));
  }

  /** @param target a URL with the host and port that it leads to. */
  static async open(target: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(target));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    proxy.#server.once(
      'close',
      mustStop(`a TCP proxy to ${proxy.#target.host}`, () => proxy.close()),
    );
    return proxy;
  }

  /** The target's URL by this way. */
  get url(): string {
    const url = new URL(this.#target);
    url.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return url.href;
  }

  /** A black hole: connections stay open and nothing passes, not even their end; new ones get no answer. */
  cut(): void {
    this.#state = 'cut';
    for (const { near, far } of this.#connections) {
      for (const socket of [near, far]) socket?.unpipe().pause();
    }
  }

  /** As {@link cut}, but new connections are as good as ever: a firewall has forgotten those that there were. */
  forget(): void {
    this.cut();
    this.#connections.clear();
    this.#state = 'open';
  }

  /** Connections are reset, new ones at once. */
  sever(): void {
    this.#state = 'severed';
    for (const { near, far } of this.#connections) {
      near.resetAndDestroy();
      far?.destroy();
    }
  }

  /** All is well again. */
  mend(): void {
    this.#state = 'open';
    for (const connection of this.#connections) this.#join(connection);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(near: Socket): void {
    this.#keep(near);
    if (this.#state === 'severed') {
      near.resetAndDestroy();
      return;
    }
    const connection: Connection = { near };
    this.#connections.add(connection);
    near.once('close', () => this.#end(connection));
    if (this.#state === 'open') this.#join(connection);
  }

  #join(connection: Connection): void {
    connection.far ??= this.#reach(connection);
    connection.near.pipe(connection.far).pipe(connection.near);
  }

  #reach(connection: Connection): Socket {
    const far = connect(Number(this.#target.port), this.#target.hostname);
    this.#keep(far);
    far.once('close', () => this.#end(connection));
    return far;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #end(connection: Connection): void {
    this.#connections.delete(connection);
    // What was sent before still arrives.
    connection.near.destroySoon();
    connection.far?.destroySoon();
  }
}
