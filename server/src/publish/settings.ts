import type { JsonObject, Provider } from '@bellhop/shared';
import type { SettingsReader } from '../store/contract/index.ts';

/** The provider's defaults, overridden by the organization's settings. */
export async function effectiveSettings(
  store: SettingsReader,
  organizationId: string,
  provider: Provider,
): Promise<JsonObject> {
  if (!provider.settings) return {};
  const stored = await store.getSettings(organizationId, provider.id);
  return { ...provider.settings.defaults, ...(stored === null ? {} : JSON.parse(stored)) };
}
