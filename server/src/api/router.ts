import type { Operation, OperationInput, OperationOutput, Route } from '@bellhop/shared';
import { routes } from '@bellhop/shared';
import type { Request, RequestHandler, Response } from 'express';
import { Router } from 'express';
import type { z } from 'zod';
import { check } from '../check.ts';
import { invalidInput, ProblemError } from '../problem.ts';
import type { Authenticator, Caller } from './authenticate.ts';
import { parseBody, readBody } from './body.ts';
import { fieldErrors, sendProblem } from './problems.ts';

/** What a handler has beside its parsed input. */
export interface Context {
  readonly caller: Caller;
  /** The caller's organization. @throws {ProblemError} for the root key, which has none. */
  readonly organizationId: string;
  setHeader(name: string, value: string): void;
}

export type Handler<O extends Operation> = (input: OperationInput<O>, context: Context) => Promise<OperationOutput<O>>;

/** One handler for every operation of the route table. */
export type Handlers = { readonly [O in Operation]: Handler<O> };

export interface BodyLimits {
  readonly bodyBytes: number;
  readonly batchBytes: number;
}

/** Binds handlers to the route table: authenticate, read, validate, handle, answer. */
export function apiRouter(handlers: Handlers, authenticator: Authenticator, limits: BodyLimits): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const operations = Object.keys(routes) as Operation[];
  for (const operation of operations) {
    const route: Route = routes[operation];
    const limit = operation === 'publishBatch' ? limits.batchBytes : limits.bodyBytes;
    const method = route.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    router[method](
      expressPath(route),
      authenticated(authenticator, route),
      ...(route.body ? [readBody(limit)] : []),
      answer(route, handlers[operation] as AnyHandler),
    );
  }
  for (const [path, methods] of methodsByPath()) router.all(path, refuseMethod(methods));
  return router;
}

type AnyHandler = (input: unknown, context: Context) => Promise<unknown>;

function authenticated(authenticator: Authenticator, route: Route): RequestHandler {
  return async (request, response, next) => {
    response.locals.caller = await authenticator.authenticate(request, route.access);
    next();
  };
}

function answer(route: Route, handler: AnyHandler): RequestHandler {
  return async (request, response) => {
    const output = await handler(parseInput(route, request), contextOf(response));
    response.status(route.status);
    if (output === undefined) response.end();
    else response.type('application/json').send(JSON.stringify(output));
  };
}

function contextOf(response: Response): Context {
  const caller = response.locals.caller as Caller;
  return {
    caller,
    get organizationId() {
      if (caller.kind === 'key') return caller.organization.id;
      throw new ProblemError(
        'forbidden',
        'The root key belongs to no organization. Use an API key of the organization.',
      );
    },
    setHeader: (name, value) => response.set(name, value),
  };
}

function parseInput(route: Route, request: Request): unknown {
  const params = route.params?.safeParse(request.params);
  // An id that cannot exist is no different from one that does not.
  if (params && !params.success) throw new ProblemError('not_found', 'There is nothing at this address.');
  const query = route.query?.safeParse(request.query);
  const headers = route.headers?.safeParse(request.headers);
  const body = route.body ? parseRouteBody(route, request) : undefined;
  const errors = [query, headers, body].flatMap((part) => (part?.error ? fieldErrors(part.error) : []));
  if (errors.length > 0) throw invalidInput(errors);
  return { params: params?.data, query: query?.data, headers: headers?.data, body: body?.data };
}

function parseRouteBody(route: Route, request: Request): z.ZodSafeParseResult<unknown> | undefined {
  const body = parseBody(request);
  if (body === undefined && route.bodyOptional) return undefined;
  if (body === undefined)
    throw invalidInput([{ field: '', message: 'must be a JSON object; the request had no body' }]);
  return route.body && check(route.body, body);
}

function expressPath({ path }: Route): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

function methodsByPath(): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const route of Object.values<Route>(routes)) {
    const path = expressPath(route);
    methods.set(path, [...(methods.get(path) ?? []), route.method]);
  }
  return methods;
}

function refuseMethod(methods: readonly string[]): RequestHandler {
  return (request, response) => {
    const allowed = methods.join(', ');
    response.set('Allow', allowed);
    sendProblem(
      response,
      new ProblemError('method_not_allowed', `${request.method} is not possible here; use ${allowed}.`),
    );
  };
}
