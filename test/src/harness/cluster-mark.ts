import type { Provider } from '@bellhop/shared';
import { builtInProviders } from '@bellhop/shared';

/** A header of a test's own, by which a receiver knows which node of a cluster has sent a request. */
const name = 'X-Test-Node';

/** The built-in providers, whose own format carries the mark of a node. */
export function providersOf(node: number): Provider[] {
  return builtInProviders.map((provider) => ({
    ...provider,
    headers: (...attempt) => ({ ...provider.headers?.(...attempt), [name]: String(node) }),
  }));
}

/** The number of the node that sent a request. */
export function senderOf({ headers }: { readonly headers: NodeJS.Dict<string | string[]> }): number {
  const mark = headers[name.toLowerCase()];
  if (mark === undefined) throw new Error('The request carries no mark of a node.');
  return Number(mark);
}
