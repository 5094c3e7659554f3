import type { Catalogue, SignatureScheme, SignedWith } from '@bellhop/shared';
import { secretProblem, wireFormat } from '@bellhop/shared';
import { previousAt, signersAt } from '../attempt/secrets.ts';
import type { Credentials, PreviousSecret, Webhook } from '../model.ts';
import { invalidInput, ProblemError } from '../problem.ts';
import { newSigningSecret } from '../security/keys.ts';
import { secretUse } from './rules.ts';

/** A rotation as the API takes it. */
export interface RotationInput {
  /** Default: a generated secret. */
  readonly signing_secret?: string | undefined;
  /** Default: 24 where requests carry several signatures, else 0. */
  readonly overlap_hours?: number | undefined;
}

/** A webhook's secrets, and which of them sign now. */
export interface WebhookSecrets {
  /** The newest; null when requests are not signed. */
  readonly signingSecret: string | null;
  /** Replaced secrets that are still valid, newest first. */
  readonly previous: readonly PreviousSecret[];
  readonly signedWith: SignedWith | null;
}

type Signed = Pick<Webhook, 'provider' | 'format'>;

const hourMs = 3600 * 1000;

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
 * The signature scheme of a webhook.
 *
 * @throws {ProblemError} `conflict`, when its requests are not signed.
 */
export function schemeToRotate(catalogue: Catalogue, { provider: id, format }: Signed): SignatureScheme {
  const provider = catalogue.provider(id);
  if (!provider) {
    const detail = `The provider "${id}" is no longer in this server's configuration, so nothing is signed.`;
    throw new ProblemError('conflict', detail);
  }
  const { signature } = wireFormat(provider, format);
  if (signature && secretUse(provider, format) !== 'never') return signature;
  const detail = `${provider.name} requests are not signed, so there is no secret to rotate. Switch the webhook to the standard format to sign them.`;
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

/** Bounds the signatures on a request, however often the secret is rotated. */
const maxPrevious = 5;

/**
 * Replaces the secret; the replaced one stays valid for the overlap. Secrets replaced earlier keep their end, with two
 * exceptions: where requests carry one signature they end with the overlap, as the new secret then takes over, and
 * without an overlap they end at once. Rotating to the current secret changes the overlap only.
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
  const previous = isRevert(scheme, credentials, secret, now) ? [] : bounded(kept);
  return { ...credentials, secrets: [secret], previous };
}

/** Back to the secret that still signs: receivers need no overlap, and the secrets in between never signed. */
function isRevert(
  { several }: Pick<SignatureScheme, 'several'>,
  credentials: Credentials,
  secret: string,
  now: number,
): boolean {
  return !several && previousAt(credentials, now).at(-1)?.secret === secret;
}

/** The newest, and the oldest, which most receivers know. */
function bounded(previous: readonly PreviousSecret[]): readonly PreviousSecret[] {
  return previous.length <= maxPrevious ? previous : [...previous.slice(0, maxPrevious - 1), ...previous.slice(-1)];
}
