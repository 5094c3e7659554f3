import type { IWebhookFunctions } from 'n8n-workflow';
import type { Received, ReceivedRequest, ReceiveFailure } from '../core/shared.ts';
import * as connector from '../core/shared.ts';
import { secretOf } from './secret.ts';
import { connect } from './server.ts';

/** n8n's type of a request lacks the raw body. */
interface N8nRequest {
  readonly rawBody?: Buffer;
  readonly headers: ReceivedRequest['headers'];
  readonly socket?: { readonly server?: { readonly listening?: boolean } };
}

/**
 * True once n8n has closed its server. It goes on answering on open connections, and does not wait for an execution that it
 * begins then: it would crash, and never run again.
 */
export function isShuttingDown(context: IWebhookFunctions): boolean {
  const { socket } = context.getRequestObject() as unknown as N8nRequest;
  return socket?.server?.listening === false;
}

/**
 * The event of a request to the trigger's webhook. The server's secrets differ from the derived one after a rotation, and
 * when the credential got a new API key since the workflow was published.
 */
export async function receive(context: IWebhookFunctions): Promise<Received> {
  const { rawBody = Buffer.alloc(0), headers } = context.getRequestObject() as unknown as N8nRequest;
  const { hookId } = context.getWorkflowStaticData('node');
  return connector.receive(
    { body: rawBody, headers },
    {
      secrets: [await secretOf(context)],
      currentSecrets: typeof hookId === 'string' ? () => currentSecrets(context, hookId) : undefined,
    },
  );
}

/** The status that answers a refused request. The server retries after a 503. */
export function statusOf(reason: ReceiveFailure): 400 | 401 | 503 {
  if (reason === 'not_an_event') return 400;
  return reason === 'secret_unknown' ? 503 : 401;
}

/** The answer to a refused request, which people read in the server's log. It tells a stranger nothing. */
export function refusalOf(reason: ReceiveFailure): { error: ReceiveFailure; detail?: string } {
  if (reason !== 'secret_unknown') return { error: reason };
  const detail =
    'n8n cannot ask Bellhop for the new signing secret. Check the Bellhop credential in n8n: its key may be revoked.';
  return { error: reason, detail };
}

interface Asked {
  readonly at: number;
  readonly secrets: Promise<string[]>;
}

/** The last answers of the server by webhook, so that not every forged request becomes a request to it. */
const asked = new Map<string, Asked>();
/** Milliseconds. */
const askAgainAfter = 10_000;
const mostAsked = 1000;

function currentSecrets(context: IWebhookFunctions, hookId: string): Promise<string[]> {
  const last = asked.get(hookId);
  if (last && Date.now() - last.at < askAgainAfter) return last.secrets;
  if (asked.size >= mostAsked) asked.clear();
  const secrets = connect(context).then((server) => connector.currentSecrets(server, hookId));
  secrets.catch(({ message }) => context.logger.warn(`Bellhop did not answer with the webhook's secret: ${message}`));
  asked.set(hookId, { at: Date.now(), secrets });
  return secrets;
}
