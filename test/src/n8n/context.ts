import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { parseJson } from '@bellhop/shared';
import { BellhopApi } from 'n8n-nodes-bellhop/credentials/BellhopApi.credentials.ts';
import type {
  IDataObject,
  IExecuteFunctions,
  IHookFunctions,
  IHttpRequestOptions,
  ILoadOptionsFunctions,
  INode,
  IWebhookFunctions,
} from 'n8n-workflow';

/** n8n's side of a call, as a test sets it. */
export interface ContextOptions {
  readonly baseUrl?: string;
  readonly apiKey?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly node?: Partial<INode>;
  readonly workflowId?: string;
  /** `manual` while a person listens for a test event. */
  readonly mode?: 'trigger' | 'manual';
  readonly url?: string;
  readonly staticData?: IDataObject;
  readonly items?: readonly IDataObject[];
  readonly continueOnFail?: boolean;
  readonly request?: {
    readonly headers?: Record<string, string>;
    readonly rawBody?: Buffer;
    readonly socket?: { readonly server: { readonly listening: boolean } };
  };
}

/** A node's own answer to a request. */
export interface Response {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

export interface TestContext {
  readonly hook: IHookFunctions;
  readonly webhook: IWebhookFunctions;
  readonly execute: IExecuteFunctions;
  readonly load: ILoadOptionsFunctions;
  readonly staticData: IDataObject;
  readonly response: Response;
  readonly warnings: string[];
}

const someUrl = 'http://127.0.0.1:5678/webhook/4b6c2f0e/webhook';

/** n8n's side of a node's calls, with real requests; n8n itself is too large for a test of every change. */
export function n8nContext(options: ContextOptions = {}): TestContext {
  const staticData = options.staticData ?? {};
  const response: Response = {};
  const warnings: string[] = [];
  const node = {
    name: 'Bellhop Trigger',
    type: 'bellhopTrigger',
    typeVersion: 1,
    webhookId: '4b6c2f0e',
    ...options.node,
  };
  const credentials = {
    baseUrl: options.baseUrl ?? 'http://bellhop.test',
    apiKey: options.apiKey ?? 'sk_live_1234567890',
  };
  const context = {
    getNode: () => ({ id: 'node', position: [0, 0], parameters: {}, ...node }),
    getWorkflow: () => ({ id: options.workflowId ?? 'workflow_1', name: 'Test', active: true }),
    getMode: () => options.mode ?? 'trigger',
    getTimezone: () => 'America/New_York',
    getCredentials: async () => credentials,
    getWorkflowStaticData: () => staticData,
    getNodeWebhookUrl: () => options.url ?? someUrl,
    getNodeParameter: (name: string, ...rest: unknown[]) => parameter(options.parameters ?? {}, name, rest),
    getCurrentNodeParameter: (name: string) => options.parameters?.[name],
    getInputData: () => (options.items ?? [{}]).map((json) => ({ json })),
    continueOnFail: () => options.continueOnFail ?? false,
    getRequestObject: () => ({ headers: {}, ...options.request }),
    getResponseObject: () => responseObject(response),
    logger: { warn: (text: string) => warnings.push(text) },
    helpers: { httpRequestWithAuthentication: (_: string, request: IHttpRequestOptions) => send(request, credentials) },
  };
  const every = context as unknown;
  return {
    hook: every as IHookFunctions,
    webhook: every as IWebhookFunctions,
    execute: every as IExecuteFunctions,
    load: every as ILoadOptionsFunctions,
    staticData,
    response,
    warnings,
  };
}

/** A path such as `options.filter`; what is not set is the given fallback, the last argument. */
function parameter(parameters: Readonly<Record<string, unknown>>, path: string, rest: readonly unknown[]): unknown {
  const value = path.split('.').reduce<unknown>((at, key) => (at as IDataObject | undefined)?.[key], parameters);
  const fallback = rest.find((each) => each !== undefined && typeof each !== 'number' && typeof each !== 'object');
  return value ?? fallback;
}

function responseObject(response: Response) {
  const object = {
    status(code: number) {
      response.status = code;
      return object;
    },
    set(name: string, value: string) {
      response.headers = { ...response.headers, [name]: value };
      return object;
    },
    json(body: unknown) {
      response.body = body;
      return object;
    },
  };
  return object;
}

/** As n8n does: with the credential's own authentication, JSON both ways, and every status an answer. */
async function send(options: IHttpRequestOptions, credentials: { apiKey: string }) {
  const url = new URL(options.url);
  for (const [name, value] of Object.entries(options.qs ?? {})) url.searchParams.set(name, String(value));
  const { authenticate } = new BellhopApi();
  if (typeof authenticate !== 'function') throw new Error('The credential authenticates by a function.');
  const { headers } = await authenticate(credentials, options);
  const sent = http.request(url, {
    method: options.method ?? 'GET',
    headers: {
      ...(headers as Record<string, string>),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
  });
  sent.end(options.body === undefined ? undefined : JSON.stringify(options.body));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const body = await text(answer);
  return { statusCode: answer.statusCode, headers: answer.headers, body: parseJson(body) ?? body };
}
