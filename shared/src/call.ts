import type { Problem } from './api/problem.ts';
import type { Operation, Route } from './api.ts';

/* One call of the REST API, without the schemas, so that a browser need not load them. */

/** The server answered with an error. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Undefined when the answer was not a problem document: a different server is at this address. */
  readonly problem: Problem | undefined;

  constructor(operation: Operation, status: number, problem: Problem | undefined) {
    super(`${operation} answered ${status}: ${problem ? problemText(problem) : 'not a Bellhop problem document'}`);
    this.status = status;
    this.problem = problem;
  }
}

/** The parts of a request; the operation's types say which it takes. */
export interface Given {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface CallOptions {
  /** URL of the server, including the path if a proxy serves it under one: `https://bellhop.example.com`. */
  readonly baseUrl: string;
  /** Sent with every request, such as credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch;
  readonly signal?: AbortSignal;
}

/**
 * Calls an operation. Resolves with the parsed response, undefined for 204.
 *
 * @throws {ApiError} when the server answers with a problem.
 */
export async function call(
  operation: Operation,
  route: Pick<Route, 'method' | 'path'>,
  given: Given,
  options: CallOptions,
): Promise<unknown> {
  const response = await (options.fetch ?? fetch)(urlOf(options.baseUrl, route, given), {
    method: route.method,
    headers: {
      ...options.headers,
      ...(given.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...given.headers,
    },
    body: given.body === undefined ? null : JSON.stringify(given.body),
    ...(options.signal ? { signal: options.signal } : {}),
  });
  if (response.status === 204) return undefined;
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer;
  throw new ApiError(operation, response.status, isProblem(answer) ? answer : undefined);
}

export function urlOf(baseUrl: string, route: Pick<Route, 'path'>, { params = {}, query = {} }: Given): URL {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
  return new URL(baseUrl.replace(/\/+$/, '') + (given.length > 0 ? `${path}?${search}` : path));
}

function isProblem(answer: unknown): answer is Problem {
  return typeof answer === 'object' && answer !== null && 'code' in answer && 'detail' in answer;
}

function problemText({ code, detail, errors = [] }: Problem): string {
  return [`${code}: ${detail}`, ...errors.map(({ field, message }) => `${field}: ${message}`)].join('; ');
}
