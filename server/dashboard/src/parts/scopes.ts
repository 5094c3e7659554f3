import type { Scope } from '@bellhop/shared';

/** In display order. */
export const scopeDescriptions: Readonly<Record<Scope, string>> = {
  'webhooks:read': 'View webhooks, events and the log',
  'webhooks:write': 'Create, change and test webhooks',
  'events:write': 'Publish events',
  'api_keys:write': 'Create and revoke API keys',
  admin: 'Full access, including settings',
};

export const allScopes = Object.keys(scopeDescriptions) as readonly Scope[];

/** The scopes that a holder of these scopes can grant to a key. */
export function grantable(scopes: readonly Scope[]): readonly Scope[] {
  return scopes.includes('admin') ? allScopes : allScopes.filter((scope) => scopes.includes(scope));
}

/** What these scopes allow, as a list of phrases. */
export function allowedBy(scopes: readonly Scope[]): string {
  const shown = scopes.includes('admin') ? (['admin'] as const) : scopes;
  return shown.map((scope) => scopeDescriptions[scope]).join('; ');
}

/** The scopes that the connectors need (docs/connect-zapier.md, docs/connect-n8n.md). */
export const connectorScopes = ['webhooks:read', 'webhooks:write'] as const satisfies readonly Scope[];
