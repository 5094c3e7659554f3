import { operationalId } from '@bellhop/shared/providers/operational-id';
import type { Provider } from '../../api/resources.ts';

/** True for the provider of events about webhooks, which every server has. */
export function isOperational({ id }: Provider): boolean {
  return id === operationalId;
}

/** The provider's name; for operational events, with what they are about. */
export function titleOf(provider: Provider): string {
  return isOperational(provider) ? `${provider.name}: about your webhooks` : provider.name;
}
