import type { Problem, ProblemCode } from '@bellhop/shared';
import { problemCodes } from '@bellhop/shared';
import type { ErrorRequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { FieldError } from '../problem.ts';
import { ProblemError } from '../problem.ts';
import { StoreError } from '../store/errors.ts';

export function sendProblem(response: Response, error: ProblemError): void {
  const { status, title } = problemCodes[error.code];
  const problem: Problem = {
    type: `urn:bellhop:problem:${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.message,
    ...(error.errors.length > 0 ? { errors: [...error.errors] } : {}),
  };
  if (status === 401) response.set('WWW-Authenticate', 'Bearer');
  const wait = error.retryAfterSeconds ?? (status === 503 ? 1 : undefined);
  if (wait !== undefined) response.set('Retry-After', String(wait));
  response.status(status).type('application/problem+json').send(JSON.stringify(problem));
}

export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.join('.');
    if (issue.code !== 'unrecognized_keys') return [{ field: path, message: issue.message }];
    return issue.keys.map((key) => ({
      field: path ? `${path}.${key}` : key,
      message: 'is not a field of this request',
    }));
  });
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
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (status === 413)
    return new ProblemError('body_too_large', 'The body is larger than this server accepts. Send less at once.');
  if (status === 415)
    return new ProblemError('unsupported_media_type', 'Send the body uncompressed, or as gzip, deflate or br.');
  if (error instanceof URIError) return new ProblemError('not_found', 'The address contains invalid percent-encoding.');
  if (status === 400)
    return new ProblemError('malformed_json', 'The body is incomplete or does not match its headers.');
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
