import type { TcpNetConnectOpts } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { Agent, buildConnector, Client, type Dispatcher, Pool } from 'undici';
import { counted, watched } from './connections.ts';
import { TargetRefusedError } from './errors.ts';
import { createTargetLookup, type Resolver } from './lookup.ts';
import { allowListOf, type TargetPolicy } from './policy.ts';
import { type EgressProxy, parseProxyUrl } from './proxy-address.ts';
import { createProxyConnector } from './proxy-connector.ts';
import { targetResolver } from './target-resolver.ts';
import { originProblem } from './target-url.ts';

export interface TargetAgentOptions {
  /** How host names are resolved. Default: as targetResolver() says. */
  readonly resolver?: Resolver;
  /** The proxy through which every connection is made. Default: none, connections are made directly. */
  readonly proxy?: EgressProxy;
  /** Told which proxy failed to do its part (host and port), and how: a status or an error code. */
  readonly onProxyTrouble?: (proxy: string, detail: string) => void;
  /** Milliseconds to find the address, connect and finish the TLS handshake. Default: 10,000. */
  readonly connectTimeoutMs?: number;
  /**
   * Connections to one origin at once; requests beyond it wait while their deadline runs. Default: 1,024. Keep it at
   * or above the number of requests the server has under way, as all webhooks of a platform share one origin. Above 32
   * it is rounded up to a multiple of 32.
   */
  readonly maxConnectionsPerOrigin?: number;
  /**
   * Connections kept open for a later request, over all origins. Default: 1,024. A request that finds this many open
   * is sent with `Connection: close`, so idle connections cannot use up the process's file descriptors.
   */
  readonly maxKeptConnections?: number;
  /** Milliseconds after which a connection takes no new request, so that DNS changes are followed. Default: 300,000. */
  readonly connectionLifetimeMs?: number;
  /** Certificate authorities (PEM) to trust in place of Node's own, for receivers and for a proxy behind TLS. */
  readonly ca?: string | readonly string[];
}

/** Bytes of response headers the parser takes before it gives up; Node's own default. */
export const maxResponseHeaderBytes = 16_384;

const defaults = {
  connectTimeoutMs: 10_000,
  maxConnectionsPerOrigin: 1024,
  maxKeptConnections: 1024,
  connectionLifetimeMs: 300_000,
} as const;

/**
 * An HTTP client that connects to admitted targets only. It follows no redirects, as nothing asks it to.
 *
 * @throws an error that names a bad entry of `policy.allow`, or says what is wrong with the proxy's URL
 */
export function createTargetAgent(policy: TargetPolicy, options: TargetAgentOptions = {}): TargetAgent {
  return new TargetAgent(policy, options);
}

export class TargetAgent extends Agent {
  /** Connections go through the operator's proxy. */
  readonly throughProxy: boolean;
  readonly #connection: Client.Options;
  readonly #openConnections: { count: number };
  readonly #maxKept: number;

  constructor(policy: TargetPolicy, options: TargetAgentOptions) {
    const open = { count: 0 };
    const connection = {
      connect: counted(watched(createTargetConnector(policy, options)), open),
      // A receiver's answer must never be taken for that of another request.
      pipelining: 1,
      // HTTP/2 would put many webhooks' requests on one connection, where one reset fails all of them.
      allowH2: false,
      maxHeaderSize: maxResponseHeaderBytes,
      // Node, Apache and others close idle connections after 5 s. Closing first avoids sending into a closing one.
      keepAliveTimeout: 4000,
      // A receiver may ask for more by `Keep-Alive: timeout=…`; up to here, less a margin for the way.
      keepAliveMaxTimeout: 30_000,
      keepAliveTimeoutThreshold: 1000,
      // Each request has its own deadline (post.ts).
      headersTimeout: 0,
      bodyTimeout: 0,
    } as const;
    super({ ...connection, factory: groupedPools(options) });
    this.throughProxy = options.proxy !== undefined;
    this.#connection = connection;
    this.#openConnections = open;
    this.#maxKept = options.maxKeptConnections ?? defaults.maxKeptConnections;
  }

  /** A request with `reset` is sent on a connection of its own, which is new and closed afterwards. */
  override dispatch(options: Agent.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (options.reset) return this.#dispatchAlone(options, handler);
    const crowded = this.#openConnections.count >= this.#maxKept;
    return super.dispatch(crowded ? { ...options, reset: true } : options, handler);
  }

  #dispatchAlone(options: Agent.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const client = new Client(options.origin ?? '', this.#connection);
    try {
      return client.dispatch(options, handler);
    } finally {
      // Takes no more requests, finishes this one and goes.
      void client.close();
    }
  }
}

/** Few enough to be looked through at every request, and enough that few groups hold the connections of an origin. */
const connectionsPerGroup = 32;

/**
 * Makes the pool of an origin: a pool of small pools. undici looks for an idle connection by going through a pool's
 * connections one by one, at every request; with a thousand requests on the wire that took a third of the thread.
 */
function groupedPools(options: TargetAgentOptions): (origin: string | URL, poolOptions: object) => Dispatcher {
  const connections = options.maxConnectionsPerOrigin ?? defaults.maxConnectionsPerOrigin;
  const clientTtl = options.connectionLifetimeMs ?? defaults.connectionLifetimeMs;
  const group = (origin: URL, poolOptions: object) =>
    new Pool(origin, { ...poolOptions, connections: Math.min(connections, connectionsPerGroup), clientTtl });
  return (origin, poolOptions) =>
    new Pool(origin, { ...poolOptions, connections: Math.ceil(connections / connectionsPerGroup), factory: group });
}

/**
 * Opens a connection to a target, or refuses to. Names are checked by the lookup; `net.connect` skips that for IP
 * literals, so the whole origin is checked before. This is the one place where connections are made.
 */
function createTargetConnector(policy: TargetPolicy, options: TargetAgentOptions): buildConnector.connector {
  allowListOf(policy);
  const open = options.proxy ? proxyConnector(policy, options.proxy, options) : directConnector(policy, options);
  return (target, callback) => {
    const problem = originProblem(target, policy);
    // Not at once: undici expects the answer after this call has returned.
    if (problem !== undefined) process.nextTick(callback, new TargetRefusedError(problem), null);
    else open(target, callback);
  };
}

function directConnector(policy: TargetPolicy, options: TargetAgentOptions): buildConnector.connector {
  const connection: Omit<TcpNetConnectOpts, 'port'> & ConnectionOptions = {
    lookup: createTargetLookup(policy, options.resolver ?? targetResolver(policy)),
    // RFC 8305: try the next address when one does not answer. Node gives the earlier one up by then, so it gets
    // longer than Node's 250 ms: a first SYN is repeated after 1 s (RFC 6298).
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: 1500,
    ...(options.ca === undefined ? {} : { ca: [options.ca].flat() }),
  };
  return buildConnector({
    ...(connection as buildConnector.BuildOptions),
    allowH2: false,
    timeout: options.connectTimeoutMs ?? defaults.connectTimeoutMs,
  });
}

function proxyConnector(
  policy: TargetPolicy,
  { url, resolve }: EgressProxy,
  options: TargetAgentOptions,
): buildConnector.connector {
  const proxy = parseProxyUrl(url);
  return createProxyConnector({
    proxy,
    resolve,
    policy,
    resolver: options.resolver ?? targetResolver(policy),
    connectTimeoutMs: options.connectTimeoutMs ?? defaults.connectTimeoutMs,
    ...(options.ca === undefined ? {} : { ca: [options.ca].flat() }),
    onTrouble: (detail) => options.onProxyTrouble?.(proxy.label, detail),
  });
}
