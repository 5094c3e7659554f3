import { isIPv4, isIPv6 } from 'node:net';

/** An IP address as a number, for arithmetic on ranges and embedded addresses. */
export interface Address {
  readonly version: 4 | 6;
  readonly value: bigint;
}

/** A block of addresses: all that share the first `prefix` bits of `base`. */
export interface AddressRange {
  readonly version: 4 | 6;
  readonly base: bigint;
  readonly prefix: number;
}

/** Parses the standard text forms (dotted decimal; RFC 4291 section 2.2). Zone ids are not accepted. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { version: 4, value: readV4(text) };
  if (isIPv6(text) && !text.includes('%')) return { version: 6, value: readV6(text) };
  return undefined;
}

/** Parses `10.0.0.0/8`, `fd00::/8` or a single address. Bits set after the prefix are rejected as a likely typo. */
export function parseRange(text: string): AddressRange | undefined {
  const [addressText = '', prefixText, ...rest] = text.split('/');
  const address = parseAddress(addressText);
  if (!address || rest.length > 0) return undefined;
  const bits = widthOf(address.version);
  const prefix = prefixText === undefined ? bits : readPrefix(prefixText);
  if (prefix === undefined || prefix > bits) return undefined;
  const range = { version: address.version, base: address.value, prefix };
  return networkOf(range, address.value) << BigInt(bits - prefix) === address.value ? range : undefined;
}

export function rangeContains(range: AddressRange, address: Address): boolean {
  return range.version === address.version && networkOf(range, address.value) === networkOf(range, range.base);
}

export function formatV4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
}

export function widthOf(version: 4 | 6): number {
  return version === 4 ? 32 : 128;
}

function networkOf(range: Pick<AddressRange, 'version' | 'prefix'>, value: bigint): bigint {
  return value >> BigInt(widthOf(range.version) - range.prefix);
}

function readPrefix(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,2})$/.test(text) ? Number(text) : undefined;
}

function readV4(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function readV6(text: string): bigint {
  const [head = '', tail] = text.split('::');
  const first = readGroups(head);
  const last = readGroups(tail ?? '');
  const gap = Array<bigint>(8 - first.length - last.length).fill(0n);
  return [...first, ...gap, ...last].reduce((value, group) => (value << 16n) | group, 0n);
}

/** The 16-bit groups on one side of `::`; a dotted tail counts as two. */
function readGroups(text: string): bigint[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)];
    const v4 = readV4(group);
    return [v4 >> 16n, v4 & 0xffffn];
  });
}
