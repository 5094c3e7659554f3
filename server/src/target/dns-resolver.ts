import { promises as dns, type RecordWithTtl } from 'node:dns';
import type { Resolver } from './lookup.ts';

export interface DnsOptions {
  /** Name servers as `address:port`. Default: those of the operating system. */
  readonly servers?: readonly string[];
  /** Milliseconds per name. Default: 5,000. */
  readonly limitMs?: number;
}

const defaultLimitMs = 5000;

/**
 * After a second or two without an answer, c-ares queries the next server or repeats the query; its timers run once a
 * second. A later answer is lost, but the server has it cached for the next query.
 */
const query = { timeout: 1000, maxTimeout: 2000, tries: 4 } as const;

/** The operating system's name servers are read again at this interval, as they can change. */
const settingsTtlMs = 60_000;

/**
 * Milliseconds to wait for the other family once one has addresses ("Resolution Delay", RFC 8305 section 3: 50 ms for
 * IPv6). IPv4 gets more, as many servers have no IPv6 route.
 */
const resolutionDelayMs = { 4: 500, 6: 50 } as const;

type Family = keyof typeof resolutionDelayMs;
type NodeResolver = InstanceType<typeof dns.Resolver>;

interface Channel {
  readonly resolver: NodeResolver;
  readonly openedAt: number;
  /** Lookups under way. */
  lookups: number;
}

/**
 * Queries the name servers directly, any number of names at a time. The operating system's resolver occupies one of the
 * process's four threads per name: four receivers with silent name servers would block all other lookups.
 *
 * It does not use the hosts file or search domains.
 */
export function dnsResolver({ servers, limitMs = defaultLimitMs }: DnsOptions = {}): Resolver {
  let channel = openChannel(servers);
  return async (hostname, { family }) => {
    if (performance.now() - channel.openedAt > settingsTtlMs) channel = openChannel(servers);
    const mine = channel;
    mine.lookups++;
    try {
      return await resolve(mine.resolver, hostname, wantedFamilies(family), limitMs);
    } catch (error) {
      throw ourCodes.has(codeOf(error)) ? Object.assign(error as Error, { ours: true }) : error;
    } finally {
      mine.lookups--;
      // Nobody waits for queries that are still unanswered.
      if (mine.lookups === 0) mine.resolver.cancel();
    }
  };
}

function openChannel(servers: readonly string[] | undefined): Channel {
  const resolver = new dns.Resolver(query);
  if (servers) resolver.setServers(servers);
  return { resolver, openedAt: performance.now(), lookups: 0 };
}

function wantedFamilies(family: number | string | undefined): readonly Family[] {
  if (family === 4 || family === 'IPv4') return [4];
  if (family === 6 || family === 'IPv6') return [6];
  // IPv4 first: a family without a route fails at once, but a route that leads nowhere, usually IPv6, costs seconds.
  return [4, 6];
}

const withTtl = { ttl: true } as const;

/** Rejects with the name servers' error or ETIMEOUT, when no family has an address. */
function ask(
  resolver: NodeResolver,
  hostname: string,
  families: readonly Family[],
  limitMs: number,
): Promise<RecordWithTtl[]> {
  return new Promise((resolve, reject) => {
    const end = performance.now() + limitMs;
    const found = new Map<Family, RecordWithTtl[]>();
    const failures: NodeJS.ErrnoException[] = [];
    const missing = new Set(families);
    let timer = setTimeout(finish, limitMs);

    for (const family of families) {
      const query = () => (family === 4 ? resolver.resolve4(hostname, withTtl) : resolver.resolve6(hostname, withTtl));
      query()
        .catch((error: NodeJS.ErrnoException) => (error.code === destroyed ? query() : Promise.reject(error)))
        .then(
          (addresses) => found.set(family, addresses),
          (error: NodeJS.ErrnoException) => failures.push(error),
        )
        .then(() => answered(family));
    }

    function answered(family: Family): void {
      missing.delete(family);
      const [other] = missing;
      if (other === undefined) finish();
      else if (found.size > 0) {
        clearTimeout(timer);
        timer = setTimeout(finish, Math.min(resolutionDelayMs[other], end - performance.now()));
      }
    }

    function finish(): void {
      clearTimeout(timer);
      const addresses = families.flatMap((family) => found.get(family) ?? []);
      if (addresses.length > 0) resolve(addresses);
      else reject(missing.size > 0 ? timedOut() : worst(failures));
      missing.clear();
    }
  });
}

/** Node makes a channel anew after a name server has refused it; what other queries were under way ends with this. */
const destroyed = 'EDESTRUCTION';

/** What only this side's name servers can be the reason of. */
const ourCodes: ReadonlySet<string | undefined> = new Set([
  'ECONNREFUSED',
  'EREFUSED',
  'ENOTIMP',
  'ECANCELLED',
  destroyed,
]);
/** What the servers of the name can be the reason of as well. */
const openCodes: ReadonlySet<string | undefined> = new Set(['ESERVFAIL', 'ETIMEOUT']);
/** What a name server that works answers to anything. */
const answered: ReadonlySet<string | undefined> = new Set(['ENOTFOUND', 'ENODATA']);

/** For the root, and for the name again. */
const longestProbeMs = 2000;

/** Tells whether this side's name servers are at fault, or those of the name: only the former do not know the root. */
async function resolve(...[resolver, hostname, families, limitMs]: Parameters<typeof ask>): ReturnType<typeof ask> {
  try {
    return await ask(resolver, hostname, families, limitMs);
  } catch (error) {
    if (!openCodes.has(codeOf(error))) throw error;
    const probeMs = Math.min(limitMs, longestProbeMs);
    if (!(await knowsRoot(resolver, probeMs))) throw Object.assign(error as Error, { ours: true });
    // They may have come back since.
    return await ask(resolver, hostname, families, probeMs);
  }
}

async function knowsRoot(resolver: NodeResolver, probeMs: number): Promise<boolean> {
  const late = new Promise<string>((resolve) => setTimeout(resolve, probeMs, 'ETIMEOUT').unref());
  const root = resolver.resolveNs('.').then(() => 'ENODATA', codeOf);
  return answered.has(await Promise.race([root, late]));
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function timedOut(): NodeJS.ErrnoException {
  return Object.assign(new Error('The name servers did not answer in time.'), { code: 'ETIMEOUT' });
}

/** ENODATA only means that the name has no address of one family. */
function worst(failures: readonly NodeJS.ErrnoException[]): Error {
  return failures.find(({ code }) => code !== 'ENODATA') ?? failures[0] ?? timedOut();
}
