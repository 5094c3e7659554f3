import { dashboardPaths } from '@bellhop/server/dashboard/serve';
import type { Operation, Problem, Route } from '@bellhop/shared';
import { problemCodes, routes } from '@bellhop/shared';
import { problem as problemSchema } from '@bellhop/shared/api/problem';
import { openApi } from '@bellhop/shared/openapi';
import { expect } from 'vitest';

/** What must not stand in any error: keys, secrets, and how the server is built. Secrets of the tests say `s3cret`. */
const neverTold = /s3cret|sk_live_[\w-]{8}|whsec_[\w+/]{8}|root_key_of|\bat \S+:\d+|node_modules|\/[\w-]+\.ts\b|SQLITE/;

interface Described {
  readonly paths: Record<string, Record<string, { readonly responses: Record<string, unknown> }>>;
}

const described = openApi('of the tests') as Described;

/** Every operation that has answered with success in this suite. */
export const answered = new Set<Operation>();

/**
 * `fetch` that holds every answer against the route table: a success has the documented status and every documented field,
 * and no other; anything else is a problem document. Nothing is a 5xx.
 */
export const strictFetch: typeof fetch = async (input, init) => {
  const response = await withoutStream(await fetch(input, init));
  const method = init?.method ?? 'GET';
  const copy = { status: response.status, headers: response.headers, text: await response.clone().text() };
  const { pathname } = new URL(String(input));
  if (isPage(method, pathname, response)) return response;
  if (method === 'HEAD') expect(copy.text).toBe('');
  else if (response.ok) expectDocumented(method, pathname, copy);
  else expectPossible(method, pathname, expectProblem(copy));
  return response;
};

/** A stream does not end by itself; what it begins with says enough of how it is answered. */
async function withoutStream(response: Response): Promise<Response> {
  if (!isStream(response.headers)) return response;
  await response.body?.cancel();
  return new Response('', response);
}

function isStream(headers: Headers): boolean {
  return /^text\/event-stream(?:;|$)/.test(headers.get('content-type') ?? '');
}

/** The dashboard's page is no answer of the API. */
function isPage(method: string, path: string, { headers }: Response): boolean {
  const own = dashboardPaths.some((each) => path === each || (each !== '/' && path.startsWith(`${each}/`)));
  return own && ['GET', 'HEAD'].includes(method) && headers.get('content-type') === 'text/html; charset=utf-8';
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** The answer as the problem document that it has to be. */
export function expectProblem({ status, headers, text }: RawAnswer): Problem {
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json(?:;|$)/);
  expect(text).not.toMatch(neverTold);
  const problem: Problem = JSON.parse(text);
  expect(problemSchema.parse(problem)).toEqual(problem);
  const known = Object.entries(problemCodes).find(([code]) => code === problem.code)?.[1];
  expect({ status, title: problem.title }).toEqual(known);
  expect(problem).toMatchObject({ status, type: `urn:bellhop:problem:${problem.code}` });
  expect(problem.detail).toMatch(/^[A-Z"].{10,}\.$/s);
  expect(status).toBeLessThan(500);
  return problem;
}

function expectDocumented(method: string, path: string, { status, headers, text }: RawAnswer): void {
  const found = operationAt(method, path);
  if (!found) throw new Error(`${method} ${path} answered ${status}, but the route table has no such route.`);
  const [operation, route] = found;
  answered.add(operation);
  expect({ operation, status }).toEqual({ operation, status: route.status });
  expect(isStream(headers)).toBe(route.stream !== undefined);
  if (!route.response || route.stream) {
    expect(text).toBe('');
    return;
  }
  expect(headers.get('content-type')).toMatch(/^application\/json(?:;|$)/);
  const answer: unknown = JSON.parse(text);
  // Parsing drops what the schema does not have, so an undocumented field shows as well.
  expect(route.response.parse(answer)).toEqual(answer);
}

/** A problem is one that /openapi.json lists for the operation. */
function expectPossible(method: string, path: string, { status }: Problem): void {
  const [operation, route] = operationAt(method, path) ?? [];
  if (!operation || !route) return;
  const listed = described.paths[route.path]?.[method.toLowerCase()]?.responses ?? {};
  const possible = Object.keys(listed).map(Number);
  expect({ operation, possible }).toEqual({ operation, possible: expect.arrayContaining([status]) });
}

/** The route of a path; one without parameters before one with. */
function operationAt(method: string, path: string): [Operation, Route] | undefined {
  const matching = (Object.entries(routes) as [Operation, Route][]).filter(
    ([, route]) => route.method === method && templateOf(route).test(path),
  );
  return matching.toSorted(([, a], [, b]) => parameters(a) - parameters(b))[0];
}

export function templateOf({ path }: Pick<Route, 'path'>): RegExp {
  return new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`);
}

function parameters({ path }: Route): number {
  return path.split('{').length;
}
