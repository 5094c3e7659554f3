import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A new API key: `sk_live_` and 32 random bytes. */
export function newApiKey(): string {
  return `sk_live_${randomBytes(32).toString('base64url')}`;
}

/** A new token of a session or a portal link: 32 random bytes in 43 characters that are plain in a URL and a cookie. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is kept of a key or a token. Its 256 random bits need no slow hash. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** Enough of a key to tell it from others. */
export function previewKey(key: string): string {
  return `${key.slice(0, 12)}…`;
}

/** A signing secret that serves every format: `whsec_` and the base64 of 32 random bytes (Standard Webhooks). */
export function newSigningSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** Compares two keys in constant time. */
export function sameKey(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(hashKey(a)), Buffer.from(hashKey(b)));
}
