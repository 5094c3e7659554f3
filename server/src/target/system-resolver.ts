import { promises as dns } from 'node:dns';
import type { Resolver } from './lookup.ts';

export interface SystemResolverOptions {
  /** Default: the operating system's. */
  readonly lookup?: Resolver;
  /** Milliseconds per name. Default: 5,000. */
  readonly limitMs?: number;
}

/** Of the process's four threads for lookups, files and cryptography. */
const maxRunning = 2;
const maxWaiting = 64;
const defaultLimitMs = 5000;

const osLookup: Resolver = (hostname, { family, hints }) =>
  dns.lookup(hostname, { all: true, family: family ?? 0, hints: hints ?? 0 });

/**
 * The operating system's resolver: DNS with search domains, the hosts file, a container runtime's names. Its lookups
 * cannot be cancelled, so few run at a time; others wait, and fail when too many wait.
 */
export function systemResolver({ lookup = osLookup, limitMs = defaultLimitMs }: SystemResolverOptions = {}): Resolver {
  const waiting = new Set<() => void>();
  let running = 0;

  function start(...[hostname, options]: Parameters<Resolver>): ReturnType<Resolver> {
    running++;
    return lookup(hostname, options).finally(() => {
      running--;
      const [next] = waiting;
      if (!next) return;
      waiting.delete(next);
      next();
    });
  }

  return (hostname, options) =>
    new Promise((resolve, reject) => {
      if (running >= maxRunning && waiting.size >= maxWaiting) return reject(failure('EBUSY'));
      const go = () =>
        start(hostname, options)
          .then(resolve, reject)
          .finally(() => clearTimeout(timer));
      const timer = setTimeout(() => {
        waiting.delete(go);
        reject(failure('ETIMEOUT'));
      }, limitMs);
      if (running < maxRunning) go();
      else waiting.add(go);
    });
}

function failure(code: 'EBUSY' | 'ETIMEOUT'): NodeJS.ErrnoException {
  return Object.assign(new Error('The operating system did not resolve the name in time.'), { code });
}
