import type { Catalogue } from '@bellhop/shared';
import { notFound } from '../../problem.ts';
import type { EventLog, SettingsReader } from '../../store/contract/index.ts';
import { hookSamples } from '../../webhooks/samples.ts';
import type { WebhookService } from '../../webhooks/service.ts';
import type { Handlers } from '../router.ts';
import type { WebhookResources } from '../webhook-resources.ts';

type Operations = 'subscribeHook' | 'getHookSample' | 'getHook' | 'unsubscribeHook';

export interface HookParts {
  readonly catalogue: Catalogue;
  readonly webhooks: WebhookService;
  readonly resources: WebhookResources;
  readonly store: EventLog & SettingsReader;
}

export function hookHandlers({ catalogue, webhooks, resources, store }: HookParts): Pick<Handlers, Operations> {
  return {
    async subscribeHook({ body }, { organizationId, setHeader }) {
      const { event, events, target_url, ...rest } = body;
      const input = { ...rest, url: target_url, events: events ?? (event === undefined ? [] : [event]) };
      const fields = { url: 'target_url', ...(event === undefined ? {} : { 'events.0': 'event' }) };
      const { webhook, signingSecret } = await webhooks.subscribe(organizationId, input, fields);
      setHeader('Location', `/v1/hooks/${webhook.id}`);
      return { ...(await resources.one(webhook)), signing_secret: signingSecret };
    },

    async getHookSample({ query: { provider, event: type, filter } }, { organizationId }) {
      return { data: await hookSamples({ catalogue, store }, { organizationId, provider, type, filter }) };
    },

    async getHook({ params }, { organizationId }) {
      const webhook = await webhooks.get(organizationId, params.id);
      if (webhook.status === 'gone') throw notFound('REST hook');
      return resources.one(webhook);
    },

    async unsubscribeHook({ params }, { organizationId }) {
      await webhooks.unsubscribe(organizationId, params.id);
    },
  };
}
