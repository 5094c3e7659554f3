import { openApi } from '@bellhop/shared/openapi';
import type { Express, RequestHandler } from 'express';
import express from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type { DashboardParts } from '../dashboard/serve.ts';
import { dashboardRouter } from '../dashboard/serve.ts';
import { ProblemError } from '../problem.ts';
import type { Authenticator } from './authenticate.ts';
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
  readonly dashboard: DashboardParts;
  /** Whether the server can do its work right now. */
  readonly ready: () => Promise<boolean>;
  readonly version: string;
  readonly log: Logger;
}

/** The content security policy of answers that are data: a browser that shows one loads and runs nothing for it. */
const nothingElse = {
  defaultSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

const noApi = 'This node delivers and serves no API. Send requests to a node that has the role "api".';

/** What the API answers is a moment's state and the caller's alone: no cache has any use for it. */
const notKept: RequestHandler = (_, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

/** The HTTP side of the server: the API, its description, the dashboard, and what operations ask for. */
export function createApp(parts: AppParts): Express {
  const { handlers, authenticator, limits, streams, dashboard, ready, version, log } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: nothingElse } }));
  const description = JSON.stringify(openApi(version));
  const page = documentationPage(version);
  const styled = helmet.contentSecurityPolicy({
    useDefaults: false,
    directives: { ...nothingElse, styleSrc: [`'sha256-${page.styleHash}'`] },
  });

  app.get('/healthz', (_, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', async (_, response) => {
    if (await ready()) response.json({ status: 'ready' });
    else sendProblem(response, new ProblemError('unavailable', 'The store does not answer.'));
  });
  if (handlers) {
    app.get('/openapi.json', (_, response) => void response.type('application/json').send(description));
    app.get('/docs', styled, (_, response) => void response.type('text/html').send(page.html));
    app.use(dashboardRouter(dashboard));
    app.use('/v1', notKept);
    app.use(apiRouter({ handlers, authenticator, limits, streams }));
  }
  app.use((_, response) => {
    sendProblem(
      response,
      new ProblemError(
        'not_found',
        handlers ? 'There is nothing at this address. GET /docs lists what there is.' : noApi,
      ),
    );
  });
  app.use(problemHandler(log));
  return app;
}
