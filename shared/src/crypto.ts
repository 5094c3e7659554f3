/** The one place in this package that needs a runtime's cryptography. A browser build swaps this module. */
import type { KeyObject } from 'node:crypto';
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

/** Over the parts as if they were one text; strings count as UTF-8. */
export function hmacSha256(
  key: Uint8Array,
  parts: readonly (string | Uint8Array)[],
  encoding: 'hex' | 'base64',
): string {
  const hmac = createHmac('sha256', prepared(key));
  for (const part of parts) hmac.update(part);
  return hmac.digest(encoding);
}

/** Keys in the form the runtime works with: making one takes several times as long as signing with it. */
const preparedKeys = new Map<string, KeyObject>();
const mostPrepared = 10_000;

function prepared(key: Uint8Array): KeyObject {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  const name = bytes.toString('latin1');
  const known = preparedKeys.get(name);
  if (known) return known;
  const made = createSecretKey(bytes);
  if (preparedKeys.size >= mostPrepared) preparedKeys.clear();
  preparedKeys.set(name, made);
  return made;
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
