import type { StandardEvent, Subscription } from '@bellhop/shared/connector';
import { currentSecrets, receive } from '@bellhop/shared/connector';
import type { Bundle, ZObject } from 'zapier-platform-core';
import { connect } from './server.ts';

/**
 * The event of a request to the Zap's hook, if the subscription's secret signed it. Any other request is noted in the
 * console. It is no error: Zapier would show the request to people and try it again.
 *
 * @throws the connection's error while nobody can tell whether the request is genuine, so that no event is lost.
 */
export async function receivedEvent(z: ZObject, bundle: Bundle): Promise<StandardEvent | undefined> {
  // The raw request is what was signed. The cleaned one includes the query string, to which anybody can add.
  const { content = '', headers = {} } = bundle.rawRequest ?? {};
  const { id, signing_secret } = (bundle.subscribeData ?? {}) as Partial<Subscription>;
  const request = { body: content, headers: plainNames(headers) };
  const received = await receive(request, {
    secrets: signing_secret ? [signing_secret] : [],
    currentSecrets: id ? async () => currentSecrets(connect(z, bundle, 'receiving'), id) : undefined,
    // Zapier runs requests later when a Zap was held or is replayed.
    toleranceSeconds: Number.POSITIVE_INFINITY,
  });
  if (received.ok) return received.event;
  if (received.reason === 'secret_unknown') throw received.error;
  z.console.log(`Ignored a request that is not a signed event (${received.reason}). The Zap was not triggered.`);
  return undefined;
}

/** Zapier renames `webhook-id` to `Http-Webhook-Id`; tools that call an app directly do not. */
function plainNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase().replace(/^http-/, ''), value]),
  );
}
