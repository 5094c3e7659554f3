import { isIP, isIPv6, type Socket } from 'node:net';
import { buildConnector } from 'undici';
import { TunnelError } from './errors.ts';
import { bareHost, isLocalhost } from './host-names.ts';
import { findTarget, type Resolver } from './lookup.ts';
import { explained, type FollowedConnector } from './opening.ts';
import type { TargetPolicy } from './policy.ts';
import type { ProxyAddress } from './proxy-address.ts';
import { type Trust, trusting } from './trust.ts';
import { openTunnel } from './tunnel.ts';
import type { UntrustedIssuers } from './untrusted-issuers.ts';

export interface ProxyRoute {
  readonly proxy: ProxyAddress;
  readonly resolve: 'here' | 'proxy';
  readonly policy: TargetPolicy;
  readonly resolver: Resolver;
  readonly issuers: UntrustedIssuers;
  /** Milliseconds to resolve the name and open the tunnel; as many again for the TLS handshake with the receiver. */
  readonly connectTimeoutMs: number;
  readonly trust: Trust;
  readonly sourceAddress?: string;
  /** Called with the proxy's fault, for the operator. */
  readonly onTrouble?: (detail: string) => void;
}

type Target = buildConnector.Options;

/** The most addresses of a receiver to try through the proxy, one after another. */
const maxAddresses = 3;

/**
 * Opens connections to allowed origins through a proxy, always by a tunnel: a proxy that forwards requests would see
 * the customer's credentials and could answer in the receiver's place.
 */
export function createProxyConnector(route: ProxyRoute): FollowedConnector {
  const { connectTimeoutMs: timeout, trust, issuers } = route;
  const encrypt = trusting(trust, (context) =>
    explained(buildConnector({ ...context, allowH2: false, timeout }), timeout, issuers),
  );
  return (target, opening, callback) => {
    reach(target, route).then(
      (tunnel) => {
        if (target.protocol !== 'https:') return callback(null, tunnel);
        opening.stage = 'handshake';
        encrypt({ ...target, httpSocket: tunnel }, opening, (...result) => {
          if (result[0]) tunnel.destroy();
          callback(...result);
        });
      },
      (error: Error) => {
        if (error instanceof TunnelError && error.kind === 'hindered') route.onTrouble?.(error.detail);
        callback(error, null);
      },
    );
  };
}

async function reach(target: Target, route: ProxyRoute): Promise<Socket> {
  const { proxy, connectTimeoutMs, sourceAddress } = route;
  const secureContext = proxy.encrypted ? route.trust.contextFor(proxy.hostname) : undefined;
  const end = performance.now() + connectTimeoutMs;
  const port = target.port || (target.protocol === 'https:' ? '443' : '80');
  const names = await destinations(target, route);
  for (let next = 0; ; next++) {
    // The remaining time is shared by the remaining addresses.
    const answerMs = Math.max(1, (end - performance.now()) / (names.length - next));
    const authority = `${bracketed(names[next] ?? '')}:${port}`;
    const limits = { connectMs: connectTimeoutMs / 2, answerMs };
    const host = target.host ?? target.hostname;
    try {
      return ready(await openTunnel(proxy, { host, authority, secureContext, sourceAddress, ...limits }));
    } catch (error) {
      if (next + 1 >= names.length || !isWorthAnotherAddress(error)) throw error;
    }
  }
}

/** What the proxy connects to: checked addresses, or the name. Localhost names are never resolved by the proxy. */
async function destinations({ hostname }: Target, { resolve, policy, resolver }: ProxyRoute): Promise<string[]> {
  const host = bareHost(hostname);
  if (isIP(host) !== 0 || (resolve === 'proxy' && !isLocalhost(host))) return [host];
  const found = await findTarget(host, { all: true }, policy, resolver);
  // A proxy learns only by trying that it has no route for an address family.
  const v4First = found.toSorted((a, b) => a.family - b.family);
  return v4First.slice(0, maxAddresses).map(({ address }) => address);
}

function isWorthAnotherAddress(error: unknown): boolean {
  return error instanceof TunnelError && (error.kind === 'network' || error.kind === 'timeout');
}

/** The same socket options as on undici's own connections. */
function ready(tunnel: Socket): Socket {
  return tunnel.setKeepAlive(true, 60_000).setNoDelay(true);
}

function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
