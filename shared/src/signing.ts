import { constantTimeEqual, fromBase64, hmacSha256, utf8 } from './crypto.ts';

/**
 * A signature scheme as data: HMAC-SHA256 over parts of the request, sent in one header. The server signs with it,
 * {@link verify} checks with it, and the sample code in the documentation derives from it.
 */
export interface SignatureScheme {
  /** The header that carries the signature. */
  readonly header: string;
  /** Prefix of each signature in the header: `sha256=`, `v1,` or empty. */
  readonly prefix: string;
  readonly encoding: 'hex' | 'base64';
  /** What is signed, joined by `.`. `timestamp` and `id` are read from the headers named below. */
  readonly content: readonly ('id' | 'timestamp' | 'body')[];
  /**
   * How the secret becomes the key. `utf8`: the text itself. `base64`: the part after `whsec_`, decoded (Standard
   * Webhooks).
   */
  readonly key: 'utf8' | 'base64';
  readonly idHeader?: string | undefined;
  /** Header with the time of the attempt, in whole Unix seconds. */
  readonly timestampHeader?: string | undefined;
  /** True when the header can carry several signatures, separated by spaces, as during a rotation. */
  readonly several: boolean;
}

export interface SignedParts {
  readonly body: string;
  readonly id: string;
  /** Unix seconds. */
  readonly timestamp: number;
}

/**
 * The value of the signature header.
 *
 * @param secrets newest first. A scheme with a single signature uses only the newest.
 */
export function sign(scheme: SignatureScheme, parts: SignedParts, secrets: readonly [string, ...string[]]): string {
  const content = signedContent(scheme, parts);
  const used = scheme.several ? secrets : [secrets[0]];
  return used.map((secret) => signature(scheme, content, secret)).join(' ');
}

export interface VerifyOptions {
  /** One secret, or several during a rotation. */
  readonly secret: string | readonly string[];
  /** Maximum age of the signed timestamp in seconds, in the past or the future; unused if none is signed. Default: 300. */
  readonly toleranceSeconds?: number;
  /** Unix seconds. Default: now. */
  readonly now?: number;
}

export interface ReceivedRequest {
  /** The body as received, before any parsing. */
  readonly body: string | Uint8Array;
  /** Header names in any case. */
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
}

export type Verification = { readonly ok: true } | { readonly ok: false; readonly reason: VerificationFailure };

export type VerificationFailure =
  | 'signature_missing'
  | 'signature_mismatch'
  | 'timestamp_missing'
  | 'timestamp_malformed'
  | 'timestamp_outside_tolerance'
  | 'id_missing';

/** Checks that a request was signed recently with one of the secrets. Compares in constant time. */
export function verify(scheme: SignatureScheme, request: ReceivedRequest, options: VerifyOptions): Verification {
  const given = header(request.headers, scheme.header);
  if (!given) return refused('signature_missing');
  const id = scheme.idHeader && header(request.headers, scheme.idHeader);
  if (scheme.content.includes('id') && !id) return refused('id_missing');
  const timestamp = scheme.timestampHeader && header(request.headers, scheme.timestampHeader);
  if (scheme.content.includes('timestamp')) {
    const failure = timestampFailure(timestamp, options);
    if (failure) return refused(failure);
  }
  const content = signedContent(scheme, { id: id || '', timestamp: timestamp || '', body: request.body });
  return matchesAny(scheme, content, given, options.secret) ? { ok: true } : refused('signature_mismatch');
}

/** What to change for the text to be a valid secret of the scheme; undefined if it is one. */
export function secretProblem(scheme: SignatureScheme, secret: string): string | undefined {
  if (scheme.key === 'utf8') {
    return /^[^\p{C}\p{Zl}\p{Zp}]{8,256}$/u.test(secret) ? undefined : 'must be 8 to 256 printable characters';
  }
  const encoded = secret.slice('whsec_'.length);
  const bytes = fromBase64(encoded).length;
  const wellFormed = secret.startsWith('whsec_') && encoded.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(encoded);
  if (wellFormed && bytes >= 24 && bytes <= 64) return undefined;
  return 'must be "whsec_" followed by the base64 of 24 to 64 random bytes (Standard Webhooks)';
}

/** Why a secret that is used as text can be guessed from a signed request, as a sentence; undefined: it cannot. */
export function weakSecret(secret: string): string | undefined {
  const { length } = [...secret];
  const { size } = new Set(secret);
  const can = 'so it can be guessed from a signed request';
  if (length < 16) return `The secret has ${length} characters, ${can}. Use at least 16.`;
  if (size < 8) return `The secret has ${size} different characters, ${can}. Use a random one.`;
  return undefined;
}

type Content = readonly (string | Uint8Array)[];

/** The signed parts, joined by `.`. The body is not decoded: two different bodies could decode to the same text. */
function signedContent(
  scheme: SignatureScheme,
  parts: { id: string; timestamp: string | number; body: string | Uint8Array },
): Content {
  const values = { ...parts, timestamp: String(parts.timestamp) };
  return scheme.content.flatMap((part, index) => (index === 0 ? [values[part]] : ['.', values[part]]));
}

function signature(scheme: SignatureScheme, content: Content, secret: string): string {
  return scheme.prefix + hmacSha256(keyOf(scheme, secret), content, scheme.encoding);
}

function keyOf(scheme: SignatureScheme, secret: string): Uint8Array {
  return scheme.key === 'utf8' ? utf8(secret) : fromBase64(secret.replace(/^whsec_/, ''));
}

function matchesAny(scheme: SignatureScheme, content: Content, given: string, secret: string | readonly string[]) {
  const secrets = typeof secret === 'string' ? [secret] : secret;
  const candidates = scheme.several ? given.split(' ') : [given];
  let matched = false;
  for (const each of secrets) {
    // Anyone can sign with an empty key: a receiver that lost its secret must refuse.
    if (keyOf(scheme, each).length === 0) continue;
    const expected = signature(scheme, content, each);
    for (const candidate of candidates) matched = constantTimeEqual(candidate, expected) || matched;
  }
  return matched;
}

function timestampFailure(timestamp: string | undefined, options: VerifyOptions): VerificationFailure | undefined {
  if (!timestamp) return 'timestamp_missing';
  if (!/^\d{1,15}$/.test(timestamp)) return 'timestamp_malformed';
  const now = options.now ?? Math.floor(Date.now() / 1000);
  const away = Math.abs(now - Number(timestamp));
  return away > (options.toleranceSeconds ?? 300) ? 'timestamp_outside_tolerance' : undefined;
}

function header(headers: ReceivedRequest['headers'], name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const wanted = name.toLowerCase();
  const key = Object.keys(headers).find((each) => each.toLowerCase() === wanted);
  const value = key === undefined ? undefined : headers[key];
  return typeof value === 'string' ? value : value?.[0];
}

function refused(reason: VerificationFailure): Verification {
  return { ok: false, reason };
}
