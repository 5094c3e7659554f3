import type { Problem } from './api/problem.ts';
import type { Operation, Route } from './api.ts';

/*
 * One call of the REST API. Nothing here needs the schemas, so a browser can do without them.
 */

/** The server answered with a problem document, or with something that is none. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Undefined when the answer was not a problem document: another server stands at this address. */
  readonly problem: Problem | undefined;

  constructor(operation: Operation, status: number, problem: Problem | undefined) {
    super(`${operation} answered ${status}: ${problem ? problemText(problem) : 'not a Bellhop problem document'}`);
    this.status = status;
    this.problem = problem;
  }
}

/** What a caller gives; the operation's types say which of it. */
export interface Given {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface CallOptions {
  /** Where the server is: `https://bellhop.example.com`; below a path, where a proxy serves it there. */
  readonly baseUrl: string;
  /** Sent with every request, such as what says who calls. */
  readonly headers: Readonly<Record<string, string>>;
  /** Default: the runtime's own. */
  readonly fetch?: typeof fetch;
  readonly signal?: AbortSignal;
}

/**
 * Calls an operation; resolves with what it answers, undefined for nothing.
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

/** Where an operation is called. */
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
