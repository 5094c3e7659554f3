import type { SignatureScheme, SignedWith } from '@bellhop/shared';
import type { Credentials, PreviousSecret } from '../model.ts';

/** What signs the requests of a webhook at some time. */
export interface Signers {
  /** Newest first; none when requests are not signed. */
  readonly secrets: readonly string[];
  readonly signedWith: SignedWith | null;
}

/**
 * Which secrets sign. While replaced ones are still in use: where requests carry several signatures, all of them do; where
 * they carry one, the oldest alone, which every receiver knows, so that each can get to know the newer ones before they
 * take over.
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

/** The replaced secrets that are still in use, newest first. */
export function previousAt({ previous = [] }: Pick<Credentials, 'previous'>, now: number): readonly PreviousSecret[] {
  return previous.filter(({ until }) => until > now);
}
