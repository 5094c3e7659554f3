import type { Problem } from './api/problem.ts';
import type { Operation, OperationOutput, OperationRequest, Route } from './api.ts';
import { routes } from './api.ts';

export interface ClientOptions {
  /** Where the server is: `https://bellhop.example.com`; below a path, where a proxy serves it there. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Default: the runtime's own. */
  readonly fetch?: typeof fetch;
}

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

export type Client = {
  readonly [O in Operation]: Record<never, never> extends OperationRequest<O>
    ? (request?: OperationRequest<O>) => Promise<OperationOutput<O>>
    : (request: OperationRequest<O>) => Promise<OperationOutput<O>>;
};

interface Given {
  readonly params?: Record<string, string>;
  readonly query?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/**
 * A typed client of the REST API: one method per operation of the route table.
 *
 * @example
 * const bellhop = createClient({ baseUrl: 'http://127.0.0.1:8080', apiKey });
 * const { id } = await bellhop.publishEvent({ body: { provider, type, data } });
 * @throws {ApiError} from every method, when the server answers with a problem.
 */
export function createClient(options: ClientOptions): Client {
  const send = options.fetch ?? fetch;
  const call = async (operation: Operation, given: Given = {}): Promise<unknown> => {
    const route: Route = routes[operation];
    const response = await send(new URL(options.baseUrl.replace(/\/+$/, '') + pathOf(route, given)), {
      method: route.method,
      headers: {
        authorization: `Bearer ${options.apiKey}`,
        ...(given.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...given.headers,
      },
      body: given.body === undefined ? null : JSON.stringify(given.body),
    });
    if (response.status === 204) return undefined;
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok && answer !== undefined) return answer;
    throw new ApiError(operation, response.status, isProblem(answer) ? answer : undefined);
  };
  const operations = Object.keys(routes) as Operation[];
  const methods: unknown = Object.fromEntries(operations.map((name) => [name, (given?: Given) => call(name, given)]));
  return methods as Client;
}

function pathOf(route: Route, { params = {}, query = {} }: Given): string {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
  return given.length > 0 ? `${path}?${search}` : path;
}

function isProblem(answer: unknown): answer is Problem {
  return typeof answer === 'object' && answer !== null && 'code' in answer && 'detail' in answer;
}

function problemText({ code, detail, errors = [] }: Problem): string {
  return [`${code}: ${detail}`, ...errors.map(({ field, message }) => `${field}: ${message}`)].join('; ');
}
