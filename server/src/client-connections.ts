import type { Socket } from 'node:net';

export interface ConnectionLimits {
  readonly connections: number;
  readonly connectionsPerAddress: number;
}

/** The open connections of clients, in all and by address. For a new one over a limit, an idle one is closed. */
export class ClientConnections {
  readonly #limits: ConnectionLimits;
  readonly #byAddress = new Map<string, Set<Socket>>();
  /** Requests under way on each. */
  readonly #requests = new Map<Socket, number>();
  /** Those without any, the longest idle first. */
  readonly #idle = new Set<Socket>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** @returns the limit that it would exceed, if no other can be closed. */
  add(socket: Socket): keyof ConnectionLimits | undefined {
    const address = socket.remoteAddress ?? '';
    const same = this.#byAddress.get(address) ?? new Set();
    const { connections, connectionsPerAddress } = this.#limits;
    if (same.size >= connectionsPerAddress && !this.#closeIdle(same)) return 'connectionsPerAddress';
    if (this.#requests.size >= connections && !this.#closeIdle(this.#idle)) return 'connections';
    this.#byAddress.set(address, same.add(socket));
    this.#requests.set(socket, 0);
    this.#idle.add(socket);
    socket.once('close', () => this.#remove(socket, address));
    return undefined;
  }

  /** A request begins. */
  use(socket: Socket): void {
    const requests = this.#requests.get(socket);
    if (requests === undefined) return;
    this.#requests.set(socket, requests + 1);
    this.#idle.delete(socket);
  }

  /** A request has been answered. */
  release(socket: Socket): void {
    const requests = this.#requests.get(socket);
    if (requests === undefined) return;
    this.#requests.set(socket, requests - 1);
    if (requests === 1) this.#idle.add(socket);
  }

  /** Those without a request too: unlike Node, it counts what a browser opens ahead of one, and half a request. */
  closeIdle(): void {
    for (const socket of this.#idle) socket.destroy();
  }

  #closeIdle(among: ReadonlySet<Socket>): boolean {
    for (const socket of among) {
      if (!this.#idle.has(socket)) continue;
      this.#remove(socket, socket.remoteAddress ?? '');
      socket.destroy();
      return true;
    }
    return false;
  }

  #remove(socket: Socket, address: string): void {
    this.#requests.delete(socket);
    this.#idle.delete(socket);
    const same = this.#byAddress.get(address);
    same?.delete(socket);
    if (same?.size === 0) this.#byAddress.delete(address);
  }
}
