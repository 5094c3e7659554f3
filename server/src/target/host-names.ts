import { isIP } from 'node:net';
import { addressProblem } from './addresses.ts';
import { allowListOf, type TargetPolicy } from './policy.ts';

/**
 * Suffixes outside the public DNS: a host with such a name is in a private network.
 * RFC 6762 (.local and, in appendix G, the names in common private use), RFC 8375 (.home.arpa), ICANN resolution
 * 2024.07.29.06 (.internal), ICANN resolution 2018.02.04.12 (.corp, .home, .mail never to be delegated).
 *
 * Names that never exist (.invalid, .test, .example) are not listed: sending to one fails with a DNS error.
 */
const privateSuffixes = ['local', 'internal', 'home.arpa', 'lan', 'home', 'corp', 'mail', 'intranet', 'private'];

/** The addresses of localhost names (RFC 6761 section 6.3), in the order they are tried. */
export const loopbackAddresses = ['127.0.0.1', '::1'] as const;

/** A URL's host in lower case, without brackets and root dot. */
export function bareHost(hostname: string): string {
  if (hostname.startsWith('[')) return hostname.slice(1, -1);
  return (hostname.endsWith('.') ? hostname.slice(0, -1) : hostname).toLowerCase();
}

/** RFC 6761 section 6.3: `localhost` and every name below it. */
export function isLocalhost(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

/** The loopback addresses that a policy allows; localhost names resolve to these. */
export function allowedLoopback(policy: TargetPolicy): string[] {
  const allow = allowListOf(policy);
  return loopbackAddresses.filter((address) => addressProblem(address, allow) === undefined);
}

/**
 * Why deliveries to a host are refused, judged by its text: addresses are checked, names are not resolved.
 *
 * A name that can only be private is refused, unless the operator allows addresses in its network: then the name can
 * resolve to one of them, which is checked when a delivery is sent.
 */
export function hostProblem(hostname: string, policy: TargetPolicy): string | undefined {
  const host = bareHost(hostname);
  if (isIP(host) !== 0) return addressProblem(host, allowListOf(policy));
  if (isLocalhost(host)) return allowedLoopback(policy).length > 0 ? undefined : `${host} is this machine (RFC 6761)`;
  if (host === '' || host.split('.').includes('')) return 'the host has an empty label between two dots';
  if (policy.allow.length > 0) return undefined;
  if (!host.includes('.')) return `${host} has no domain, so it can only exist in a private network`;
  const suffix = privateSuffixes.find((candidate) => host.endsWith(`.${candidate}`));
  return suffix && `${host} ends in .${suffix}, which exists only in private networks`;
}
