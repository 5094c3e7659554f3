import type { SignatureScheme } from './signing.ts';
import { goCode } from './verification-code/go.ts';
import { nodeCode } from './verification-code/node.ts';
import { phpCode } from './verification-code/php.ts';
import { pythonCode } from './verification-code/python.ts';
import { rubyCode } from './verification-code/ruby.ts';

/** In display order. */
export const languages = [
  { id: 'node', label: 'Node.js' },
  { id: 'python', label: 'Python' },
  { id: 'php', label: 'PHP' },
  { id: 'go', label: 'Go' },
  { id: 'ruby', label: 'Ruby' },
] as const;

export type LanguageId = (typeof languages)[number]['id'];

const writers: Readonly<Record<LanguageId, (scheme: SignatureScheme) => string>> = {
  node: nodeCode,
  python: pythonCode,
  php: phpCode,
  go: goCode,
  ruby: rubyCode,
};

/**
 * A complete receiver that verifies the signature: a function to copy, and the smallest program around it. It needs only
 * the standard library (Ruby: a Rack server). It reads the secret from `WEBHOOK_SECRET` and, as {@link ./signing.ts} does,
 * accepts a signed timestamp up to five minutes off.
 */
export function verificationCode(scheme: SignatureScheme, language: LanguageId): string {
  return writers[language](scheme);
}
