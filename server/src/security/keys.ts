import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A new API key: `sk_live_` and 32 random bytes. */
export function newApiKey(): string {
  return `sk_live_${randomBytes(32).toString('base64url')}`;
}

/** A new token for a session or a portal link: 32 random bytes in 43 characters, safe in a URL and in a cookie. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The stored form of a key or token. With 256 random bits, it needs no slow hash. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The first characters of a key, for display. */
export function previewKey(key: string): string {
  return `${key.slice(0, 12)}…`;
}

/** A signing secret for any format: `whsec_` and 32 random bytes in base64 (Standard Webhooks). */
export function newSigningSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** Compares in constant time. */
export function sameKey(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(hashKey(a)), Buffer.from(hashKey(b)));
}
