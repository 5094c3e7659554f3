import { routes } from 'virtual:routes';
import type { Operation, OperationOutput, OperationRequest, Route } from '@bellhop/shared';
import type { Given } from '@bellhop/shared/call';
import { call, urlOf } from '@bellhop/shared/call';

/** Where the server is: the page's own address, without the slash at its end. */
export const serverUrl = new URL(document.baseURI).href.replace(/\/+$/, '');

/** What the server asks of every request that a cookie signs in, so that no other site can make one. */
const headers = { 'Bellhop-Request': 'dashboard' };

/** Operations that answer once. */
export type Answered = Exclude<Operation, 'streamAttempts'>;

type Table = Readonly<Record<Operation, Pick<Route, 'method' | 'path'>>>;

/** What an operation is given. Conditional, as an index into one type of all requests is more than the compiler takes. */
export type Request<O extends Answered> = O extends Answered ? OperationRequest<O> : never;

export type Answers = { readonly [O in Answered]: OperationOutput<O> };

/**
 * Calls an operation of the REST API as the person who is signed in.
 *
 * @throws {ApiError} when the server answers with a problem; {TypeError} when it cannot be reached.
 */
export const request = (async (operation: Answered, given: Given, signal?: AbortSignal): Promise<unknown> => {
  const options = { baseUrl: serverUrl, headers, ...(signal ? { signal } : {}) };
  return call(operation, (routes as Table)[operation], given, options);
}) as <O extends Answered>(operation: O, given: Request<O>, signal?: AbortSignal) => Promise<Answers[O]>;

/** The address of a stream of server-sent events. */
export function streamUrl(params: OperationRequest<'streamAttempts'>['params']): string {
  return urlOf(serverUrl, routes.streamAttempts, { params }).href;
}
