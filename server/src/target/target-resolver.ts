import { type DnsOptions, dnsResolver } from './dns-resolver.ts';
import type { Resolver } from './lookup.ts';
import type { TargetPolicy } from './policy.ts';
import { type SystemResolverOptions, systemResolver } from './system-resolver.ts';

export interface TargetResolverOptions {
  readonly dns?: DnsOptions;
  readonly system?: SystemResolverOptions;
}

/**
 * How the names of targets are resolved: by the name servers.
 *
 * Where the operator admits addresses inside its own network, a name that the name servers do not know may be one that
 * only the operating system knows (the hosts file, a search domain, a container's name), and it is asked next. Not so
 * for a name whose name servers are silent: it would wait for the same servers, and hold one of few threads meanwhile.
 */
export function targetResolver(policy: TargetPolicy, options: TargetResolverOptions = {}): Resolver {
  const fromDns = dnsResolver(options.dns);
  if (policy.allow.length === 0 && !policy.allowLoopback) return shared(fromDns);
  const fromSystem = systemResolver(options.system);
  return shared(async (hostname, lookup) => {
    try {
      return await fromDns(hostname, lookup);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ETIMEOUT') throw error;
      return await fromSystem(hostname, lookup);
    }
  });
}

/** One look-up for all that ask for the same name at the same time. */
function shared(resolver: Resolver): Resolver {
  const underWay = new Map<string, ReturnType<Resolver>>();
  return (hostname, options) => {
    const key = `${options.family ?? 0} ${hostname}`;
    const known = underWay.get(key);
    if (known) return known;
    const lookup = resolver(hostname, options).finally(() => underWay.delete(key));
    underWay.set(key, lookup);
    return lookup;
  };
}
