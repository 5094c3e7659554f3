import type { Provider } from '@bellhop/shared';
import { buildCommand, installation } from '../../dashboard/built.ts';
import type { Role } from '../config.ts';

export interface BannerParts {
  readonly url: string;
  readonly dataDir: string;
  /** The URL of the PostgreSQL database. Only its host and name are printed. Undefined: SQLite. */
  readonly database: string | undefined;
  /** Where browsers reach the dashboard, without a trailing slash. */
  readonly publicUrl: string;
  readonly dashboardBuilt: boolean;
  /** Printed in development: the keys, and a URL that signs in to the dashboard. */
  readonly development: { readonly apiKey: string; readonly root: string; readonly portal: string } | undefined;
  readonly providers: readonly Provider[];
  readonly roles: readonly Role[];
}

/** Printed at start: the server's addresses, its keys in development, and a command to try. */
export function banner(parts: BannerParts): string {
  const { url, dataDir, database, development, providers, roles } = parts;
  if (!roles.includes('api')) return `\nBellhop is ready at ${url}\n\n`;
  if (!development) return `\nBellhop is ready at ${url}\n\n  Dashboard  ${dashboard(parts)}\n\n`;
  return `
Bellhop is ready at ${url}

  Dashboard  ${dashboard(parts)}
  API key    ${development.apiKey}
             for your first organization
  Root key   ${development.root}
             for the operator: creates organizations and their keys
  Reference  ${url}/docs
  Data       ${database === undefined ? dataDir : placeOf(database)}

DEVELOPMENT MODE: http:// and loopback targets are allowed, and the keys are stored in the data directory.
Set NODE_ENV=production before you go live.

Publish an event (paste this into another terminal):

${publishCommand(url, development.apiKey, providers)}

`;
}

function dashboard({ dashboardBuilt, publicUrl, development }: BannerParts): string {
  if (!dashboardBuilt) return `is not built. To build it, run in ${installation}:\n             ${buildCommand}`;
  return development
    ? `${development.portal}\n             signs you in to your first organization; valid for a day`
    : `${publicUrl}/`;
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
