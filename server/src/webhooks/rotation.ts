import type { Catalogue, SignatureScheme, SignedWith } from '@bellhop/shared';
import { secretProblem, wireFormat } from '@bellhop/shared';
import type { Credentials, PreviousSecret, Webhook } from '../model.ts';
import { invalidInput, ProblemError } from '../problem.ts';
import { previousAt, signersAt } from '../render/secrets.ts';
import { newSigningSecret } from '../security/keys.ts';
import { secretUse } from './rules.ts';

/** A rotation as the API takes it. */
export interface RotationInput {
  /** Default: a new one is made. */
  readonly signing_secret?: string | undefined;
  /** Default: 24 where requests carry several signatures, else 0. */
  readonly overlap_hours?: number | undefined;
}

/** A webhook's secrets, and what they do now. */
export interface WebhookSecrets {
  /** The newest; null when requests are not signed. */
  readonly signingSecret: string | null;
  /** Replaced ones that are still in use, newest first. */
  readonly previous: readonly PreviousSecret[];
  readonly signedWith: SignedWith | null;
}

type Signed = Pick<Webhook, 'provider' | 'format'>;

const hourMs = 3600 * 1000;

/** What the secrets of a webhook do at a time. */
export function secretsAt(
  catalogue: Catalogue,
  { provider: id, format }: Signed,
  credentials: Credentials,
  now: number,
): WebhookSecrets {
  const provider = catalogue.provider(id);
  const scheme = provider ? wireFormat(provider, format).signature : null;
  return {
    signingSecret: credentials.secrets[0] ?? null,
    previous: previousAt(credentials, now),
    signedWith: signersAt(scheme, credentials, now).signedWith,
  };
}

/**
 * How requests of a webhook whose secret is to be replaced are signed.
 *
 * @throws {ProblemError} `conflict`, when they are not.
 */
export function schemeToRotate(catalogue: Catalogue, { provider: id, format }: Signed): SignatureScheme {
  const provider = catalogue.provider(id);
  if (!provider) {
    const detail = `The provider "${id}" is not in this server's configuration any more, so nothing is signed.`;
    throw new ProblemError('conflict', detail);
  }
  const { signature } = wireFormat(provider, format);
  if (signature && secretUse(provider, format) !== 'never') return signature;
  const detail = `${provider.name} requests are not signed, so there is no secret to rotate. Choose the standard format to have them signed.`;
  throw new ProblemError('conflict', detail);
}

/** @throws {ProblemError} `invalid_input`, when the given secret does not fit the scheme. */
export function rotated(
  scheme: SignatureScheme,
  credentials: Credentials,
  { signing_secret: given, overlap_hours: hours }: RotationInput,
  now: number,
): Credentials {
  const problem = given === undefined ? undefined : secretProblem(scheme, given);
  if (problem) throw invalidInput([{ field: 'signing_secret', message: problem }]);
  const overlapMs = Math.round((hours ?? (scheme.several ? 24 : 0)) * hourMs);
  return rotate(scheme, credentials, { secret: given ?? newSigningSecret(), overlapMs, now });
}

/** Replaced secrets that are kept, so that a request stays small however often somebody rotates. */
const mostKept = 5;

/**
 * Replaces the secret. The replaced one stays in use for the overlap. Those replaced earlier stay as long as they were
 * promised, but not beyond the overlap where requests carry one signature, as the new secret is to take over then, and
 * not at all when there is no overlap. The secret it has already is not replaced; that changes the overlap alone.
 */
export function rotate(
  scheme: Pick<SignatureScheme, 'several'>,
  credentials: Credentials,
  { secret, overlapMs, now }: { readonly secret: string; readonly overlapMs: number; readonly now: number },
): Credentials {
  const { secrets, previous: earlier = [] } = credentials;
  const [current] = secrets;
  const end = now + overlapMs;
  const latest = scheme.several && overlapMs > 0 ? Number.POSITIVE_INFINITY : end;
  const kept = [
    ...(current === undefined || current === secret ? [] : [{ secret: current, until: end }]),
    ...earlier.map((each) => ({ ...each, until: Math.min(each.until, latest) })),
  ].filter((each) => each.until > now && each.secret !== secret);
  const previous = isUndone(scheme, credentials, secret, now) ? [] : bounded(kept);
  return { ...credentials, secrets: [secret], previous };
}

/** Back to the one secret that signs still: nobody needs to be prepared, and what came in between never signed. */
function isUndone(
  { several }: Pick<SignatureScheme, 'several'>,
  credentials: Credentials,
  secret: string,
  now: number,
): boolean {
  return !several && previousAt(credentials, now).at(-1)?.secret === secret;
}

/** The newest ones and the oldest, which receivers have known for longest. */
function bounded(previous: readonly PreviousSecret[]): readonly PreviousSecret[] {
  return previous.length <= mostKept ? previous : [...previous.slice(0, mostKept - 1), ...previous.slice(-1)];
}
