import { isIP } from 'node:net';
import { addressProblem } from './addresses.ts';
import { allowListOf, type TargetPolicy } from './policy.ts';

/**
 * Suffixes that no public DNS zone has: whatever answers to such a name is inside somebody's network.
 * RFC 6762 (.local and, in appendix G, the names in common private use), RFC 8375 (.home.arpa), ICANN resolution
 * 2024.07.29.06 (.internal), ICANN resolution 2018.02.04.12 (.corp, .home, .mail never to be delegated).
 *
 * Names that merely do not exist (.invalid, .test, .example) are not here: sending to one fails as a DNS error.
 */
const privateSuffixes = ['local', 'internal', 'home.arpa', 'lan', 'home', 'corp', 'mail', 'intranet', 'private'];

/** The addresses that localhost names stand for (RFC 6761 section 6.3), in the order they are tried. */
export const loopbackAddresses = ['127.0.0.1', '::1'] as const;

/** A URL's host as a bare name or address: no brackets, no root dot, lower case. */
export function bareHost(hostname: string): string {
  if (hostname.startsWith('[')) return hostname.slice(1, -1);
  return (hostname.endsWith('.') ? hostname.slice(0, -1) : hostname).toLowerCase();
}

/** RFC 6761 section 6.3: `localhost` and every name below it. */
export function isLocalhost(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

/** The loopback addresses a policy admits, which are those that localhost names resolve to. */
export function admittedLoopback(policy: TargetPolicy): string[] {
  const allow = allowListOf(policy);
  return loopbackAddresses.filter((address) => addressProblem(address, allow) === undefined);
}

/**
 * Why a host may not be delivered to, as far as its text tells: addresses are judged, names are not looked up.
 *
 * A name that can only be private is refused, unless the operator allows addresses inside its network: then the name
 * may stand for one of them, and the address it has when a delivery is sent decides.
 */
export function hostProblem(hostname: string, policy: TargetPolicy): string | undefined {
  const host = bareHost(hostname);
  if (isIP(host) !== 0) return addressProblem(host, allowListOf(policy));
  if (isLocalhost(host)) return admittedLoopback(policy).length > 0 ? undefined : `${host} is this machine (RFC 6761)`;
  if (host === '' || host.split('.').includes('')) return 'the host has an empty part between two dots';
  if (policy.allow.length > 0) return undefined;
  if (!host.includes('.')) return `${host} has no domain, so only a private network can know it`;
  const suffix = privateSuffixes.find((candidate) => host.endsWith(`.${candidate}`));
  return suffix && `${host} ends in .${suffix}, which exists only inside private networks`;
}
