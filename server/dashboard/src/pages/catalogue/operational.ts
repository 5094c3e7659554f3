import { operationalId } from '@bellhop/shared/providers/operational-id';
import type { Provider } from '../../api/resources.ts';

/** The provider that every server has beside its products': events about webhooks. */
export function isOperational({ id }: Provider): boolean {
  return id === operationalId;
}

/** What a provider is called where nothing else says what it is. */
export function titleOf(provider: Provider): string {
  return isOperational(provider) ? `${provider.name}: about your webhooks` : provider.name;
}
