import { parseJson } from '../json.ts';
import type { ReceivedRequest, VerificationFailure } from '../signing.ts';
import { verify } from '../signing.ts';
import { standardFormat } from '../standard-format.ts';
import type { StandardEvent } from './event.ts';
import { isStandardEvent } from './event.ts';

export interface ReceiveOptions {
  /** The subscription's secrets that the platform knows. */
  readonly secrets: readonly string[];
  /** Asks the server, after a mismatch, as the secret may have been rotated. Default: a mismatch is final. */
  readonly currentSecrets?: (() => Promise<readonly string[]>) | undefined;
  /** How far the signed time may be from now. Default: 300. */
  readonly toleranceSeconds?: number;
}

export type Received =
  | { readonly ok: true; readonly event: StandardEvent }
  | { readonly ok: false; readonly reason: Exclude<ReceiveFailure, 'secret_unknown'> }
  /** Nobody can tell whether it is genuine. `error` is why the server did not say. */
  | { readonly ok: false; readonly reason: 'secret_unknown'; readonly error: unknown };

export type ReceiveFailure = VerificationFailure | 'body_missing' | 'not_an_event' | 'secret_unknown';

/** The event of a request to a hook, if a secret of the subscription signed its bytes. */
export async function receive(request: ReceivedRequest, options: ReceiveOptions): Promise<Received> {
  const { body } = request;
  if (body.length === 0) return refused('body_missing');
  const { secrets, currentSecrets, ...limits } = options;
  const check = (secret: readonly string[]) => verify(standardFormat.signature, request, { secret, ...limits });
  let result = check(secrets);
  if (!result.ok && result.reason === 'signature_mismatch' && currentSecrets) {
    const current = await currentSecrets().catch((error: unknown) => ({ error }));
    if ('error' in current) return { ok: false, reason: 'secret_unknown', ...current };
    result = check(current);
  }
  if (!result.ok) return refused(result.reason);
  // From the bytes that were signed, not from what the platform made of them.
  const event = parseJson(typeof body === 'string' ? body : new TextDecoder().decode(body));
  return isStandardEvent(event) ? { ok: true, event } : refused('not_an_event');
}

function refused(reason: Exclude<ReceiveFailure, 'secret_unknown'>): Received {
  return { ok: false, reason };
}
