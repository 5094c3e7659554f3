import type { Provider } from '../../api/resources.ts';
import { useSession } from '../../session/session.tsx';

/** The product name for the connectors; `branded`: the operator has set one. */
export function useProduct() {
  const { theme } = useSession();
  return { name: theme.name ?? 'Bellhop', branded: theme.name !== undefined };
}

/** Label of an event to use as an example. */
export function exampleOf(providers: readonly Provider[]): string {
  return providers[0]?.events[0]?.label ?? 'an event';
}

/** True for loopback addresses. */
export function isLocal(address: string): boolean {
  const { hostname } = new URL(address);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
