import type { Operation, OperationOutput, OperationRequest, StreamOperation } from './api.ts';
import { routes } from './api.ts';
import type { Given } from './call.ts';
import { call } from './call.ts';

export interface ClientOptions {
  /** URL of the server, including the path if a proxy serves it under one: `https://bellhop.example.com`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch;
}

/** One method per operation, except streams. */
export type Client = {
  readonly [O in Exclude<Operation, StreamOperation>]: Record<never, never> extends OperationRequest<O>
    ? (request?: OperationRequest<O>) => Promise<OperationOutput<O>>
    : (request: OperationRequest<O>) => Promise<OperationOutput<O>>;
};

/**
 * A typed client of the REST API: one method per operation of the route table.
 *
 * @example
 * const bellhop = createClient({ baseUrl: 'http://127.0.0.1:8080', apiKey });
 * const { id } = await bellhop.publishEvent({ body: { provider, type, data } });
 * @throws {ApiError} from every method, when the server answers with a problem.
 */
export function createClient({ apiKey, ...options }: ClientOptions): Client {
  const headers = { authorization: `Bearer ${apiKey}` };
  const operations = Object.keys(routes) as Operation[];
  const methods: unknown = Object.fromEntries(
    operations.map((name) => [name, (given: Given = {}) => call(name, routes[name], given, { ...options, headers })]),
  );
  return methods as Client;
}
