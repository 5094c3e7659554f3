import type { Clock } from '../../clock.ts';
import { newId } from '../../ids.ts';
import { notFound } from '../../problem.ts';
import { hashKey, newApiKey, previewKey } from '../../security/keys.ts';
import type { AccountStore } from '../../store/contract.ts';
import type { Authenticator, Caller } from '../authenticate.ts';
import { apiKeyResource, organizationResource, page } from '../resources.ts';
import type { Handlers } from '../router.ts';

type Operations =
  | 'getMe'
  | 'createOrganization'
  | 'listOrganizations'
  | 'createApiKey'
  | 'listApiKeys'
  | 'revokeApiKey';

export interface AccountParts {
  readonly store: AccountStore;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly version: string;
}

export function accountHandlers({ store, authenticator, clock, version }: AccountParts): Pick<Handlers, Operations> {
  /** @throws {ProblemError} `not_found`, unless the caller is the operator or an admin of this organization. */
  async function requireOrganization(id: string, caller: Caller): Promise<void> {
    const foreign = caller.kind === 'key' && caller.organization.id !== id;
    if (foreign || !(await store.getOrganization(id))) throw notFound('organization');
  }

  return {
    async getMe(_, { caller }) {
      const server = { name: 'bellhop' as const, version };
      if (caller.kind === 'root') return { organization: null, scopes: ['root'], server };
      const { id, name } = caller.organization;
      return { organization: { id, name }, scopes: [...caller.scopes], server };
    },

    async createOrganization({ body }) {
      const organization = { id: newId('organization'), name: body.name, createdAt: clock.now() };
      await store.insertOrganization(organization);
      return organizationResource(organization);
    },

    async listOrganizations({ query: { limit, cursor } }) {
      return page(await store.listOrganizations({ limit: limit + 1, cursor }), limit, organizationResource);
    },

    async createApiKey({ params, body }, { caller }) {
      await requireOrganization(params.id, caller);
      const key = newApiKey();
      const record = {
        id: newId('apiKey'),
        organizationId: params.id,
        name: body.name,
        scopes: [...new Set(body.scopes)],
        hash: hashKey(key),
        preview: previewKey(key),
        createdAt: clock.now(),
        lastUsedAt: null,
      };
      await store.insertApiKey(record);
      return { ...apiKeyResource(record), key };
    },

    async listApiKeys({ params, query: { limit, cursor } }, { caller }) {
      await requireOrganization(params.id, caller);
      return page(await store.listApiKeys(params.id, { limit: limit + 1, cursor }), limit, apiKeyResource);
    },

    async revokeApiKey({ params }, { caller }) {
      await requireOrganization(params.id, caller);
      if (!(await store.revokeApiKey(params.id, params.key_id, clock.now()))) throw notFound('API key');
      authenticator.forget(params.key_id);
    },
  };
}
