import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { addressProblem } from './addresses.ts';
import { HinderedLookupError, TargetLookupError, TargetRefusedError } from './errors.ts';
import { allowedLoopback, bareHost, isLocalhost } from './host-names.ts';
import { notTheReceiver } from './own-faults.ts';
import { allowListOf, type TargetPolicy } from './policy.ts';

/** Resolves a host name to all its addresses. Rejects when there is none. */
export type Resolver = (hostname: string, options: ResolveOptions) => Promise<readonly Resolved[]>;

export interface ResolveOptions extends LookupOptions {
  /** Whether the name servers are asked again although the answer before still holds. Default: no. */
  readonly fresh?: boolean;
}

export interface Resolved {
  readonly address: string;
  /** Seconds for which it holds. Default: not known. */
  readonly ttl?: number;
}

/** The addresses used of each family. All are checked, but there is no time to try more one after another. */
const maxPerFamily = 8;

/** An answer can contain thousands of addresses, and checking them would block all other lanes. */
const maxChecked = 256;

/**
 * The `lookup` option of `net.connect` and `tls.connect`, with a check of the addresses.
 *
 * The name is resolved once, all its addresses are checked, and the connection uses only these: a name that resolves
 * differently a moment later (DNS rebinding) has no effect. One refused address refuses the name, as a public name has
 * none. Localhost names are not resolved (RFC 6761 section 6.3); they map to the loopback addresses that the policy
 * allows.
 *
 * Fails with {@link TargetRefusedError} or {@link TargetLookupError}.
 */
export function createTargetLookup(policy: TargetPolicy, resolver: Resolver): LookupFunction {
  return (hostname, options, callback) => {
    findTarget(hostname, options, policy, resolver).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, []),
    );
  };
}

type Addresses = [LookupAddress, ...LookupAddress[]];

/**
 * Resolves a target's name to addresses that the policy allows.
 *
 * @throws {TargetRefusedError} or {@link TargetLookupError}
 */
export async function findTarget(
  hostname: string,
  options: ResolveOptions,
  policy: TargetPolicy,
  resolver: Resolver,
): Promise<Addresses> {
  const host = bareHost(hostname);
  const found = isLocalhost(host) ? loopback(host, policy) : await resolve(host, options, resolver);
  if (found.length > maxChecked) throw new TargetRefusedError(tooMany(host, found.length));
  const allow = allowListOf(policy);
  for (const address of found) {
    const problem = addressProblem(address, allow);
    if (problem) throw refusal(host, address, problem);
  }
  const [first, ...others] = firstOfEach(found.map(withFamily).filter(ofFamily(options.family)));
  if (!first) throw new TargetLookupError(`The host ${host} has no address. Check the host name in the webhook's URL.`);
  return [first, ...others];
}

async function resolve(host: string, options: ResolveOptions, resolver: Resolver): Promise<string[]> {
  try {
    return (await resolver(host, options)).map(({ address }) => address);
  } catch (cause) {
    const { code, ours } = (cause ?? {}) as NodeJS.ErrnoException & { readonly ours?: boolean };
    if (ours) throw new HinderedLookupError(ourNameServers(code), { cause });
    throw new TargetLookupError(`${notFound(host, code)} Check the host name in the webhook's URL.`, { cause });
  }
}

function notFound(host: string, code: string | undefined): string {
  if (code === 'ETIMEOUT') return `The name servers of the host ${host} did not answer in time (${code}).`;
  return `The host ${host} could not be resolved${code ? ` (${code})` : ''}.`;
}

function ourNameServers(code = 'error'): string {
  return `Nothing was sent: this server's name servers do not answer (${code}). ${notTheReceiver}`;
}

function firstOfEach(addresses: readonly LookupAddress[]): LookupAddress[] {
  const seen = new Map<number, number>();
  return addresses.filter(({ family }) => {
    const before = seen.get(family) ?? 0;
    seen.set(family, before + 1);
    return before < maxPerFamily;
  });
}

function loopback(host: string, policy: TargetPolicy): string[] {
  const allowed = allowedLoopback(policy);
  if (allowed.length === 0) throw refusal(host, '127.0.0.1', '127.0.0.1 is a loopback address');
  return allowed;
}

/** The customer is not told the address: it would map the operator's network, name by name. */
function refusal(host: string, address: string, problem: string): TargetRefusedError {
  const message = `The host ${host} resolves to an address in a private or reserved network, where deliveries are not allowed. Use a host that is reachable on the public internet.`;
  return new TargetRefusedError(message, `${host} resolves to ${address}: ${problem}`);
}

function tooMany(host: string, count: number): string {
  return `The host ${host} has ${count} addresses; at most ${maxChecked} are allowed. Use a host with fewer.`;
}

function withFamily(address: string): LookupAddress {
  return { address, family: isIP(address) };
}

function ofFamily(family: LookupOptions['family']): (address: LookupAddress) => boolean {
  const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : (family ?? 0);
  return (address) => wanted === 0 || address.family === wanted;
}
