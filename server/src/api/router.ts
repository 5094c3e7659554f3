import type { Operation, OperationInput, OperationOutput, Route, StreamOperation } from '@bellhop/shared';
import { routes } from '@bellhop/shared';
import { bodyLimitOf } from '@bellhop/shared/api';
import type { Request, RequestHandler, Response } from 'express';
import { Router } from 'express';
import type { z } from 'zod';
import { check } from '../check.ts';
import type { FieldError } from '../problem.ts';
import { invalidInput, ProblemError } from '../problem.ts';
import type { Caller } from '../sessions/caller.ts';
import { tenantOf } from '../sessions/caller.ts';
import type { Authenticator } from './authenticate.ts';
import type { ParsedBody } from './body.ts';
import { limitBody, parseBody, readBody } from './body.ts';
import { clientAddress } from './client-address.ts';
import type { EventStreams, StreamItem } from './event-streams.ts';
import { FairTurns, FewReads } from './fair-turns.ts';
import type { JsonBounds } from './lossy-json.ts';
import { lossyProblem } from './lossy-json.ts';
import { fieldErrors, sendProblem } from './problems.ts';

export interface Context {
  /** @throws {ProblemError} on public routes, which have no caller. */
  readonly caller: Caller;
  /** @throws {ProblemError} for the root key, which has no organization. */
  readonly organizationId: string;
  /** The body as JSON, before it was validated; undefined when there is none. */
  readonly body: unknown;
  /** The items of the body's list that are too large, by `events.3`; null in the body. */
  readonly refused: readonly FieldError[];
  /** What JSON readers would change of the items of the body's list that the handler checks. */
  readonly lossy: readonly FieldError[];
  /** The Host header of the request: `hooks.example.com:8080`. */
  readonly host: string | undefined;
  /** Of the client. */
  readonly address: string;
  setHeader(name: string, value: string | string[]): void;
}

export type Handler<O extends Operation> = (input: OperationInput<O>, context: Context) => Promise<Answer<O>>;

/** A stream is read until its iterator's `return` is called, which ends a pending `next`. */
type Answer<O extends Operation> = O extends StreamOperation ? AsyncIterable<OperationOutput<O>> : OperationOutput<O>;

/** One handler for every operation of the route table. */
export type Handlers = { readonly [O in Operation]: Handler<O> };

export interface BodyLimits {
  readonly bodyBytes: number;
  readonly batchBytes: number;
  readonly eventValues: number;
}

export interface RouterParts {
  readonly handlers: Handlers;
  readonly authenticator: Authenticator;
  readonly limits: BodyLimits;
  readonly streams: EventStreams;
}

/** Binds handlers to the route table: authenticate, read, validate, handle, answer. What costs more comes later. */
export function apiRouter({ handlers, authenticator, limits, streams }: RouterParts): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const operations = Object.keys(routes) as Operation[];
  const turns = new FairTurns();
  const reads = new FewReads();
  for (const operation of operations) {
    const route: Route = routes[operation];
    const mostBytes = bodyLimitOf(route, limits);
    const method = route.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    const handler = handlers[operation] as AnyHandler;
    router[method](
      expressPath(route),
      authenticated(authenticator, route),
      limitBody(mostBytes),
      ...(route.body ? [readBody(mostBytes)] : []),
      inTurn(turns),
      route.stream === undefined
        ? answer(route, handler, limits, reads)
        : answerStream({ route, name: route.stream, handler, limits, authenticator, streams }),
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

function inTurn(turns: FairTurns): RequestHandler {
  return (_, response, next) => turns.take(partyOf(response), next);
}

/** Whose request it is. */
function partyOf({ locals }: Response): string {
  const caller = locals.caller as Caller | undefined;
  return caller && 'organization' in caller ? caller.organization.id : '';
}

function answer(route: Route, handler: AnyHandler, limits: BodyLimits, reads: FewReads): RequestHandler {
  return async (request, response) => {
    const { input, ...read } = parseInput(route, request, limits);
    const respond = async () => {
      const output = await handler(input, contextOf(request, response, read));
      response.status(route.status);
      if (output === undefined) response.end();
      else response.type('application/json').send(JSON.stringify(output));
    };
    if (route.method === 'GET') await reads.run(partyOf(response), respond);
    else await respond();
  };
}

interface StreamParts extends Pick<RouterParts, 'authenticator' | 'limits' | 'streams'> {
  readonly route: Route;
  readonly name: string;
  readonly handler: AnyHandler;
}

function answerStream({ route, name, handler, limits, authenticator, streams }: StreamParts): RequestHandler {
  return async (request, response) => {
    const { input, ...read } = parseInput(route, request, limits);
    const items = (await handler(input, contextOf(request, response, read))) as AsyncIterable<StreamItem>;
    const authorize = () => authenticator.authenticate(request, route.access);
    await streams.answer(request, response, items, { name, authorize });
  };
}

function contextOf(request: Request, response: Response, read: Pick<Context, 'body' | 'refused' | 'lossy'>): Context {
  const caller = response.locals.caller as Caller | undefined;
  return {
    ...read,
    get caller() {
      if (caller) return caller;
      throw new ProblemError('unauthorized', 'This request has no caller.');
    },
    get organizationId() {
      return tenantOf(this.caller).organization.id;
    },
    host: request.get('host'),
    get address() {
      return clientAddress(request);
    },
    setHeader: (name, value) => response.set(name, value),
  };
}

interface Input extends Pick<Context, 'body' | 'refused' | 'lossy'> {
  readonly input: unknown;
}

/** @throws {ProblemError} naming every wrong field, except those in the items of a list that the handler checks. */
function parseInput(route: Route, request: Request, limits: BodyLimits): Input {
  const params = route.params?.safeParse(request.params);
  // A malformed id is treated like one that does not exist.
  if (params && !params.success) throw new ProblemError('not_found', 'Nothing exists at this address.');
  const query = route.query?.safeParse(request.query);
  const headers = route.headers?.safeParse(request.headers);
  const { value, refused, lossy } = route.body ? parseBody(request, boundsOf(route, limits)) : noBody;
  const body = checkBody(route, value);
  const errors = [query, headers, body].flatMap((part) => (part?.error ? fieldErrors(part.error) : []));
  const ofItems = ({ field }: FieldError) => route.perItem !== undefined && field.startsWith(`${route.perItem}.`);
  const [first, ...others] = lossy.filter(
    (each) => !ofItems(each) && !errors.some(({ field }) => field === each.field),
  );
  if (first) throw lossyProblem([first, ...others], errors);
  if (errors.length > 0) throw invalidInput(errors);
  const input = { params: params?.data, query: query?.data, headers: headers?.data, body: body?.data };
  return { input, body: value, refused, lossy: lossy.filter(ofItems) };
}

const noBody: ParsedBody = { value: undefined, refused: [], lossy: [] };

function boundsOf({ perItem }: Route, { bodyBytes, eventValues }: BodyLimits): JsonBounds {
  return { values: eventValues, list: perItem === undefined ? undefined : { name: perItem, itemBytes: bodyBytes } };
}

function checkBody({ body, bodyOptional }: Route, value: unknown): z.ZodSafeParseResult<unknown> | undefined {
  if (!body || (value === undefined && bodyOptional)) return undefined;
  if (value === undefined)
    throw invalidInput([{ field: '', message: 'must be a JSON object; the request had no body' }]);
  return check(body, value);
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
      new ProblemError('method_not_allowed', `This address does not support ${request.method}. Use ${allowed}.`),
    );
  };
}
