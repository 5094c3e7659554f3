import { isIP, type TcpNetConnectOpts } from 'node:net';
import { Agent, buildConnector, Client, type Dispatcher, Pool } from 'undici';
import { maxResponseHeaderBytes } from './answer-head.ts';
import { counted, watched } from './connections.ts';
import { TargetRefusedError } from './errors.ts';
import { KeptConnections } from './kept-connections.ts';
import { createTargetLookup, findTarget, type Resolver } from './lookup.ts';
import { explained, type FollowedConnector, Openings, type Stage } from './opening.ts';
import { allowListOf, type TargetPolicy } from './policy.ts';
import { type EgressProxy, parseProxyUrl } from './proxy-address.ts';
import { createProxyConnector } from './proxy-connector.ts';
import { parseProxyExceptions } from './proxy-exceptions.ts';
import { targetResolver } from './target-resolver.ts';
import { originProblem } from './target-url.ts';
import { type Authorities, Trust, trusting } from './trust.ts';
import { UntrustedIssuers } from './untrusted-issuers.ts';

export interface TargetAgentOptions {
  /** Default: targetResolver(). */
  readonly resolver?: Resolver;
  /** Name servers, as `address` or `address:port`. Default: those of the operating system. */
  readonly nameServers?: readonly string[];
  /** The proxy for all connections. Default: none. */
  readonly proxy?: EgressProxy;
  /** Called when the proxy is at fault, with its host and port and a status or an error code. */
  readonly onProxyTrouble?: (proxy: string, detail: string) => void;
  /** Milliseconds to resolve the name, connect and finish the TLS handshake. Default: 10,000. */
  readonly connectTimeoutMs?: number;
  /**
   * Concurrent connections to one origin; further requests wait while their deadline runs. Default: 1,024. Keep it at
   * or above the server's concurrency, as all webhooks of a platform share one origin. Above 32, it is rounded up to a
   * multiple of 32.
   */
  readonly maxConnectionsPerOrigin?: number;
  /**
   * Connections kept alive, over all origins. Default: 1,024. With this many open, requests are sent with
   * `Connection: close`, so that idle connections cannot exhaust the process's file descriptors.
   */
  readonly maxKeptConnections?: number;
  /** Milliseconds after which a connection is not reused, to follow DNS changes. Default: 50,000. */
  readonly connectionLifetimeMs?: number;
  /** Certificate authorities (PEM) to trust in place of Node's own, for receivers and for a proxy behind TLS. */
  readonly ca?: string | readonly string[];
  /** Certificate authorities to trust besides, by host. Default: none. */
  readonly authorities?: Authorities;
  /** The local address of outgoing connections. Only addresses of its family are connected to. Default: any. */
  readonly sourceAddress?: string;
}

export { maxResponseHeaderBytes };

const defaults = {
  connectTimeoutMs: 10_000,
  maxConnectionsPerOrigin: 1024,
  maxKeptConnections: 1024,
  // With the request under way, a connection to an address that its name no longer has ends within a minute.
  connectionLifetimeMs: 50_000,
} as const;

/**
 * An HTTP client that connects to allowed targets only. It does not follow redirects.
 *
 * @throws an error that names an invalid entry of `policy.allow`, or explains what is wrong with the proxy's URL
 */
export function createTargetAgent(policy: TargetPolicy, options: TargetAgentOptions = {}): TargetAgent {
  return new TargetAgent(policy, options);
}

export class TargetAgent extends Agent {
  readonly #connection: Client.Options;
  readonly #openConnections: { count: number };
  readonly #openings: Openings;
  readonly #maxKept: number;
  readonly #kept: KeptConnections;
  readonly #hasProxy: boolean;

  constructor(policy: TargetPolicy, options: TargetAgentOptions) {
    const open = { count: 0 };
    const { nameServers } = options;
    const resolver = options.resolver ?? targetResolver(policy, nameServers ? { dns: { servers: nameServers } } : {});
    const kept = new KeptConnections((hostname) => findTarget(hostname, { fresh: true }, policy, resolver));
    const openings = new Openings();
    const connect = createTargetConnector(policy, { ...options, resolver }, openings);
    const connection = {
      connect: kept.noting(counted(watched(connect), open)),
      // A response must never be attributed to another request.
      pipelining: 1,
      // HTTP/2 would put the requests of many webhooks on one connection, where one reset fails all of them.
      allowH2: false,
      maxHeaderSize: maxResponseHeaderBytes,
      // Node, Apache and others close idle connections after 5 s. Closing first avoids a race with their closing.
      keepAliveTimeout: 4000,
      // The limit for a receiver's `Keep-Alive: timeout=…`, and the margin by which to close earlier.
      keepAliveMaxTimeout: 30_000,
      keepAliveTimeoutThreshold: 1000,
      // Each request has its own deadline (post.ts).
      headersTimeout: 0,
      bodyTimeout: 0,
    } as const;
    super({ ...connection, factory: groupedPools(options) });
    this.#connection = connection;
    this.#openConnections = open;
    this.#kept = kept;
    kept.follow(this);
    this.#hasProxy = options.proxy !== undefined;
    this.#openings = openings;
    this.#maxKept = options.maxKeptConnections ?? defaults.maxKeptConnections;
  }

