import type { Scope } from '@bellhop/shared';
import type { Clock } from '../../clock.ts';
import { newId } from '../../ids.ts';
import type { FieldError } from '../../problem.ts';
import { invalidInput, notFound } from '../../problem.ts';
import { hashKey, newApiKey, previewKey } from '../../security/keys.ts';
import type { Caller } from '../../sessions/caller.ts';
import { grantedBy, originOf, revokedMeanwhile } from '../../sessions/caller.ts';
import type { AccountStore } from '../../store/contract/index.ts';
import type { Authenticator } from '../authenticate.ts';
import { apiKeyResource, organizationResource, page } from '../resources.ts';
import type { Handlers } from '../router.ts';
import { requireOrganization } from './organization.ts';

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
      await requireOrganization(store, params.id, caller);
      requireGrantable(body.scopes, caller);
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
        ...originOf(caller),
      };
      if (!(await store.insertApiKey(record))) throw revokedMeanwhile();
      return { ...apiKeyResource(record), key };
    },

    async listApiKeys({ params, query: { limit, cursor } }, { caller }) {
      await requireOrganization(store, params.id, caller);
      const keys = await store.listApiKeys(params.id, { limit: limit + 1, cursor }, grantedBy(caller));
      return page(keys, limit, apiKeyResource);
    },

    async revokeApiKey({ params }, { caller }) {
      await requireOrganization(store, params.id, caller);
      const ended = await store.revokeApiKey(params.id, params.key_id, clock.now(), grantedBy(caller));
      if (!ended) throw notFound('API key');
      authenticator.forget(ended);
    },
  };
}

/** @throws {ProblemError} `invalid_input` naming the scopes that the caller does not have and so cannot grant. */
function requireGrantable(scopes: readonly Scope[], caller: Caller): void {
  const own = grantedBy(caller);
  if (!own) return;
  const message = `must be a scope of your own key: ${own.join(', ')}`;
  const errors = scopes.flatMap((scope, index): FieldError[] =>
    own.includes(scope) ? [] : [{ field: `scopes.${index}`, message }],
  );
  if (errors.length > 0) throw invalidInput(errors);
}
