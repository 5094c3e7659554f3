import { Catalogue } from '@bellhop/shared/catalogue';

/*
 * The catalogue as the node's parameters need it. A build puts the data in the place of this module (build.ts), so that
 * no schema and no zod gets into what n8n loads.
 */

export interface ListedProvider {
  readonly id: string;
  readonly name: string;
  /** Whether its events are published through the API; Bellhop's own operational events are not. */
  readonly publishable: boolean;
  readonly events: readonly ListedEventType[];
}

export interface ListedEventType {
  readonly type: string;
  readonly label: string;
  readonly description: string;
}

/** The given providers (default: the built-in ones) and Bellhop's own. */
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
