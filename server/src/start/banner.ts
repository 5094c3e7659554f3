import type { Provider } from '@bellhop/shared';
import type { Role } from '../config.ts';

export interface BannerParts {
  readonly url: string;
  readonly dataDir: string;
  /** The URL of the PostgreSQL database, if that keeps the data; only its host and name are printed. */
  readonly database: string | undefined;
  /** Where browsers reach the dashboard, as far as that is known; without a slash at its end. */
  readonly publicUrl: string;
  /** Set in development: its keys are printed, and a URL that signs in to the dashboard. */
  readonly development: { readonly apiKey: string; readonly root: string; readonly portal: string } | undefined;
  readonly providers: readonly Provider[];
  readonly roles: readonly Role[];
}

/** What a person sees when the server is up: where it is, how to call it, and a command to paste. */
export function banner(parts: BannerParts): string {
  const { url, publicUrl, dataDir, database, development, providers, roles } = parts;
  // A server that only delivers has no API to be called.
  if (!roles.includes('api')) return `\nBellhop is ready at ${url}\n\n`;
  if (!development) return `\nBellhop is ready at ${url}\n\n  Dashboard  ${publicUrl}/\n\n`;
  return `
Bellhop is ready at ${url}

  Dashboard  ${development.portal}
             signs in to a first organization, for a day
  API key    ${development.apiKey}
             of that organization; GET ${url}/v1/me says which
  Root key   ${development.root}
  Reference  ${url}/docs
  Data       ${database === undefined ? dataDir : placeOf(database)}

DEVELOPMENT MODE: http:// and loopback targets are allowed, and keys are kept in the data directory.
Set NODE_ENV=production before anyone relies on this server.

Publish an event (paste this into another terminal):

${publishCommand(url, development.apiKey, providers)}

`;
}

/** `PostgreSQL at db.internal:5432, database bellhop` */
function placeOf(database: string): string {
  const url = URL.parse(database);
  return `PostgreSQL at ${url?.host}, database ${url?.pathname.slice(1)}`;
}

function publishCommand(url: string, apiKey: string, providers: readonly Provider[]): string {
  const provider = providers[0];
  const [type, eventType] = Object.entries(provider?.events ?? {})[0] ?? [];
  const body = JSON.stringify({ provider: provider?.id, type, data: eventType?.sample }, null, 2);
  return `curl -X POST ${url}/v1/events \\
  -H "Authorization: Bearer ${apiKey}" \\
  -H "Content-Type: application/json" \\
  -d '${body.replaceAll("'", "'\\''")}'`;
}
