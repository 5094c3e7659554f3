import type { Provider } from '../../api/resources.ts';
import { useSession } from '../../session/session.tsx';

/** What the connectors are called: after the operator's product, where it has its own looks. */
export function useProduct() {
  const { theme } = useSession();
  return { name: theme.name ?? 'Bellhop', branded: theme.name !== undefined };
}

/** An event to name as an example. */
export function exampleOf(providers: readonly Provider[]): string {
  return providers[0]?.events[0]?.label ?? 'an event';
}

/** Whether only programs on the same computer reach an address. */
export function isLocal(address: string): boolean {
  const { hostname } = new URL(address);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
