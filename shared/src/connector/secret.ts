import { hmacSha256, utf8 } from '../crypto.ts';

/**
 * A signing secret that a platform brings along when it subscribes. Derived, so it need not be stored, and unknown to
 * whoever lacks the API key.
 *
 * @param purpose what it is for, and nothing else
 */
export function derivedSecret(apiKey: string, purpose: string): string {
  return `whsec_${hmacSha256(utf8(apiKey), [purpose], 'base64')}`;
}
