import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from '@bellhop/shared';
import { scopes } from '@bellhop/shared/api/accounts';
import type { Clock } from '../clock.ts';
import type { Keys } from '../config.ts';
import { ConfigError } from '../config.ts';
import { newId } from '../ids.ts';
import { hashKey, newApiKey, previewKey } from '../security/keys.ts';
import { makePrivateDirectory, tighten } from '../security/private-files.ts';
import { byOperator } from '../sessions/caller.ts';
import { newPortalLink, portalUrl } from '../sessions/service.ts';
import type { AccountStore, ApiKeyReader, SessionStore } from '../store/contract/index.ts';

/** Keys generated in development, stored in the data directory to survive restarts. */
const schema = z.object({
  root_key: z.string().min(1),
  encryption_key: z.base64().length(44),
  api_key: z.string().min(1),
});

type DevelopmentKeys = z.output<typeof schema>;

/** Reads `development-keys.json`, or creates it, readable by its owner only. */
export function developmentKeys(dataDir: string): Keys & { readonly apiKey: string } {
  const file = join(dataDir, 'development-keys.json');
  if (!existsSync(file)) {
    makePrivateDirectory(dataDir);
    const keys: DevelopmentKeys = {
      root_key: `root_${randomBytes(24).toString('base64url')}`,
      encryption_key: randomBytes(32).toString('base64'),
      api_key: newApiKey(),
    };
    writeFileSync(file, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  }
  tighten(file);
  const keys = readKeys(file);
  return { root: keys.root_key, encryption: Buffer.from(keys.encryption_key, 'base64'), apiKey: keys.api_key };
}

/** Creates the first organization and its development API key, unless they exist. Returns the organization's id. */
export async function firstOrganization(
  store: AccountStore & ApiKeyReader,
  clock: Clock,
  apiKey: string,
): Promise<string> {
  const found = await store.findApiKey(hashKey(apiKey));
  if (found) return found.organization.id;
  const [existing] = await store.listOrganizations({ limit: 1 });
  const organization = existing ?? { id: newId('organization'), name: 'My first organization', createdAt: clock.now() };
  if (!existing) await store.insertOrganization(organization);
  await store.insertApiKey({
    id: newId('apiKey'),
    organizationId: organization.id,
    name: 'Development',
    scopes: ['admin', 'events:write', 'webhooks:read', 'webhooks:write'],
    hash: hashKey(apiKey),
    preview: previewKey(apiKey),
    createdAt: clock.now(),
    lastUsedAt: null,
    ...byOperator,
  });
  return organization.id;
}

const dayMs = 24 * 3600 * 1000;

/** Creates a URL that signs in to the dashboard as an admin of an organization, valid for a day. */
export async function developmentPortal(
  store: SessionStore,
  clock: Clock,
  organizationId: string,
  publicUrl: string,
): Promise<string> {
  const options = { scopes, expiresMs: dayMs, sessionMs: dayMs };
  const { token, link } = newPortalLink(organizationId, byOperator, options, clock.now());
  await store.insertPortalLink(link);
  return portalUrl(publicUrl, token);
}

function readKeys(file: string): DevelopmentKeys {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new ConfigError(`Cannot read ${file}. Restore it, or delete the data directory to start over.`, {
      cause,
    });
  }
}