  /** What a new connection to an origin waits for; `undefined`: none is being opened. */
  stageOf(origin: string): Stage | undefined {
    return this.#openings.stageOf(origin);
  }

  /** A request with `reset` is sent on a new connection, which is closed afterwards. */
  override dispatch(options: Agent.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (options.reset) return this.#dispatchAlone(options, handler);
    const crowded = this.#openConnections.count >= this.#maxKept;
    return super.dispatch(crowded ? { ...options, reset: true } : options, handler);
  }

  /** A request to this origin failed: its connections to an address that its name no longer has are not used again. */
  suspect(origin: string): void {
    // A proxy's address says nothing of where the tunnel leads.
    if (!this.#hasProxy) void this.#kept.check(origin);
  }

  #dispatchAlone(options: Agent.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const client = new Client(options.origin ?? '', this.#connection);
    try {
      return client.dispatch(options, handler);
    } finally {
      // Finishes this request, then closes.
      void client.close();
    }
  }
}

/** Small enough to search at every request, and large enough that an origin needs few groups. */
const connectionsPerGroup = 32;

/**
 * An origin's pool is a pool of small pools: undici searches a pool's connections one by one for an idle one, at every
 * request. With a thousand requests on the wire, that took a third of the thread's time.
 */
function groupedPools(options: TargetAgentOptions): (origin: string | URL, poolOptions: object) => Dispatcher {
  const connections = options.maxConnectionsPerOrigin ?? defaults.maxConnectionsPerOrigin;
  const clientTtl = options.connectionLifetimeMs ?? defaults.connectionLifetimeMs;
  const group = (origin: URL, poolOptions: object) =>
    new Pool(origin, { ...poolOptions, connections: Math.min(connections, connectionsPerGroup), clientTtl });
  return (origin, poolOptions) =>
    new Pool(origin, { ...poolOptions, connections: Math.ceil(connections / connectionsPerGroup), factory: group });
}

type ConnectorOptions = TargetAgentOptions & { readonly resolver: Resolver };

/**
 * Opens a connection to a target, or refuses to. The lookup checks names, but `net.connect` skips it for IP literals,
 * so the whole origin is checked first. All connections are opened here.
 */
function createTargetConnector(
  policy: TargetPolicy,
  options: ConnectorOptions,
  openings: Openings,
): buildConnector.connector {
  allowListOf(policy);
  const parts = {
    policy,
    options,
    issuers: new UntrustedIssuers(),
    trust: new Trust(options.authorities, options.ca === undefined ? undefined : [options.ca].flat()),
  };
  const direct = directConnector(parts);
  const proxied = options.proxy && proxyConnector(parts, options.proxy);
  const isException = parseProxyExceptions(options.proxy?.except ?? []);
  return (target, callback) => {
    const problem = originProblem(target, policy);
    // Deferred, as undici expects the callback after this call has returned.
    if (problem !== undefined) process.nextTick(callback, new TargetRefusedError(problem), null);
    else if (proxied && !isException(target)) proxied(target, ...openings.follow(target, 'tunnel', callback));
    else direct(target, ...openings.follow(target, 'name', callback));
  };
}

interface ConnectorParts {
  readonly policy: TargetPolicy;
  readonly options: ConnectorOptions;
  readonly trust: Trust;
  readonly issuers: UntrustedIssuers;
}

function directConnector({ policy, options, trust, issuers }: ConnectorParts): FollowedConnector {
  const timeout = options.connectTimeoutMs ?? defaults.connectTimeoutMs;
  const { sourceAddress } = options;
  const connection: Omit<TcpNetConnectOpts, 'port'> = {
    lookup: createTargetLookup(policy, options.resolver),
    // RFC 8305: try the next address when one does not answer. Node then gives up the earlier one, so it gets longer
    // than Node's 250 ms: the first SYN is retransmitted after 1 s (RFC 6298).
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: 1500,
    ...(sourceAddress === undefined ? {} : { family: isIP(sourceAddress) }),
  };
  const open = trusting(trust, (context) => {
    const connect = buildConnector({
      ...(connection as buildConnector.BuildOptions),
      ...context,
      allowH2: false,
      timeout,
    });
    return explained(connect, timeout, issuers);
  });
  if (sourceAddress === undefined) return open;
  return (target, ...rest) => open({ ...target, localAddress: sourceAddress }, ...rest);
}

function proxyConnector(parts: ConnectorParts, { url, resolve }: EgressProxy): FollowedConnector {
  const { policy, options, trust, issuers } = parts;
  const proxy = parseProxyUrl(url);
  return createProxyConnector({
    proxy,
    resolve,
    policy,
    resolver: options.resolver,
    trust,
    issuers,
    connectTimeoutMs: options.connectTimeoutMs ?? defaults.connectTimeoutMs,
    ...(options.sourceAddress === undefined ? {} : { sourceAddress: options.sourceAddress }),
    onTrouble: (detail) => options.onProxyTrouble?.(proxy.label, detail),
  });
}
