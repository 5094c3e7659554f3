import { type Address, type AddressRange, parseRange, rangeContains } from './ip.ts';

/** A block of addresses that deliveries are not sent to, and a name for an address in it. */
export interface SpecialRange extends AddressRange {
  readonly cidr: string;
  /** Completes "192.0.2.1 is …". */
  readonly what: string;
}

/**
 * The IANA IPv4 Special-Purpose Address Registry (RFC 6890, RFC 8190) in full, and multicast (RFC 5771).
 *
 * Entries that the registry marks as globally reachable are refused too. They are relays, anycast helpers and sinks: no
 * customer's web server has such an address, and an anycast address can be answered inside the operator's network.
 */
const v4: readonly (readonly [cidr: string, what: string])[] = [
  ['0.0.0.0/8', 'an address of "this network" (RFC 791)'],
  ['0.0.0.0/32', 'the unspecified address, "this host" (RFC 1122)'],
  ['10.0.0.0/8', 'a private address (RFC 1918)'],
  ['100.64.0.0/10', 'a shared address of a carrier-grade NAT (RFC 6598)'],
  ['127.0.0.0/8', 'a loopback address (RFC 1122)'],
  // Includes the cloud metadata services: 169.254.169.254, 169.254.170.2.
  ['169.254.0.0/16', 'a link-local address (RFC 3927)'],
  ['172.16.0.0/12', 'a private address (RFC 1918)'],
  ['192.0.0.0/24', 'an IETF protocol assignment (RFC 6890)'],
  ['192.0.0.0/29', 'an IPv4 service continuity address (RFC 7335)'],
  ['192.0.0.8/32', 'the IPv4 dummy address (RFC 7600)'],
  ['192.0.0.9/32', 'the Port Control Protocol anycast address (RFC 7723)'],
  ['192.0.0.10/32', 'the TURN anycast address (RFC 8155)'],
  ['192.0.0.170/32', 'a NAT64/DNS64 discovery address (RFC 8880)'],
  ['192.0.0.171/32', 'a NAT64/DNS64 discovery address (RFC 8880)'],
  ['192.0.2.0/24', 'a documentation address, TEST-NET-1 (RFC 5737)'],
  ['192.31.196.0/24', 'an AS112 address (RFC 7535)'],
  ['192.52.193.0/24', 'an Automatic Multicast Tunneling address (RFC 7450)'],
  ['192.88.99.0/24', 'a deprecated 6to4 relay anycast address (RFC 7526)'],
  ['192.88.99.2/32', 'the 6a44 relay anycast address (RFC 6751)'],
  ['192.168.0.0/16', 'a private address (RFC 1918)'],
  ['192.175.48.0/24', 'an AS112 address (RFC 7534)'],
  ['198.18.0.0/15', 'a benchmarking address (RFC 2544)'],
  ['198.51.100.0/24', 'a documentation address, TEST-NET-2 (RFC 5737)'],
  ['203.0.113.0/24', 'a documentation address, TEST-NET-3 (RFC 5737)'],
  ['224.0.0.0/4', 'a multicast address (RFC 5771)'],
  ['240.0.0.0/4', 'a reserved address (RFC 1112)'],
  ['255.255.255.255/32', 'the limited broadcast address (RFC 919)'],
  // Not in the registry: a public address that inside Azure reaches the host of a virtual machine.
  ['168.63.129.16/32', 'the virtual address of the Azure platform (Microsoft Azure documentation)'],
];

/**
 * The IANA IPv6 Special-Purpose Address Registry, except for two entries: IPv4-mapped `::ffff:0:0/96` and NAT64
 * `64:ff9b::/96` are as public as the IPv4 address they embed. Also multicast, site-local and two older IPv4 forms.
 */
const v6: readonly (readonly [cidr: string, what: string])[] = [
  ['::/96', 'a deprecated IPv4-compatible address (RFC 4291)'],
  ['::/128', 'the unspecified address (RFC 4291)'],
  ['::1/128', 'the loopback address (RFC 4291)'],
  ['::ffff:0:0:0/96', 'an IPv4-translated address (RFC 2765)'],
  ['64:ff9b:1::/48', 'a local-use NAT64 address (RFC 8215)'],
  ['100::/64', 'a discard-only address (RFC 6666)'],
  ['100:0:0:1::/64', 'a dummy address (RFC 9780)'],
  ['2001::/23', 'an IETF protocol assignment (RFC 2928)'],
  ['2001::/32', 'a Teredo tunnel address (RFC 4380)'],
  ['2001:1::1/128', 'the Port Control Protocol anycast address (RFC 7723)'],
  ['2001:1::2/128', 'the TURN anycast address (RFC 8155)'],
  ['2001:1::3/128', 'the DNS-SD registration anycast address (RFC 9665)'],
  ['2001:2::/48', 'a benchmarking address (RFC 5180)'],
  ['2001:3::/32', 'an Automatic Multicast Tunneling address (RFC 7450)'],
  ['2001:4:112::/48', 'an AS112 address (RFC 7535)'],
  ['2001:10::/28', 'a deprecated ORCHID identifier (RFC 4843)'],
  ['2001:20::/28', 'an ORCHIDv2 identifier (RFC 7343)'],
  ['2001:30::/28', 'a drone remote identifier (RFC 9374)'],
  ['2001:db8::/32', 'a documentation address (RFC 3849)'],
  ['2002::/16', 'a 6to4 tunnel address (RFC 3056)'],
  ['2620:4f:8000::/48', 'an AS112 address (RFC 7534)'],
  ['3fff::/20', 'a documentation address (RFC 9637)'],
  ['5f00::/16', 'a segment routing identifier (RFC 9602)'],
  ['fc00::/7', 'a unique local address (RFC 4193)'],
  ['fe80::/10', 'a link-local address (RFC 4291)'],
  ['fec0::/10', 'a deprecated site-local address (RFC 3879)'],
  ['ff00::/8', 'a multicast address (RFC 4291)'],
];

/** The narrowest range first, so that the first match is the most specific. */
export const specialRanges: readonly SpecialRange[] = [...v4, ...v6]
  .map(([cidr, what]) => ({ ...knownRange(cidr), cidr, what }))
  .sort((a, b) => b.prefix - a.prefix);

export function specialRangeOf(address: Address): SpecialRange | undefined {
  return specialRanges.find((range) => rangeContains(range, address));
}

/** For ranges in the code: a typo fails at start. */
export function knownRange(cidr: string): AddressRange {
  const range = parseRange(cidr);
  if (!range) throw new Error(`${cidr} is not an address range.`);
  return range;
}
