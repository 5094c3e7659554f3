import type { INode } from 'n8n-workflow';
import { hmacSha256 } from '../core/shared.ts';

/**
 * The signing secret of a trigger's webhook (docs/adr/0019-the-n8n-node-derives-its-secret.md). It is there before
 * anything is saved, the same for every n8n process, and nobody without the API key can find it.
 *
 * @param webhook what names it in its URL ({@link webhookIdentity})
 */
export function derivedSecret(apiKey: string, webhook: string): string {
  const key = new TextEncoder().encode(apiKey);
  return `whsec_${hmacSha256(key, [`bellhop n8n webhook secret 1\n${webhook}`], 'base64')}`;
}

/**
 * The part of a webhook's URL that names it. Not the whole URL: while a test runs, n8n gives the test URL where the
 * webhook is created and the production URL where its request arrives.
 */
export function webhookIdentity(node: Pick<INode, 'webhookId' | 'name'>, workflowId: string | undefined): string {
  return node.webhookId ?? `${workflowId ?? ''}/${node.name}`;
}
