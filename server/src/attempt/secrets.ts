import type { SignatureScheme, SignedWith } from '@bellhop/shared';
import type { Credentials, PreviousSecret } from '../model.ts';

export interface Signers {
  /** Newest first; none when requests are not signed. */
  readonly secrets: readonly string[];
  readonly signedWith: SignedWith | null;
}

/**
 * The secrets that sign requests at a time. During an overlap, all of them sign where requests carry several
 * signatures. Where requests carry one, only the oldest signs: every receiver knows it, and can learn the new one
 * before it takes over.
 *
 * @param now Unix milliseconds.
 */
export function signersAt(scheme: SignatureScheme | null, credentials: Credentials, now: number): Signers {
  if (!scheme || credentials.secrets.length === 0) return { secrets: [], signedWith: null };
  const previous = previousAt(credentials, now).map(({ secret }) => secret);
  if (previous.length === 0) return { secrets: credentials.secrets, signedWith: 'new' };
  if (scheme.several) return { secrets: [...credentials.secrets, ...previous], signedWith: 'both' };
  return { secrets: previous.slice(-1), signedWith: 'previous' };
}

/** The replaced secrets that are still valid, newest first. */
export function previousAt({ previous = [] }: Pick<Credentials, 'previous'>, now: number): readonly PreviousSecret[] {
  return previous.filter(({ until }) => until > now);
}
