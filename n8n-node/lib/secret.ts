import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';
import { derivedSecret } from '../core/shared.ts';
import { accountOf } from './server.ts';

/**
 * The signing secret of a trigger's webhook (docs/adr/0019-the-n8n-node-derives-its-secret.md): there before n8n saves
 * anything, and the same in every n8n process.
 */
export async function secretOf(context: IHookFunctions | IWebhookFunctions): Promise<string> {
  const { apiKey } = await accountOf(context);
  const { webhookId, name } = context.getNode();
  // Not the whole URL: while a test runs, n8n gives the test URL where the webhook is created and the production URL where
  // its request arrives.
  return webhookSecret(apiKey, webhookId ?? `${context.getWorkflow().id ?? ''}/${name}`);
}

/** @param webhook the part of its URL that names it */
export function webhookSecret(apiKey: string, webhook: string): string {
  return derivedSecret(apiKey, `bellhop n8n webhook secret 1\n${webhook}`);
}
