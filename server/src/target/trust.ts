import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { bareHost } from './host-names.ts';
import type { FollowedConnector } from './opening.ts';

/** Certificates (PEM) to trust besides the default ones, by host: a name, an address, `*.domain`, or `*` for all. */
export type Authorities = Readonly<Record<string, readonly string[]>>;

/** Decides whose certificates are accepted. */
export class Trust {
  readonly #defaults: readonly string[] | undefined;
  readonly #authorities: Authorities;
  readonly #contexts = new Map<string, SecureContext>();

  /** @param defaults what to trust in place of Node's own authorities */
  constructor(authorities: Authorities = {}, defaults?: readonly string[]) {
    this.#authorities = authorities;
    this.#defaults = defaults;
  }

  /** The same for all hosts that share their authorities; `undefined`: Node's own. */
  contextFor(hostname: string): SecureContext | undefined {
    const host = bareHost(hostname);
    const patterns = Object.keys(this.#authorities).filter((pattern) => matches(pattern, host));
    if (patterns.length === 0 && !this.#defaults) return undefined;
    const key = patterns.join();
    const context = this.#contexts.get(key) ?? this.#newContext(patterns);
    this.#contexts.set(key, context);
    return context;
  }

  /** Takes tens of milliseconds. */
  #newContext(patterns: readonly string[]): SecureContext {
    const added = patterns.flatMap((pattern) => this.#authorities[pattern] ?? []);
    const ca = [...(this.#defaults ?? getCACertificates('default')), ...added];
    // So that an intermediate certificate, or the receiver's own, can be trusted too.
    return createSecureContext({ ca, allowPartialTrustChain: added.length > 0 });
  }
}

/** Makes one connector for all hosts that share their authorities. Connectors keep TLS sessions, which are theirs alone. */
export function trusting(
  trust: Trust,
  connectorWith: (context: { readonly secureContext?: SecureContext }) => FollowedConnector,
): FollowedConnector {
  const connectors = new Map<SecureContext | undefined, FollowedConnector>();
  return (target, opening, callback) => {
    const secureContext = target.protocol === 'https:' ? trust.contextFor(target.hostname) : undefined;
    const connector = connectors.get(secureContext) ?? connectorWith(secureContext ? { secureContext } : {});
    connectors.set(secureContext, connector);
    connector(target, opening, callback);
  };
}

function matches(pattern: string, host: string): boolean {
  return pattern === '*' || pattern === host || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)));
}
