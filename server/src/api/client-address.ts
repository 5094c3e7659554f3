import type { Request } from 'express';
import { unmapped } from '../target/embedded.ts';
import { formatV4, parseAddress } from '../target/ip.ts';

/** Reverse proxies in private networks, whose `X-Forwarded-For` names the client (Express, "trust proxy"). */
export const trustedProxies = ['loopback', 'linklocal', 'uniquelocal'];

/** The address that a request came from; of IPv6 the /64 network, as one client has all of its addresses. */
export function clientAddress({ ip = '' }: Pick<Request, 'ip'>): string {
  const written = parseAddress(ip);
  if (!written) return ip;
  const { version, value } = unmapped(written);
  return version === 4 ? formatV4(value) : `${(value >> 64n).toString(16)}::/64`;
}
