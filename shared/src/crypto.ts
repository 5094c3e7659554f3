/** The one place in this package that needs a runtime's cryptography. A browser build swaps this module. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Over the parts as if they were one text; strings count as UTF-8. */
export function hmacSha256(
  key: Uint8Array,
  parts: readonly (string | Uint8Array)[],
  encoding: 'hex' | 'base64',
): string {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest(encoding);
}

/** Compares in a time that depends on the length of `expected` alone. */
export function constantTimeEqual(actual: string, expected: string): boolean {
  const a = Buffer.from(actual);
  const b = Buffer.from(expected);
  const same = timingSafeEqual(a.length === b.length ? a : b, b);
  return same && a.length === b.length;
}

export function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

export function fromBase64(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}
