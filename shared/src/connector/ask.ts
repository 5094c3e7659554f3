import { isJsonObject } from '../json.ts';
import type { Connection, Failure, HttpRequest } from './connection.ts';
import { isAbsent, notOurServer, refusal, unreachable } from './failure.ts';

export interface ServerRequest {
  readonly method: HttpRequest['method'];
  /** Below the server's address: `/v1/hooks`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** False for an answer that no server of ours gives. Default: false for all but JSON objects. */
type Expected = (answer: unknown) => boolean;

/**
 * The server's answer, which the API documents as `T`.
 *
 * @throws the error that {@link Connection.errorOf} makes of the failure.
 */
export async function ask<T>(connection: Connection, request: ServerRequest, expected?: Expected): Promise<T> {
  const outcome = await call(connection, request, expected);
  if ('failure' in outcome) throw connection.errorOf(outcome.failure);
  return outcome.answer as T;
}

/** Like {@link ask}; undefined after a failure that means that there is nothing. Default: {@link isAbsent}. */
export async function askIfThere<T>(
  connection: Connection,
  request: ServerRequest,
  expected?: Expected,
  absent: (failure: Failure) => boolean = isAbsent,
): Promise<T | undefined> {
  const outcome = await call(connection, request, expected);
  if ('answer' in outcome) return outcome.answer as T;
  if (absent(outcome.failure)) return undefined;
  throw connection.errorOf(outcome.failure);
}

type Outcome = { readonly answer: unknown } | { readonly failure: Failure };

async function call(
  connection: Connection,
  request: ServerRequest,
  expected: Expected = isJsonObject,
): Promise<Outcome> {
  const { method, path, query, headers = {}, body } = request;
  const url = `${connection.baseUrl}${path}${query ? `?${new URLSearchParams(query)}` : ''}`;
  const answer = await connection.send({ method, url, headers, body });
  if ('networkError' in answer) return { failure: unreachable(answer, connection) };
  if (answer.status < 200 || answer.status >= 300) return { failure: refusal(answer, connection) };
  return expected(answer.body) ? { answer: answer.body } : { failure: notOurServer(answer, connection) };
}
