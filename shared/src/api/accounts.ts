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

export const apiKey = z.object({
  id: id('apiKey'),
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  preview: z
    .string()
    .meta({ description: 'The first characters of the key, to tell keys apart.', examples: ['sk_live_Zk3v…'] }),
  created_at: timestamp,
  last_used_at: timestamp.nullable(),
});

export const createdApiKey = apiKey.extend({
  key: z.string().meta({ description: 'Shown only once; the server stores a hash.' }),
});

export const me = z.object({
  organization: organization.pick({ id: true, name: true }).nullable().meta({ description: 'null for the root key.' }),
  scopes: z.array(z.enum([...scopes, 'root'])),
  server: z.object({ name: z.literal('bellhop'), version: z.string() }),
});
