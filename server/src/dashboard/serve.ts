import { join } from 'node:path';
import type { RequestHandler } from 'express';
import { Router } from 'express';
import helmet from 'helmet';
import { builtDirectory } from '../../dashboard/built.ts';
import { addresses, entrances } from '../../dashboard/src/addresses.ts';
import { readIfExists, serveAssets } from './assets.ts';
import { fillIn, missingPage, newNonce } from './page.ts';

export interface DashboardParts {
  /** The dashboard's build output: index.html and assets/. Default: where `npm run build` writes it. */
  readonly directory?: string | undefined;
  /** Where browsers reach this server, without a trailing slash. */
  readonly publicUrl?: string | undefined;
  /** Origins that can show the dashboard in a frame. */
  readonly frameAncestors: readonly string[];
}

/** The dashboard's page is served at these paths and, except for `/`, below them. It routes in the browser. */
export const dashboardPaths: readonly string[] = [
  ...new Set([...entrances, ...addresses].map((address) => `/${address.split('/')[1]}`)),
];

/** Serves the dashboard's page and assets, and passes all other requests on. */
export function dashboardRouter({ directory = builtDirectory, publicUrl, frameAncestors }: DashboardParts): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use(readsOnly);
  router.get('/assets/:name', serveAssets(join(directory, 'assets')));
  router.get(pagePattern(), servePage(join(directory, 'index.html'), basePath(publicUrl), frameAncestors));
  return router;
}

/** Passes other methods on, including OPTIONS, which a router would answer itself. */
const readsOnly: RequestHandler = ({ method }, _, next) =>
  next(method === 'GET' || method === 'HEAD' ? undefined : 'router');

function pagePattern(): RegExp {
  const names = dashboardPaths.filter((path) => path !== '/').map((path) => path.slice(1));
  return new RegExp(`^/(?:(?:${names.join('|')})(?:/.*)?)?$`);
}

/** The dashboard's path as browsers see it: `/`, or `/hooks/` behind a proxy. */
function basePath(publicUrl: string | undefined): string {
  return publicUrl === undefined ? '/' : new URL(`${publicUrl}/`).pathname;
}

function servePage(file: string, base: string, frameAncestors: readonly string[]): RequestHandler {
  const setPolicy = contentSecurityPolicy(frameAncestors);
  return async (request, response, next) => {
    // Read for every request, as the dashboard can be built while the server runs.
    const page = await readIfExists(file);
    response.set('Cache-Control', 'no-store').type('text/html');
    if (!page) return void response.status(503).send(missingPage(base));
    const nonce = newNonce();
    response.locals.nonce = nonce;
    if (frameAncestors.length > 0) response.removeHeader('X-Frame-Options');
    else response.set('X-Frame-Options', 'DENY');
    setPolicy(request, response, (error) => {
      if (error) next(error);
      else response.send(fillIn(page.toString('utf8'), { base, nonce }));
    });
  };
}

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
