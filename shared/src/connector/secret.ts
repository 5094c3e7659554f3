import { hmacSha256, utf8 } from '../crypto.ts';

/**
 * A signing secret for a platform that brings its own: the same for the same API key and purpose, so it is never stored,
 * and unknown without the key.
 */
export function derivedSecret(apiKey: string, purpose: string): string {
  return `whsec_${hmacSha256(utf8(apiKey), [purpose], 'base64')}`;
}
