import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RequestHandler } from 'express';
import { Router } from 'express';
import helmet from 'helmet';
import { addresses, entrances } from '../../dashboard/src/addresses.ts';
import { readIfThere, serveAssets } from './assets.ts';
import { fillIn, missingPage, newNonce } from './page.ts';

export interface DashboardParts {
  /** What the build of the dashboard wrote: index.html, and assets/. Default: where `npm run build` puts it. */
  readonly directory?: string | undefined;
  /** Where browsers reach this server, without a slash at its end. */
  readonly publicUrl?: string | undefined;
  /** The origins that may show the dashboard in a frame. */
  readonly frameAncestors: readonly string[];
}

/** The addresses of the dashboard: these, and whatever is below one of them, but for `/`. It tells them apart by itself. */
export const dashboardPaths: readonly string[] = [
  ...new Set([...entrances, ...addresses].map((address) => `/${address.split('/')[1]}`)),
];

const builtDirectory = fileURLToPath(new URL('../../dashboard/dist', import.meta.url));

/** Serves the dashboard's page and what it is made of. Every other address is left to others. */
export function dashboardRouter({ directory = builtDirectory, publicUrl, frameAncestors }: DashboardParts): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use(reading);
  router.get('/assets/:name', serveAssets(join(directory, 'assets')));
  router.get(pagePattern(), servePage(join(directory, 'index.html'), basePath(publicUrl), frameAncestors));
  return router;
}

/** Leaves other methods to others, also OPTIONS, which a router would answer by itself. */
const reading: RequestHandler = ({ method }, _, next) =>
  next(method === 'GET' || method === 'HEAD' ? undefined : 'router');

function pagePattern(): RegExp {
  const names = dashboardPaths.filter((path) => path !== '/').map((path) => path.slice(1));
  return new RegExp(`^/(?:(?:${names.join('|')})(?:/.*)?)?$`);
}

/** The path that everything is below, as browsers see it: `/`, or `/hooks/`. */
function basePath(publicUrl: string | undefined): string {
  return publicUrl === undefined ? '/' : new URL(`${publicUrl}/`).pathname;
}

function servePage(file: string, base: string, frameAncestors: readonly string[]): RequestHandler {
  const admit = contentSecurityPolicy(frameAncestors);
  return async (request, response, next) => {
    // Read anew, as a build may have come meanwhile.
    const page = await readIfThere(file);
    response.set('Cache-Control', 'no-store').type('text/html');
    if (!page) return void response.send(missingPage(base));
    const nonce = newNonce();
    response.locals.nonce = nonce;
    if (frameAncestors.length > 0) response.removeHeader('X-Frame-Options');
    else response.set('X-Frame-Options', 'DENY');
    admit(request, response, (error) => {
      if (error) next(error);
      else response.send(fillIn(page.toString('utf8'), { base, nonce }));
    });
  };
}

/** The page loads what comes from here, and may be framed where the operator says so. */
function contentSecurityPolicy(frameAncestors: readonly string[]): ReturnType<typeof helmet.contentSecurityPolicy> {
  return helmet.contentSecurityPolicy({
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", (_, response) => `'nonce-${(response as { locals?: { nonce?: string } }).locals?.nonce}'`],
      imgSrc: ["'self'", 'data:'],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      baseUri: ["'self'"],
      formAction: ["'none'"],
      frameAncestors: frameAncestors.length > 0 ? frameAncestors : ["'none'"],
    },
  });
}
