import { promises as dns } from 'node:dns';
import type { Resolver } from './lookup.ts';

export interface DnsOptions {
  /** Name servers as `address:port`. Default: those of the operating system. */
  readonly servers?: readonly string[];
  /** Milliseconds for one name. Default: 5,000. */
  readonly limitMs?: number;
}

const defaultLimitMs = 5000;

/**
 * A silent server is followed by the next or asked again, after a second or two: Node looks at its timers once a second.
 * An answer that comes after that is lost, but the server has it by then for the next query.
 */
const query = { timeout: 1000, maxTimeout: 2000, tries: 4 } as const;

/** Milliseconds after which the operating system's settings are read anew, as a network may change under the server. */
const settingsLifetimeMs = 60_000;

/**
 * Milliseconds that the other family may still take once one has addresses. RFC 8305 section 3 gives IPv6 50 ms. IPv4
 * gets more, as many a server has no other route.
 */
const patienceMs = { 4: 500, 6: 50 } as const;

type Family = keyof typeof patienceMs;
type NodeResolver = InstanceType<typeof dns.Resolver>;

interface Channel {
  readonly resolver: NodeResolver;
  readonly openedAt: number;
  /** Under way. */
  lookups: number;
}

/**
 * Asks the name servers, without the operating system's resolver. That one takes one of the process's four threads for
 * each name until it is answered: four receivers whose name servers are silent would stop the look-ups of all others.
 * Here any number of names wait at once.
 *
 * It knows nothing of the hosts file and of search domains. Nothing is kept: a connection serves many requests, and the
 * name servers have a cache that knows how long an answer holds.
 */
export function dnsResolver({ servers, limitMs = defaultLimitMs }: DnsOptions = {}): Resolver {
  let channel = openChannel(servers);
  return async (hostname, { family }) => {
    if (performance.now() - channel.openedAt > settingsLifetimeMs) channel = openChannel(servers);
    const mine = channel;
    mine.lookups++;
    try {
      const addresses = await ask(mine.resolver, hostname, wantedFamilies(family), limitMs);
      return addresses.map((address) => ({ address }));
    } finally {
      mine.lookups--;
      // Nobody waits for what is still unanswered.
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
  // IPv4 first: a family without a route fails at once, but one whose route leads nowhere costs seconds, and where one
  // of the two does, it is IPv6.
  return [4, 6];
}

/** Rejects with the error of the name servers, or ETIMEOUT, when no family has an address. */
function ask(
  resolver: NodeResolver,
  hostname: string,
  families: readonly Family[],
  limitMs: number,
): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const end = performance.now() + limitMs;
    const found = new Map<Family, string[]>();
    const failures: NodeJS.ErrnoException[] = [];
    const missing = new Set(families);
    let timer = setTimeout(finish, limitMs);

    for (const family of families) {
      const answer = family === 4 ? resolver.resolve4(hostname) : resolver.resolve6(hostname);
      answer
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
        timer = setTimeout(finish, Math.min(patienceMs[other], end - performance.now()));
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

function timedOut(): NodeJS.ErrnoException {
  return Object.assign(new Error('The name servers did not answer in time.'), { code: 'ETIMEOUT' });
}

/** ENODATA says only that the name has no address of one family. */
function worst(failures: readonly NodeJS.ErrnoException[]): Error {
  return failures.find(({ code }) => code !== 'ENODATA') ?? failures[0] ?? timedOut();
}
