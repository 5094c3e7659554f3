import { routes } from 'virtual:routes';
import type { Operation, OperationOutput, OperationRequest, Route } from '@bellhop/shared';
import type { Given } from '@bellhop/shared/call';
import { call, urlOf } from '@bellhop/shared/call';

/** URL of the server, without a trailing slash. */
export const serverUrl = new URL(document.baseURI).href.replace(/\/+$/, '');

/** Required with the session cookie, so that other sites cannot forge requests. */
const headers = { 'Bellhop-Request': 'dashboard' };

/** Operations other than streams. */
export type PlainOperation = Exclude<Operation, 'streamAttempts'>;

type Table = Readonly<Record<Operation, Pick<Route, 'method' | 'path'>>>;

/** Conditional, because indexing one type of all requests exceeds the compiler's limits. */
export type Request<O extends PlainOperation> = O extends PlainOperation ? OperationRequest<O> : never;

export type Responses = { readonly [O in PlainOperation]: OperationOutput<O> };

/**
 * Calls an operation of the REST API with the session cookie.
 *
 * @throws {ApiError} when the server answers with a problem; {TypeError} when it cannot be reached.
 */
export const request = (async (operation: PlainOperation, given: Given, signal?: AbortSignal): Promise<unknown> => {
  const options = { baseUrl: serverUrl, headers, ...(signal ? { signal } : {}) };
  return call(operation, (routes as Table)[operation], given, options);
}) as <O extends PlainOperation>(operation: O, given: Request<O>, signal?: AbortSignal) => Promise<Responses[O]>;

export function streamUrl(params: OperationRequest<'streamAttempts'>['params']): string {
  return urlOf(serverUrl, routes.streamAttempts, { params }).href;
}
