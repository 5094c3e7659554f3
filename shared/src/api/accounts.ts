import { z } from 'zod';
import { id, text, timestamp } from './fields.ts';

export const scopes = ['events:write', 'webhooks:read', 'webhooks:write', 'api_keys:write', 'admin'] as const;

/**
 * What an API key or a session can do. `api_keys:write` creates, lists and revokes API keys with no scope that it lacks
 * itself; `admin` includes all other scopes and manages the organization's settings.
 */
export type Scope = (typeof scopes)[number];

export const organizationInput = z.strictObject({ name: text(200).min(1) });

export const organization = z.object({ id: id('organization'), name: z.string(), created_at: timestamp });

export const apiKeyInput = z.strictObject({
  name: text(200).min(1),
  scopes: z.array(z.enum(scopes)).min(1),
});

export const makers = ['root', 'api_key', 'session'] as const;

/** Where a credential comes from. */
export const origin = {
  created_by: z
    .object({ kind: z.enum(makers), id: z.string().nullable().meta({ description: 'null for the root key.' }) })
    .nullable()
    .meta({ description: 'Who created it. null: this was not recorded yet.' }),
  ends_with: z
    .object({ kind: z.enum(['api_key', 'portal_link']), id: z.string() })
    .nullable()
    .meta({ description: 'The API key or portal link that it was created with. Revoking that ends it, too.' }),
};

export const apiKey = z.object({
  id: id('apiKey'),
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  preview: z
    .string()
    .meta({ description: 'The first characters of the key, to tell keys apart.', examples: ['sk_live_Zk3v…'] }),
  created_at: timestamp,
  last_used_at: timestamp.nullable(),
  ...origin,
});

export const createdApiKey = apiKey.extend({
  key: z.string().meta({ description: 'Shown only once; the server stores a hash.' }),
});

export const me = z.object({
  organization: organization.pick({ id: true, name: true }).nullable().meta({ description: 'null for the root key.' }),
  scopes: z.array(z.enum([...scopes, 'root'])),
  server: z.object({ name: z.literal('bellhop'), version: z.string() }),
});
