import type { Provider } from '@bellhop/shared';
import { Catalogue, operationalProvider } from '@bellhop/shared';
import { readAddress } from './address.ts';
import { vendors } from './providers.ts';

/* Decided when the app is built (docs/publish-zapier-app.md): build.ts inlines the variables. */

/** The providers whose event types are triggers. Default: the whole catalogue. */
export const providers = chosen(new Catalogue(vendors).providers, process.env.BELLHOP_PROVIDERS);

/** The vendor's name, if all triggers are of one vendor. */
export const productName = nameOf(providers);

/** The vendor's server. Undefined: customers enter the address of theirs. */
export const fixedServer = serverOf(process.env.BELLHOP_SERVER_URL);

/** Where `docs/` is published. */
const docsUrl = process.env.BELLHOP_DOCS_URL || 'https://bellhop.example.com/guides';

export const links = {
  serverAddress: `${docsUrl}/connect-zapier.md#server-address`,
  apiKey: `${docsUrl}/connect-zapier.md#api-key`,
  filter: `${docsUrl}/connect-zapier.md#filter`,
} as const;

/** @throws {TypeError} when a name is not in the catalogue. */
export function chosen(all: readonly Provider[], names: string | undefined): readonly Provider[] {
  const wanted = (names ?? '').split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => name !== '' && !all.some(({ id }) => id === name));
  if (unknown !== undefined) {
    const known = all.map(({ id }) => id).join(', ');
    throw new TypeError(`BELLHOP_PROVIDERS: unknown provider "${unknown}". Choose from ${known}.`);
  }
  return wanted.every((name) => name === '') ? all : all.filter(({ id }) => wanted.includes(id));
}

function serverOf(typed: string | undefined): string | undefined {
  if (!typed) return undefined;
  const address = readAddress(typed);
  if (!address.ok) throw new TypeError(`BELLHOP_SERVER_URL is invalid. ${address.problem}`);
  return address.url;
}

export function nameOf(providers: readonly Provider[]): string {
  const [vendor, ...others] = providers.filter((provider) => provider !== operationalProvider);
  return vendor && others.length === 0 ? vendor.name : operationalProvider.name;
}
