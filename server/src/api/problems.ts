import type { ServerResponse } from 'node:http';
import type { Problem, ProblemCode } from '@bellhop/shared';
import { problemCodes } from '@bellhop/shared';
import type { ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { FieldError } from '../problem.ts';
import { ProblemError, shortened } from '../problem.ts';
import { StoreError } from '../store/errors.ts';

export const problemType = 'application/problem+json; charset=utf-8';

/** What an answer lists of a caller's mistakes, however many and long they are. */
const mostErrors = 100;
const mostCharacters = 500;

export function sendProblem(response: ServerResponse, error: ProblemError): void {
  const problem = problemDocument(error);
  response.statusCode = problem.status;
  response.setHeader('Content-Type', problemType);
  if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  const wait = error.retryAfterSeconds ?? (problem.status === 503 ? 1 : undefined);
  if (wait !== undefined) response.setHeader('Retry-After', String(wait));
  response.end(JSON.stringify(problem));
}

export function problemDocument({ code, message, errors }: ProblemError): Problem {
  const { status, title } = problemCodes[code];
  const more = errors.length > mostErrors ? ` The first ${mostErrors} of ${errors.length} errors are listed.` : '';
  return {
    type: `urn:bellhop:problem:${code}`,
    title,
    status,
    code,
    detail: shortened(message, 4 * mostCharacters) + more,
    ...(errors.length > 0 ? { errors: errors.slice(0, mostErrors).map(shortError) } : {}),
  };
}

export function shortError({ field, message }: FieldError): FieldError {
  return { field: shortened(field, mostCharacters), message: shortened(message, mostCharacters) };
}

/** Names of unknown fields that one error lists. */
const mostUnknown = 10;

export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.map((issue) => {
    const path = issue.path.map(named).join('.');
    return issue.code === 'unrecognized_keys'
      ? unknownFields(path, issue.keys)
      : { field: path, message: issue.message };
  });
}

function unknownFields(path: string, keys: readonly string[]): FieldError {
  const [first = '', ...others] = keys.slice(0, mostUnknown).map(named);
  if (others.length === 0)
    return { field: path ? `${path}.${first}` : first, message: 'is not a field of this request' };
  const more = keys.length > mostUnknown ? ` and ${keys.length - mostUnknown} more` : '';
  const message = `has fields that are not of this request: ${[first, ...others].join(', ')}${more}`;
  return { field: path, message };
}

/** A caller's key can be as long as its body, and stand in the path of every error. */
function named(key: PropertyKey): string {
  return shortened(String(key), 40);
}

/** Turns any error into a problem document. Internal errors are logged, and their details are not sent. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const problem = toProblem(error);
    if (problem.code === 'internal' || error instanceof StoreError) {
      log.error({ err: error, method: request.method, route: request.route?.path ?? null }, 'request failed');
    }
    sendProblem(response, problem);
  };
}

function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof StoreError) return new ProblemError(storeCode(error), storeDetail(error));
  if (error instanceof URIError) return new ProblemError('not_found', 'The address contains invalid percent-encoding.');
  return new ProblemError('internal', internalDetail);
}

const internalDetail = "An internal error occurred. Nothing was partly stored; the server's log has the details.";

function storeCode({ code }: StoreError): ProblemCode {
  if (code === 'storage_full') return 'storage_full';
  return code === 'unavailable' ? 'unavailable' : 'internal';
}

function storeDetail({ code }: StoreError): string {
  if (code === 'storage_full')
    return 'The disk is full, so nothing was stored. Free some space and send the request again.';
  if (code === 'unavailable') return 'The store is unavailable, so nothing was stored. Send the request again.';
  return internalDetail;
}
