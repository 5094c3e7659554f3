import { type Address, rangeContains } from './ip.ts';
import { knownRange } from './special-ranges.ts';

/** An IPv6 format that embeds IPv4 addresses. */
interface EmbeddedForm {
  /** Completes "64:ff9b::a00:1 is …". */
  readonly what: string;
  readonly matches: (address: Address) => boolean;
  /** All embedded IPv4 addresses: traffic can end at any of them. */
  readonly decode: (value: bigint) => readonly bigint[];
}

const mapped = knownRange('::ffff:0:0/96');

const forms: readonly EmbeddedForm[] = [
  form('::/96', 'an IPv4-compatible address (RFC 4291)', (value) => [low32(value)]),
  form('::ffff:0:0:0/96', 'an IPv4-translated address (RFC 2765)', (value) => [low32(value)]),
  form('64:ff9b::/96', 'a NAT64 address (RFC 6052)', (value) => [low32(value)]),
  form('2002::/16', 'a 6to4 address (RFC 3056)', (value) => [low32(value >> 80n)]),
  // RFC 4380 section 4: the server, flags and port, then the client's address with every bit inverted.
  form('2001::/32', 'a Teredo address (RFC 4380)', (value) => [low32(value >> 64n), low32(~value)]),
  // RFC 5214 section 6.1: interface identifier 0000:5EFE or, when the IPv4 address is unique, 0200:5EFE.
  {
    what: 'an ISATAP address (RFC 5214)',
    matches: ({ version, value }) => version === 6 && (low32(value >> 32n) & ~0x0200_0000n) === 0x5efen,
    decode: (value) => [low32(value)],
  },
];

/** The operating system treats an IPv4-mapped address as the IPv4 address (RFC 4291 section 2.5.5.2). */
export function unmapped(address: Address): Address {
  return rangeContains(mapped, address) ? { version: 4, value: low32(address.value) } : address;
}

/** The IPv4 addresses embedded in an IPv6 address, with the form of embedding. */
export function embeddedAddresses(address: Address): { readonly what: string; readonly value: bigint }[] {
  return forms
    .filter(({ matches }) => matches(address))
    .flatMap(({ what, decode }) => decode(address.value).map((value) => ({ what, value })));
}

function form(cidr: string, what: string, decode: EmbeddedForm['decode']): EmbeddedForm {
  const range = knownRange(cidr);
  return { what, matches: (address) => rangeContains(range, address), decode };
}

function low32(value: bigint): bigint {
  return BigInt.asUintN(32, value);
}
