import { useMutation } from '@tanstack/react-query';
import { request } from '../../../api/client.ts';
import { aboutWebhooks, useInvalidate } from '../../../api/queries.ts';
import type { Provider, Webhook } from '../../../api/resources.ts';
import { createBody, updateBody } from './bodies.ts';
import type { Draft } from './draft.ts';

export interface Saving {
  readonly draft: Draft;
  readonly provider: Provider;
  /** The webhook being edited; undefined for a new one. */
  readonly webhook: Webhook | undefined;
}

/** Creates or updates the webhook of a draft. Resolves with the webhook's id. */
export function useSave() {
  const invalidate = useInvalidate();
  return useMutation<string, Error, Saving>({
    mutationFn: ({ draft, provider, webhook }) => (webhook ? update(draft, webhook) : create(draft, provider)),
    // Also after an error: some changes may have been saved.
    onSettled: () => invalidate(aboutWebhooks),
  });
}

async function create(draft: Draft, provider: Provider): Promise<string> {
  const { id } = await request('createWebhook', { body: createBody(draft, provider) });
  return id;
}

async function update(draft: Draft, webhook: Webhook): Promise<string> {
  const params = { id: webhook.id };
  const body = updateBody(draft, webhook);
  if (Object.keys(body).length > 0) await request('updateWebhook', { params, body });
  if (draft.enabled && webhook.status !== 'active') await request('resumeWebhook', { params });
  if (!draft.enabled && webhook.status === 'active') await request('pauseWebhook', { params });
  return webhook.id;
}
