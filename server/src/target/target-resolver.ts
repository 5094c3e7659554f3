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
  if (policy.allow.length === 0 && !policy.allowLoopback) return remembering(fromDns);
  const fromSystem = systemResolver(options.system);
  return remembering(async (hostname, lookup) => {
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

/**
 * The longest that an answer is used again, in milliseconds: a burst asks once, and a receiver that moves is followed
 * about as soon as its TTL says.
 */
const longestMs = 10_000;
/** Names remembered at a time. */
const mostNames = 10_000;

interface Answer {
  readonly addresses: ReturnType<Resolver>;
  /** By `performance.now()`; while it is asked for: forever. */
  until: number;
}

/** Lookups of one name share a query, and its answer for as long as its TTL. */
function remembering(resolver: Resolver): Resolver {
  const answers = new Map<string, Answer>();
  return (hostname, options) => {
    const key = `${options.family ?? 0} ${hostname}`;
    const known = answers.get(key);
    const isPending = known?.until === Number.POSITIVE_INFINITY;
    if (known && (isPending || (!options.fresh && known.until > performance.now()))) return known.addresses;
    const answer: Answer = { addresses: resolver(hostname, options), until: Number.POSITIVE_INFINITY };
    answers.delete(key);
    answers.set(key, answer);
    answer.addresses.then(
      (addresses) => {
        answer.until = performance.now() + Math.min(...addresses.map(({ ttl = 0 }) => ttl * 1000), longestMs);
        const [oldest = ''] = answers.keys();
        if (answers.size > mostNames) answers.delete(oldest);
      },
      () => answers.delete(key),
    );
    return answer.addresses;
  };
}
