import type { SignatureScheme } from './signing.ts';
import { goCode } from './verification-code/go.ts';
import { nodeCode } from './verification-code/node.ts';
import { phpCode } from './verification-code/php.ts';
import { pythonCode } from './verification-code/python.ts';
import { rubyCode } from './verification-code/ruby.ts';

/** The languages that receivers are shown in, in the order in which they are offered. */
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
 * A complete receiver that checks the scheme's signature: a function to copy, and the smallest program around it. It needs
 * the language's standard library and no other (Ruby: a Rack server). The secret is read from `WEBHOOK_SECRET`, and a
 * signed timestamp may be off by five minutes, as in {@link ./signing.ts}.
 */
export function verificationCode(scheme: SignatureScheme, language: LanguageId): string {
  return writers[language](scheme);
}
