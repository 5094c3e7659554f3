import { type DnsOptions, dnsResolver } from './dns-resolver.ts';
import type { Resolver } from './lookup.ts';
import type { TargetPolicy } from './policy.ts';
import { type SystemResolverOptions, systemResolver } from './system-resolver.ts';

export interface TargetResolverOptions {
  readonly dns?: DnsOptions;
  readonly system?: SystemResolverOptions;
}

/**
 * Resolves the names of targets with the name servers.
 *
 * Where the operator allows addresses in its own network, a name unknown to the name servers is looked up by the
 * operating system, which knows the hosts file, search domains and containers. It is not used when the name servers are
 * silent: it would wait for the same servers and hold one of few threads.
 */
export function targetResolver(policy: TargetPolicy, options: TargetResolverOptions = {}): Resolver {
  const fromDns = dnsResolver(options.dns);
  if (policy.allow.length === 0 && !policy.allowLoopback) return shared(fromDns);
  const fromSystem = systemResolver(options.system);
  return shared(async (hostname, lookup) => {
    try {
      return await fromDns(hostname, lookup);
    } catch (error) {
      const { code, ours } = error as NodeJS.ErrnoException & { readonly ours?: boolean };
      if (code === 'ETIMEOUT') throw error;
      return await fromSystem(hostname, lookup).catch((unknown: unknown) => {
        throw ours ? error : unknown;
      });
    }
  });
}

/** Concurrent lookups of one name share a query. */
function shared(resolver: Resolver): Resolver {
  const pending = new Map<string, ReturnType<Resolver>>();
  return (hostname, options) => {
    const key = `${options.family ?? 0} ${hostname}`;
    const known = pending.get(key);
    if (known) return known;
    const lookup = resolver(hostname, options).finally(() => pending.delete(key));
    pending.set(key, lookup);
    return lookup;
  };
}
