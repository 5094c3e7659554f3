import type { Provider } from '../../api/resources.ts';

/** The provider that every server has beside its products' (shared/src/providers/bellhop.ts): events about webhooks. */
const operational = 'bellhop';

export function isOperational({ id }: Provider): boolean {
  return id === operational;
}

/** What a provider is called where nothing else says what it is. */
export function titleOf(provider: Provider): string {
  return isOperational(provider) ? `${provider.name}: about your webhooks` : provider.name;
}
