import type { Provider } from '@bellhop/shared';
import { Catalogue, operationalProvider } from '@bellhop/shared';
import { readAddress } from './address.ts';
import { vendors } from './providers.ts';

/* What a build decides (docs/publish-zapier-app.md). build.ts puts the values in the place of these variables. */

/** Whose event types are the app's triggers. BELLHOP_PROVIDERS names them; default: the whole catalogue. */
export const providers = chosen(new Catalogue(vendors).providers, process.env.BELLHOP_PROVIDERS);

/** Whose app it is, as customers read it: the vendor's, where it has one vendor's triggers alone. */
export const productName = nameOf(providers);

/** Where the vendor's server is; undefined: customers say where theirs is. */
export const fixedServer = serverOf(process.env.BELLHOP_SERVER_URL);

/** Where customers find this documentation. */
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
    throw new TypeError(`BELLHOP_PROVIDERS names "${unknown}", which is no provider here. Use some of ${known}.`);
  }
  return wanted.every((name) => name === '') ? all : all.filter(({ id }) => wanted.includes(id));
}

function serverOf(typed: string | undefined): string | undefined {
  if (!typed) return undefined;
  const address = readAddress(typed);
  if (!address.ok) throw new TypeError(`BELLHOP_SERVER_URL cannot be used. ${address.problem}`);
  return address.url;
}

export function nameOf(providers: readonly Provider[]): string {
  const [vendor, ...others] = providers.filter((provider) => provider !== operationalProvider);
  return vendor && others.length === 0 ? vendor.name : operationalProvider.name;
}
