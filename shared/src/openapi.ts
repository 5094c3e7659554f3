import { z } from 'zod';
import type { ProblemCode } from './api/problem.ts';
import { problem, problemCodes } from './api/problem.ts';
import type { Route } from './api.ts';
import { routes } from './api.ts';

const sessionText =
  'Session cookie of the dashboard; `__Host-bellhop_session` over https. Requests other than GET also need the header `Bellhop-Request: dashboard`.';

/** The REST API as an OpenAPI 3.1 document, derived from the route table. */
export function openApi(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [operationId, route] of Object.entries<Route>(routes)) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(operationId, route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Bellhop',
      version,
      summary: 'Outgoing webhooks, Zapier, n8n and Make from one event catalogue.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [{ bearer: [] }, { api_key: [] }, { session: [] }],
    paths,
    components: {
      schemas: { Problem: schema(problem, 'output') },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        api_key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'bellhop_session',
          description: sessionText,
        },
      },
    },
  };
}

function operation(operationId: string, route: Route): object {
  return {
    operationId,
    tags: [route.tag],
    summary: route.summary,
    description: accessText(route.access),
    ...(route.access === 'public' ? { security: [] } : {}),
    parameters: [
      ...parameters('path', route.params),
      ...parameters('query', route.query),
      ...parameters('header', route.headers),
    ],
    ...(route.body
      ? {
          requestBody: {
            required: !route.bodyOptional,
            content: { 'application/json': { schema: schema(route.body, 'input') } },
          },
        }
      : {}),
    responses: responses(route),
  };
}

function accessText(access: Route['access']): string {
  if (access === 'public') return 'No API key. Requires the header `Bellhop-Request: dashboard`.';
  if (access === 'any') return 'Any API key.';
  if (access === 'root') return "The operator's root key.";
  if (access.startsWith('root_or_'))
    return `The operator's root key, or an API key of the organization with scope \`${access.slice('root_or_'.length)}\`.`;
  return `An API key with scope \`${access}\`.`;
}

function parameters(place: 'path' | 'query' | 'header', given: z.ZodObject | undefined): object[] {
  return Object.entries(given?.shape ?? {}).map(([name, field]) => {
    const { description, ...rest } = schema(field as z.ZodType, 'input') as { description?: string };
    const required = place === 'path' || !(field as z.ZodType).safeParse(undefined).success;
    return { name, in: place, required, ...(description ? { description } : {}), schema: rest };
  });
}

function responses(route: Route): Record<string, object> {
  const type = route.stream ? 'text/event-stream' : 'application/json';
  const success = route.response
    ? { description: 'Success', content: { [type]: { schema: schema(route.response, 'output') } } }
    : { description: 'Success, without a body' };
  const everywhere: ProblemCode[] = [
    ...(['unauthorized', 'forbidden', 'body_too_large', 'invalid_input'] as const),
    ...(['too_many_attempts', 'unavailable'] as const),
  ];
  const answers: Record<string, object> = { [route.status]: success };
  const bodyProblems: ProblemCode[] = ['malformed_json', 'unsupported_media_type'];
  for (const code of [...everywhere, ...(route.body ? bodyProblems : []), ...(route.problems ?? [])]) {
    const { status, title } = problemCodes[code];
    answers[status] ??= {
      description: title,
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
  return answers;
}

function schema(type: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(type, { io, unrepresentable: 'any' }) as Record<string, unknown>;
  return rest;
}
