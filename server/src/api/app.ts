import { openApi } from '@bellhop/shared/openapi';
import type { Express, RequestHandler } from 'express';
import express from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type { DashboardParts } from '../dashboard/serve.ts';
import { dashboardRouter } from '../dashboard/serve.ts';
import { ProblemError } from '../problem.ts';
import type { Authenticator } from './authenticate.ts';
import { trustedProxies } from './client-address.ts';
import { documentationPage } from './docs-page.ts';
import type { EventStreams } from './event-streams.ts';
import { problemHandler, sendProblem } from './problems.ts';
import type { BodyLimits, Handlers } from './router.ts';
import { apiRouter } from './router.ts';

export interface AppParts {
  /** Null: this server serves no API. */
  readonly handlers: Handlers | null;
  readonly authenticator: Authenticator;
  readonly limits: BodyLimits;
  readonly streams: EventStreams;
  readonly dashboard: DashboardParts & { readonly hstsSubdomains: boolean };
  /** False while the store is unreachable or this node's lease has lapsed. */
  readonly ready: () => Promise<boolean>;
  readonly version: string;
  readonly log: Logger;
}

/** The content security policy of data: a browser that displays it loads and runs nothing. */
const denyAll = {
  defaultSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

const noApi = 'This node only delivers and serves no API. Send requests to a node with the role "api".';

const noStore: RequestHandler = (_, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

/** The HTTP side of the server: health checks, the API and its description, the dashboard. */
export function createApp(parts: AppParts): Express {
  const { handlers, authenticator, limits, streams, dashboard, ready, version, log } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', trustedProxies);
  const strictTransportSecurity = { includeSubDomains: dashboard.hstsSubdomains };
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: denyAll }, strictTransportSecurity }));
  const description = JSON.stringify(openApi(version));
  const page = documentationPage(version);
  const allowStyle = helmet.contentSecurityPolicy({
    useDefaults: false,
    directives: { ...denyAll, styleSrc: [`'sha256-${page.styleHash}'`] },
  });

  app.get('/healthz', (_, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', async (_, response) => {
    if (await ready()) response.json({ status: 'ready' });
    else sendProblem(response, new ProblemError('unavailable', 'The store is not responding.'));
  });
  if (handlers) {
    app.get('/openapi.json', (_, response) => void response.type('application/json').send(description));
    app.get('/docs', allowStyle, (_, response) => void response.type('text/html').send(page.html));
    app.use(dashboardRouter(dashboard));
    app.use('/v1', noStore);
    app.use(apiRouter({ handlers, authenticator, limits, streams }));
  }
  app.use((_, response) => {
    sendProblem(
      response,
      new ProblemError('not_found', handlers ? 'Nothing exists at this address. GET /docs lists the API.' : noApi),
    );
  });
  app.use(problemHandler(log));
  return app;
}
