import type { OperationOutput } from '@bellhop/shared';
import type { Webhook } from '../../model.ts';
import { notFound } from '../../problem.ts';
import type { WebhookReader } from '../../store/contract/index.ts';
import type { WebhookService } from '../../webhooks/service.ts';
import { iso, page } from '../resources.ts';
import type { Handlers } from '../router.ts';

type Operations = 'createDeveloperAccessWebhook' | 'listDeveloperAccessWebhooks' | 'deleteDeveloperAccessWebhook';

export interface DeveloperAccessParts {
  readonly webhooks: WebhookService;
  readonly store: WebhookReader;
}

const provider = 'boltly';

/** Boltly's documented API over the same webhooks (Boltly docs, Creating a webhook). */
export function developerAccessHandlers({ webhooks, store }: DeveloperAccessParts): Pick<Handlers, Operations> {
  return {
    async createDeveloperAccessWebhook({ body }, { organizationId, setHeader }) {
      const { webhook, signingSecret } = await webhooks.create(organizationId, { ...body, provider });
      setHeader('Location', `/v1/developer-access/webhooks/${webhook.id}`);
      return { ...resource(webhook), signing_secret: signingSecret ?? '' };
    },

    async listDeveloperAccessWebhooks({ query: { limit, cursor } }, { organizationId }) {
      return page(
        await store.listWebhooks(organizationId, { provider }, { limit: limit + 1, cursor }),
        limit,
        resource,
      );
    },

    async deleteDeveloperAccessWebhook({ params }, { organizationId }) {
      const webhook = await webhooks.get(organizationId, params.id);
      if (webhook.provider !== provider) throw notFound('webhook');
      await webhooks.delete(organizationId, params.id);
    },
  };
}

function resource(webhook: Webhook): OperationOutput<'listDeveloperAccessWebhooks'>['data'][number] {
  return {
    id: webhook.id,
    url: webhook.url,
    events: [...webhook.events],
    description: webhook.description,
    status: webhook.status,
    created_at: iso(webhook.createdAt),
  };
}
