import { isDeepStrictEqual } from 'node:util';
import type { Received } from '../harness/receiver.ts';
import type { DocumentedFormat, Published } from './formats.ts';

export interface Verification {
  readonly signature: 'valid' | 'invalid' | 'unsigned';
  /** Everything about the request that is not as documented, as sentences. */
  readonly problems: readonly string[];
}

/** Checks a request as a receiver would that knows the format's document, the secret, and what was published. */
export function verifyRequest(
  format: DocumentedFormat,
  secret: string | null,
  published: Published,
  request: Received,
): Verification {
  const failure = signatureFailure(format, secret, request);
  return {
    signature: format.signature === null ? 'unsigned' : failure ? 'invalid' : 'valid',
    problems: [
      ...(failure ? [failure] : []),
      ...headerProblems(format, published, request),
      ...bodyProblems(format, published, request),
    ],
  };
}

function signatureFailure({ signature }: DocumentedFormat, secret: string | null, request: Received) {
  if (signature === null) return undefined;
  if (secret === null) return 'Bellhop named no signing secret.';
  if (request.headers[signature.header.toLowerCase()] === undefined) return `${signature.header} is missing.`;
  try {
    if (signature.verify(request, secret)) return undefined;
  } catch (error) {
    // The documented methods throw as well: on a signature of another length, and the package on any mismatch.
    return `${signature.header} does not verify: ${error instanceof Error ? error.message : String(error)}.`;
  }
  return `${signature.header} does not verify.`;
}

function headerProblems({ headers }: DocumentedFormat, published: Published, request: Received): string[] {
  const documented: Record<string, string | RegExp> = {
    'content-type': 'application/json',
    ...headers?.(published),
  };
  return Object.entries(documented).flatMap(([name, wanted]) => {
    const given = String(request.headers[name]);
    const matches = typeof wanted === 'string' ? given === wanted : wanted.test(given);
    return matches
      ? []
      : [`The header ${name} is "${given}", not ${typeof wanted === 'string' ? `"${wanted}"` : wanted}.`];
  });
}

/** The body must be the documented one to the byte; when it is not, this says where. */
function bodyProblems(format: DocumentedFormat, published: Published, request: Received): string[] {
  const wanted = format.envelope(published, request);
  if (request.body === JSON.stringify(wanted)) return [];
  const [keys, documented] = [Object.keys(request.json), Object.keys(wanted)];
  if (!isDeepStrictEqual(keys, documented)) {
    return [`The body has the keys ${keys.join(', ')}; documented are ${documented.join(', ')}.`];
  }
  const different = documented.filter((key) => !isDeepStrictEqual(request.json[key], wanted[key]));
  return different.length > 0
    ? [`In the body, ${different.join(' and ')} differs from what was published.`]
    : ['The body says what it should, but not in the bytes that it should be written in.'];
}
