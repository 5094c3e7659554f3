import type { Scope } from '@bellhop/shared';

/** What each scope allows, in words; in the order in which they are offered. */
export const scopeWords: Readonly<Record<Scope, string>> = {
  'webhooks:read': 'see webhooks, events and the log',
  'webhooks:write': 'create, change and test webhooks',
  'events:write': 'publish events',
  'api_keys:write': 'create and revoke API keys',
  admin: 'everything, settings included',
};

export const allScopes = Object.keys(scopeWords) as readonly Scope[];

/** Those that somebody with these scopes can give to a key. */
export function givable(scopes: readonly Scope[]): readonly Scope[] {
  return scopes.includes('admin') ? allScopes : allScopes.filter((scope) => scopes.includes(scope));
}

/** What somebody with these scopes may do, as phrases. */
export function allowedBy(scopes: readonly Scope[]): readonly string[] {
  return (scopes.includes('admin') ? (['admin'] as const) : scopes).map((scope) => scopeWords[scope]);
}

/** What the connectors need (docs/connect-zapier.md, docs/connect-n8n.md). */
export const connectorScopes = ['webhooks:read', 'webhooks:write'] as const satisfies readonly Scope[];
