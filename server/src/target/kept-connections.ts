import { isIP } from 'node:net';
import type { Agent, buildConnector, Dispatcher } from 'undici';
import { bareHost } from './host-names.ts';

/** Resolves a host name to its addresses, or rejects. */
type Find = (hostname: string) => Promise<readonly { readonly address: string }[]>;

interface Origin {
  /** Where each open connection leads. */
  readonly addresses: Map<Dispatcher, string>;
  /** When its name was last looked up, in milliseconds. */
  askedAt: number;
}

/** The least time between two look-ups of one name. */
const pauseMs = 1000;

/** An agent's open connections, to end those to an address that its name no longer has. */
export class KeptConnections {
  readonly #find: Find;
  readonly #origins = new Map<string, Origin>();
  #opening = '';

  constructor(find: Find) {
    this.#find = find;
  }

  /** undici emits `connect` within the callback, for the client of this connection. */
  noting(connect: buildConnector.connector): buildConnector.connector {
    return (target, callback) => {
      connect(target, (...result) => {
        this.#opening = result[1]?.remoteAddress ?? '';
        callback(...result);
        this.#opening = '';
      });
    };
  }

  follow(agent: Agent): void {
    agent.on('connect', ({ origin }, clients) => this.#opened(origin, clients.at(-1)));
    agent.on('disconnect', ({ origin }, clients) => this.#closed(origin, clients.at(-1)));
  }

  /** A request on one of an origin's connections failed. Its other connections may lead nowhere, too. */
  async check(origin: string): Promise<void> {
    const connections = this.#origins.get(origin);
    const hostname = bareHost(new URL(origin).hostname);
    const now = performance.now();
    if (!connections || isIP(hostname) !== 0 || now - connections.askedAt < pauseMs) return;
    connections.askedAt = now;
    // Without an answer, nothing is known of the addresses.
    const found = await this.#find(hostname).catch(() => undefined);
    if (!found) return;
    for (const [client, address] of connections.addresses) {
      if (!found.some((one) => one.address === address)) retire(client);
    }
  }

  #opened(origin: string, client: Dispatcher | undefined): void {
    if (!client || this.#opening === '') return;
    const connections = this.#origins.get(origin) ?? { addresses: new Map(), askedAt: Number.NEGATIVE_INFINITY };
    connections.addresses.set(client, this.#opening);
    this.#origins.set(origin, connections);
  }

  #closed(origin: string, client: Dispatcher | undefined): void {
    const connections = this.#origins.get(origin);
    if (!connections || !client) return;
    connections.addresses.delete(client);
    if (connections.addresses.size === 0) this.#origins.delete(origin);
  }
}

/** Its pool takes it for older than `clientTtl`: it ends with the request under way and takes no other. */
function retire(client: Dispatcher): void {
  Object.assign(client, { ttl: 1 });
}
