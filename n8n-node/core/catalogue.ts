import { Catalogue } from '@bellhop/shared/catalogue';

/*
 * The catalogue as far as the nodes' parameters list it. build.ts replaces this module with its data, so that n8n loads
 * neither schemas nor zod.
 */

export interface ListedProvider {
  readonly id: string;
  readonly name: string;
  /** False for Bellhop's operational events, which nobody publishes. */
  readonly publishable: boolean;
  readonly events: readonly ListedEventType[];
}

interface ListedEventType {
  readonly type: string;
  readonly label: string;
  readonly description: string;
}

/** @param given default: the built-in providers */
export function listed(given?: ConstructorParameters<typeof Catalogue>[0]): ListedProvider[] {
  const catalogue = new Catalogue(given);
  return catalogue.providers.map((provider) => ({
    id: provider.id,
    name: provider.name,
    publishable: catalogue.publishable.includes(provider),
    events: Object.entries(provider.events).map(([type, { label, description }]) => ({ type, label, description })),
  }));
}

export const providers: readonly ListedProvider[] = listed();
