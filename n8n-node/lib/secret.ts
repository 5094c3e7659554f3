import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';
import { derivedSecret } from '../core/shared.ts';
import { accountOf } from './server.ts';

/**
 * The signing secret of a trigger's webhook: known before n8n saves anything, and the same in every n8n process
 * (docs/adr/0019-the-n8n-node-derives-its-secret.md).
 */
export async function secretOf(context: IHookFunctions | IWebhookFunctions): Promise<string> {
  const { apiKey } = await accountOf(context);
  const { webhookId, name } = context.getNode();
  // Not by the URL: during a test, n8n gives the test URL to whoever creates the webhook and the production URL to whoever
  // receives its request.
  return webhookSecret(apiKey, webhookId ?? `${context.getWorkflow().id ?? ''}/${name}`);
}

/** @param webhook the part of its URL that names it */
export function webhookSecret(apiKey: string, webhook: string): string {
  return derivedSecret(apiKey, `bellhop n8n webhook secret 1\n${webhook}`);
}
