import type { Catalogue, Provider } from '@bellhop/shared';
import { describeEventType, describeProvider, operatorProvider } from '@bellhop/shared';
import { check } from '../../check.ts';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { invalidInput, ProblemError } from '../../problem.ts';
import { effectiveSettings } from '../../publish/settings.ts';
import type { Caller } from '../../sessions/caller.ts';
import type { SettingsStore } from '../../store/contract/index.ts';
import { fieldErrors } from '../problems.ts';
import type { Handlers } from '../router.ts';

type Operations = 'listProviders' | 'getProvider' | 'getEventType' | 'getProviderSettings' | 'putProviderSettings';

export interface CatalogueParts {
  readonly catalogue: Catalogue;
  readonly store: SettingsStore;
  readonly operator: Config['operator'];
  readonly clock: Clock;
}

export function catalogueHandlers({ catalogue, store, operator, clock }: CatalogueParts): Pick<Handlers, Operations> {
  const descriptions = new Map(catalogue.providers.map((provider) => [provider.id, describeProvider(provider)]));
  const isVisible = (id: string, caller: Caller) =>
    id !== operatorProvider.id || caller.kind === 'root' || caller.organization.id === operator.organization;

  return {
    async listProviders(_, { caller }) {
      return { data: [...descriptions.values()].filter(({ id }) => isVisible(id, caller)) };
    },

    async getProvider({ params }, { caller }) {
      const description = descriptions.get(params.provider);
      if (!description || !isVisible(description.id, caller)) throw unknown('provider');
      return description;
    },

    async getEventType({ params }, { caller }) {
      const eventType = catalogue.eventType(params.provider, params.type);
      if (!eventType || !isVisible(params.provider, caller)) throw unknown('event type');
      return describeEventType(params.type, eventType);
    },

    async getProviderSettings({ params }, { organizationId }) {
      const provider = withSettings(catalogue, params.provider);
      return { ...(await effectiveSettings(store, organizationId, provider)) };
    },

    async putProviderSettings({ params, body }, { organizationId }) {
      const provider = withSettings(catalogue, params.provider);
      const parsed = check(provider.settings.schema, body);
      if (!parsed.success) throw invalidInput(fieldErrors(parsed.error));
      await store.putSettings(organizationId, provider.id, JSON.stringify(parsed.data), clock.now());
      return { ...(await effectiveSettings(store, organizationId, provider)) };
    },
  };
}

function unknown(what: string): ProblemError {
  return new ProblemError('not_found', `The catalogue has no such ${what}. GET /v1/providers lists them.`);
}

function withSettings(catalogue: Catalogue, id: string): Provider & Required<Pick<Provider, 'settings'>> {
  const provider = catalogue.provider(id);
  if (!provider) throw unknown('provider');
  const { settings } = provider;
  if (!settings) throw new ProblemError('not_found', `The provider "${id}" has no settings.`);
  return { ...provider, settings };
}
