/** The only module of this package that needs `node:crypto`; a browser build replaces it. */
import type { KeyObject } from 'node:crypto';
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

/** HMAC of the concatenated parts; strings are encoded as UTF-8. */
export function hmacSha256(
  key: Uint8Array,
  parts: readonly (string | Uint8Array)[],
  encoding: 'hex' | 'base64',
): string {
  const hmac = createHmac('sha256', keyObject(key));
  for (const part of parts) hmac.update(part);
  return hmac.digest(encoding);
}

/** Cached because creating a key object takes several times as long as signing with it. */
const keyObjects = new Map<string, KeyObject>();
const maximumKeyObjects = 10_000;

function keyObject(key: Uint8Array): KeyObject {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  const name = bytes.toString('latin1');
  const cached = keyObjects.get(name);
  if (cached) return cached;
  const created = createSecretKey(bytes);
  if (keyObjects.size >= maximumKeyObjects) keyObjects.clear();
  keyObjects.set(name, created);
  return created;
}

/** The time it takes depends only on the length of `expected`. */
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
