import { embeddedAddresses, unmapped } from './embedded.ts';
import { type Address, formatV4, parseAddress, parseRange, rangeContains, widthOf } from './ip.ts';
import { knownRange, specialRangeOf } from './special-ranges.ts';

/** Addresses that are allowed although they are not public. */
export interface AddressAllowList {
  readonly admits: (address: Address) => boolean;
}

const globalUnicast = knownRange('2000::/3');
const nat64 = knownRange('64:ff9b::/96');

/**
 * Why deliveries to an address are refused; `undefined` when they are allowed.
 *
 * An address is refused when it is in a special-purpose range, when it embeds an IPv4 address that is refused, or, for
 * IPv6, when it is outside the space allocated to the public internet. The allow list overrides all of these. An
 * allowed IPv4 range includes its IPv4-mapped form, which is the same address, and no other form.
 *
 * @returns a phrase such as `127.0.0.1 is a loopback address (RFC 1122)`
 */
export function addressProblem(ip: string, allow?: AddressAllowList): string | undefined {
  if (ip.includes('%')) return `${ip} has a zone id, so it is not a public address (RFC 4007)`;
  const written = parseAddress(ip);
  if (!written) return `${ip} is not an IP address`;
  const address = unmapped(written);
  if (allow?.admits(address)) return undefined;
  const what = address.version === 4 ? v4Problem(address) : v6Problem(address);
  if (what === undefined) return undefined;
  if (address === written) return `${ip} is ${what}`;
  return `${ip} is ${formatV4(address.value)}, ${what}`;
}

/**
 * Reads an allow list of CIDR ranges and single addresses.
 *
 * @throws an error that names the first invalid entry
 */
export function parseAllowList(entries: readonly string[]): AddressAllowList {
  const ranges = entries.map(readEntry);
  return { admits: (address) => ranges.some((range) => rangeContains(range, address)) };
}

function readEntry(entry: string) {
  const range = parseRange(entry);
  if (!range) {
    throw new Error(
      `The allowed target address "${entry}" is not an address or a range. Write an address such as 10.0.0.5, or a range that starts with its first address, such as 10.0.0.0/8 or fd00::/8.`,
    );
  }
  // A range in IPv4-mapped form is the IPv4 range.
  const base = unmapped({ version: range.version, value: range.base });
  if (base.version === range.version || range.prefix < 96) return range;
  return { version: base.version, base: base.value, prefix: range.prefix - (widthOf(6) - widthOf(4)) };
}

function v4Problem(address: Address): string | undefined {
  return specialRangeOf(address)?.what;
}

function v6Problem(address: Address): string | undefined {
  const special = specialRangeOf(address);
  // `::` and `::1` look like IPv4-compatible addresses; they are themselves.
  if (special?.prefix === widthOf(6)) return special.what;
  for (const { what, value } of embeddedAddresses(address)) {
    const inner = v4Problem({ version: 4, value });
    if (inner) return `${what} that embeds ${formatV4(value)}, ${inner}`;
  }
  if (special) return special.what;
  if (rangeContains(globalUnicast, address) || rangeContains(nat64, address)) return undefined;
  return 'outside 2000::/3, the IPv6 space of the public internet (IANA IPv6 Address Space)';
}
