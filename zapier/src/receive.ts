import { standardFormat, verify } from '@bellhop/shared';
import type { Bundle, ZObject } from 'zapier-platform-core';
import { ask } from './server.ts';
import type { StandardEvent } from './standard-event.ts';
import { standardEvent } from './standard-event.ts';
import type { Subscription } from './subscription.ts';

/**
 * The event that a request to the Zap's hook carries, if the webhook's own secret signed it. Of any other request the
 * console tells; nothing is thrown, as Zapier would show the request to people and try it again.
 */
export async function receivedEvent(z: ZObject, bundle: Bundle): Promise<StandardEvent | undefined> {
  const { content = '', headers = {} } = bundle.rawRequest ?? {};
  const request = { body: content, headers: plainNames(headers) };
  const { id, signing_secret } = (bundle.subscribeData ?? {}) as Partial<Subscription>;
  const given = verified(request, signing_secret ? [signing_secret] : []);
  const rotated =
    given.ok || given.reason !== 'signature_mismatch' || !id ? undefined : await currentSecrets(z, bundle, id);
  const result = rotated ? verified(request, rotated) : given;
  if (!result.ok) {
    z.console.log(
      `Ignored a request that the webhook's secret did not sign (${result.reason}). The Zap was not triggered.`,
    );
    return undefined;
  }
  // What was signed, and no more: the cleaned request also has the query string, which anybody may add.
  const event = standardEvent.safeParse(parsed(content));
  if (!event.success) z.console.log('Ignored a signed request that is no event in the standard format.');
  return event.data;
}

/** Without a limit on its age: Zapier keeps requests and runs them later, when a Zap was held or is replayed. */
function verified(request: Parameters<typeof verify>[1], secret: readonly string[]) {
  return verify(standardFormat.signature, request, { secret, toleranceSeconds: Number.POSITIVE_INFINITY });
}

/** The secret may have been rotated since the Zap was turned on; undefined when the server does not tell. */
async function currentSecrets(z: ZObject, bundle: Bundle, id: string): Promise<string[] | undefined> {
  try {
    const { signing_secret, previous } = await ask(z, bundle, (server) => server.getWebhookSecret({ params: { id } }));
    const all = [signing_secret, ...previous.map((each) => each.signing_secret)];
    return all.filter((secret) => secret !== null);
  } catch {
    return undefined;
  }
}

/** Zapier hands `webhook-id` on as `Http-Webhook-Id`; tools that call an app directly may not. */
function plainNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase().replace(/^http-/, ''), value]),
  );
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
