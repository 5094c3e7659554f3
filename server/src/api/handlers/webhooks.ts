import { canonicalJson } from '@bellhop/shared';
import type { Clock } from '../../clock.ts';
import type { WebhookReader } from '../../store/contract/index.ts';
import { tryFilter } from '../../webhooks/filters.ts';
import type { SampleParts } from '../../webhooks/samples.ts';
import { previewRequest } from '../../webhooks/samples.ts';
import type { WebhookService } from '../../webhooks/service.ts';
import type { Tester } from '../../webhooks/tester.ts';
import { attemptResource, page, secretResource } from '../resources.ts';
import type { Handlers } from '../router.ts';
import type { WebhookResources } from '../webhook-resources.ts';

type Operations =
  | 'createWebhook'
  | 'listWebhooks'
  | 'previewWebhook'
  | 'tryWebhook'
  | 'testFilter'
  | 'getWebhook'
  | 'updateWebhook'
  | 'deleteWebhook'
  | 'pauseWebhook'
  | 'resumeWebhook'
  | 'resumeWebhooks'
  | 'testWebhook'
  | 'getWebhookSecret'
  | 'rotateWebhookSecret';

export interface WebhookParts {
  readonly webhooks: WebhookService;
  readonly resources: WebhookResources;
  readonly tester: Tester;
  readonly samples: SampleParts;
  readonly store: WebhookReader;
  readonly clock: Clock;
}

export function webhookHandlers({
  webhooks,
  resources,
  tester,
  samples,
  store,
  clock,
}: WebhookParts): Pick<Handlers, Operations> {
  return {
    async createWebhook({ body, headers }, { organizationId, body: raw, setHeader }) {
      const key = headers['idempotency-key'];
      const once = key === undefined ? undefined : { key, content: canonicalJson(raw) };
      const { webhook, signingSecret } = await webhooks.create(organizationId, body, once);
      setHeader('Location', `/v1/webhooks/${webhook.id}`);
      return { ...(await resources.one(webhook)), signing_secret: signingSecret };
    },

    async listWebhooks({ query: { limit, cursor, ...filter } }, { organizationId }) {
      const listed = await store.listWebhooks(organizationId, filter, { limit: limit + 1, cursor });
      return page(listed, limit, await resources.all(organizationId, listed));
    },

    async previewWebhook({ body }, { organizationId }) {
      const draft = {
        provider: body.provider,
        events: [body.event],
        url: body.url,
        format: body.format ?? 'provider',
        authentication: body.authentication ?? { type: 'none' },
        headers: body.headers ?? {},
        signingSecret: body.signing_secret,
      } as const;
      const { headers, body: sent } = await previewRequest(samples, organizationId, draft, clock.wall());
      return { method: 'POST', url: body.url ?? null, headers: { ...headers }, body: sent };
    },

    async tryWebhook({ body }, { organizationId }) {
      const { webhook, attempt } = await tester.try(organizationId, body);
      const { request, duration_ms, status_code, error, response, outcome } = attemptResource(attempt);
      const sent = { method: 'POST' as const, url: webhook.url, ...request };
      return { request: sent, duration_ms, status_code, error, response, outcome };
    },

    async testFilter({ body }, { organizationId }) {
      return tryFilter(samples, organizationId, body, clock.now());
    },

    async getWebhook({ params }, { organizationId }) {
      return resources.one(await webhooks.get(organizationId, params.id));
    },

    async updateWebhook({ params, body }, { organizationId }) {
      return resources.one(await webhooks.update(organizationId, params.id, body));
    },

    async deleteWebhook({ params }, { organizationId }) {
      await webhooks.get(organizationId, params.id);
      await webhooks.delete(organizationId, params.id);
    },

    async pauseWebhook({ params }, { organizationId }) {
      return resources.one(await webhooks.pause(organizationId, params.id));
    },

    async resumeWebhook({ params }, { organizationId }) {
      return resources.one(await webhooks.resume(organizationId, params.id));
    },

    async resumeWebhooks({ body: { since, provider } = {} }, { organizationId }) {
      return webhooks.resumeAll(organizationId, {
        since: since === undefined ? undefined : Date.parse(since),
        provider,
      });
    },

    async testWebhook({ params, body }, { organizationId }) {
      return attemptResource(await tester.test(organizationId, params.id, body?.event));
    },

    async getWebhookSecret({ params }, { organizationId }) {
      return secretResource(webhooks.secretsOf(await webhooks.get(organizationId, params.id)));
    },

    async rotateWebhookSecret({ params, body }, { organizationId }) {
      const { signing_secret, signed_with, ...rest } = secretResource(
        await webhooks.rotateSecret(organizationId, params.id, body),
      );
      if (signing_secret === null || signed_with === null) throw new Error('A rotated secret signs nothing.');
      return { signing_secret, signed_with, ...rest };
    },
  };
}
