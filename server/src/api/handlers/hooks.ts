import type { Catalogue } from '@bellhop/shared';
import { standardFormat } from '@bellhop/shared';
import { invalidInput, notFound } from '../../problem.ts';
import { unknownEventType, unknownProvider } from '../../publish/prepare.ts';
import { toOutgoingEvent } from '../../render/request.ts';
import type { LogStore } from '../../store/contract.ts';
import type { WebhookService } from '../../webhooks/service.ts';
import { webhookResource } from '../resources.ts';
import type { Handlers } from '../router.ts';

type Operations = 'subscribeHook' | 'getHookSample' | 'getHook' | 'unsubscribeHook';

export interface HookParts {
  readonly catalogue: Catalogue;
  readonly webhooks: WebhookService;
  readonly store: Pick<LogStore, 'listEvents'>;
}

/** Real events that the sample list shows before the static one. */
const recentEvents = 3;

export function hookHandlers({ catalogue, webhooks, store }: HookParts): Pick<Handlers, Operations> {
  return {
    async subscribeHook({ body }, { organizationId, setHeader }) {
      const { event, events, target_url, ...rest } = body;
      const input = { ...rest, url: target_url, events: events ?? (event === undefined ? [] : [event]) };
      const fields = { url: 'target_url', ...(event === undefined ? {} : { 'events.0': 'event' }) };
      const { webhook, signingSecret } = await webhooks.subscribe(organizationId, input, fields);
      setHeader('Location', `/v1/hooks/${webhook.id}`);
      return { ...webhookResource(webhook, webhooks.credentialsOf(webhook)), signing_secret: signingSecret };
    },

    async getHookSample({ query }, { organizationId }) {
      const provider = catalogue.provider(query.provider);
      if (!provider) throw invalidInput([{ field: 'provider', message: unknownProvider(catalogue) }]);
      const eventType = catalogue.eventType(query.provider, query.event);
      if (!eventType) throw invalidInput([{ field: 'event', message: unknownEventType(provider) }]);
      const filter = { provider: provider.id, type: query.event, tests: false };
      const recent = await store.listEvents(organizationId, filter, { limit: recentEvents });
      const fixed = standardFormat.envelope({
        id: 'evt_sample',
        deliveryId: 'dlv_sample',
        organizationId,
        provider: provider.id,
        type: query.event,
        occurredAt: sampleTime,
        data: eventType.sample,
        test: true,
      });
      return {
        data: [...recent.map((event) => ({ ...standardFormat.envelope(toOutgoingEvent(event, '')) })), { ...fixed }],
      };
    },

    async getHook({ params }, { organizationId }) {
      const webhook = await webhooks.get(organizationId, params.id);
      if (webhook.status === 'gone') throw notFound('REST hook');
      return webhookResource(webhook, webhooks.credentialsOf(webhook));
    },

    async unsubscribeHook({ params }, { organizationId }) {
      await webhooks.delete(organizationId, params.id);
    },
  };
}

/** The static sample never changes, its time neither. */
const sampleTime = new Date('2026-01-15T09:30:00.000Z');
