import type { Client, Operation, Problem, Route, Scope } from '@bellhop/shared';
import { builtInProviders, createClient, routes } from '@bellhop/shared';
import { scopes } from '@bellhop/shared/api/accounts';
import type { Tenant } from '../harness/bellhop.ts';
import { Stage } from '../harness/stage.ts';
import type { RawAnswer } from './strict-fetch.ts';
import { expectProblem, strictFetch } from './strict-fetch.ts';

export const operations = Object.keys(routes) as Operation[];

export function routeOf(operation: Operation): Route {
  return routes[operation];
}

/** Those that ask who calls. */
export const guarded = operations.filter((operation) => routeOf(operation).access !== 'public');

/** Every operation that a scope opens, whether it is the operator's too or not. */
export const byScope = operations.flatMap((operation) => {
  const { access } = routeOf(operation);
  const scope = scopes.find((each) => access === each || access === `root_or_${each}`);
  return scope ? [{ operation, scope }] : [];
});

export type WebhookBody = Parameters<Client['createWebhook']>[0]['body'];

/** A request as it goes over the wire. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  /** Sent as the bearer token. */
  readonly key?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text or bytes as they are, with the content type of JSON unless the headers say another. */
  readonly body?: string | Uint8Array<ArrayBuffer> | undefined;
}

/** A server for a suite, and clients that check every answer by the route table. */
export class ApiStage extends Stage {
  get root(): Client {
    return this.client(this.server.rootKey);
  }

  client(apiKey: string): Client {
    return createClient({ baseUrl: this.server.url, apiKey, fetch: strictFetch });
  }

  async tenant(scopes?: readonly Scope[]): Promise<Tenant> {
    const tenant = await this.server.tenant(scopes);
    return { ...tenant, client: this.client(tenant.apiKey) };
  }

  /** Sends a request that may be wrong in any way; checks that the answer is one that the API may give. */
  async send(request: RawRequest): Promise<RawAnswer> {
    const { method, path, key, body, headers = {} } = request;
    const response = await strictFetch(`${this.server.url}${path}`, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body ?? null,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** Sends a request that has to be refused, and returns the problem document. */
  async refusal(request: RawRequest): Promise<Problem> {
    return expectProblem(await this.send(request));
  }
}

/** The problem a client's call is refused with. */
export async function problemOf(call: Promise<unknown>): Promise<Problem> {
  const refusal: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refusal instanceof Error && 'problem' in refusal && refusal.problem) return refusal.problem as Problem;
  throw new Error(`The call was not refused with a problem document: ${String(refusal)}`);
}

/** A problem's field errors by field. */
export function fieldsOf({ errors = [] }: Problem): Record<string, string> {
  return Object.fromEntries(errors.map(({ field, message }) => [field, message]));
}

/** Every event type of the built-in providers. */
export const eventTypes = builtInProviders.flatMap((provider) =>
  Object.entries(provider.events).map(([type, eventType]) => ({ provider, type, eventType })),
);

/** Everything in a paged list, page by page. */
export async function everything<Item>(
  next: (page: { limit?: number; cursor?: string }) => Promise<{ data: Item[]; next_cursor: string | null }>,
  limit?: number,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page = await next({ ...(limit === undefined ? {} : { limit }), ...(cursor === null ? {} : { cursor }) });
    items.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return items;
}
