import type { JsonObject, Provider } from '@bellhop/shared';
import type { SettingsStore } from '../store/contract.ts';

/** The provider's defaults, overridden by the organization's settings. */
export async function effectiveSettings(
  store: Pick<SettingsStore, 'getSettings'>,
  organizationId: string,
  provider: Provider,
): Promise<JsonObject> {
  if (!provider.settings) return {};
  const stored = await store.getSettings(organizationId, provider.id);
  return { ...provider.settings.defaults, ...(stored === null ? {} : JSON.parse(stored)) };
}
