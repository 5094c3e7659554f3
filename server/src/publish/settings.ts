import type { JsonObject, Provider } from '@bellhop/shared';
import type { SettingsStore } from '../store/contract.ts';

/** What holds for an organization: the provider's defaults, under what the organization set. */
export async function effectiveSettings(
  store: Pick<SettingsStore, 'getSettings'>,
  organizationId: string,
  provider: Provider,
): Promise<JsonObject> {
  if (!provider.settings) return {};
  const stored = await store.getSettings(organizationId, provider.id);
  return { ...provider.settings.defaults, ...(stored === null ? {} : JSON.parse(stored)) };
}
