import type {
  IDataObject,
  IExecuteFunctions,
  IHookFunctions,
  IHttpRequestOptions,
  ILoadOptionsFunctions,
  IN8nHttpFullResponse,
  IWebhookFunctions,
} from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';
import type { Answer, Connection, Failure, HttpRequest, NetworkFailure, ServerRequest } from '../core/shared.ts';
import * as connector from '../core/shared.ts';

/** The `this` of any method of a node. */
export type Context = IExecuteFunctions | IHookFunctions | ILoadOptionsFunctions | IWebhookFunctions;

export interface Account {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly apiKey: string;
}

const credentialName = 'bellhopApi';

export async function accountOf(context: Context): Promise<Account> {
  const { baseUrl, apiKey } = await context.getCredentials(credentialName);
  return { baseUrl: String(baseUrl).trim().replace(/\/+$/, ''), apiKey: String(apiKey).trim() };
}

const wording = {
  product: 'Bellhop',
  address: 'the Base URL in the Bellhop credential',
  origin: 'n8n',
  unknownKey: 'Copy the whole key into the Bellhop credential again, or create a new one.',
  missingScope: 'The triggers need webhooks:read and webhooks:write, publishing needs events:write.',
  refusedUrl:
    'This address is the one n8n has for itself. Set N8N_WEBHOOK_URL (WEBHOOK_URL in older versions) to the public https address of n8n.',
} as const;

/**
 * The server of the node's credential, over n8n's HTTP client.
 *
 * @param itemIndex the input item that errors refer to
 */
export async function connect(context: Context, itemIndex?: number): Promise<Connection> {
  const { baseUrl } = await accountOf(context);
  const errorOf = (failure: Failure) => apiError(context, failure, itemIndex);
  if (!/^https?:/i.test(baseUrl) || !URL.canParse(baseUrl)) {
    const message = 'The Base URL in the Bellhop credential is not an address';
    const advice = 'Enter the whole address in the credential, such as https://bellhop.example.com.';
    throw errorOf({ code: 'invalid_address', message, advice });
  }
  return { baseUrl, wording, send: (request) => send(context, request), errorOf };
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
}

/** @throws {NodeApiError} with advice as its description and the server's status as `httpCode`. */
export async function ask<T>(context: Context, request: ServerRequest, itemIndex?: number): Promise<T> {
  return connector.ask(await connect(context, itemIndex), request);
}

async function send(context: Context, { method, url, headers, body }: HttpRequest): Promise<Answer | NetworkFailure> {
  const options: IHttpRequestOptions = {
    method,
    url,
    headers: { accept: 'application/json', ...headers },
    ...(body === undefined ? {} : { body: body as IDataObject }),
    json: true,
    timeout: connector.patience * 1000,
    disableFollowRedirect: true,
    returnFullResponse: true,
    ignoreHttpStatusErrors: true,
  };
  const { httpRequestWithAuthentication } = context.helpers;
  try {
    const response: IN8nHttpFullResponse = await httpRequestWithAuthentication.call(context, credentialName, options);
    const { location } = response.headers;
    return {
      status: response.statusCode,
      location: typeof location === 'string' ? location : undefined,
      body: response.body,
    };
  } catch (error) {
    return { networkError: codeOf(error) };
  }
}

function codeOf(error: unknown): string | undefined {
  const { code, cause } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  if (typeof code === 'string') return code;
  return cause === undefined ? undefined : codeOf(cause);
}

/** Takes nothing of the client's error, which holds the request and with it the API key. */
function apiError(context: Context, { message, advice, status }: Failure, itemIndex: number | undefined): NodeApiError {
  const description = advice ?? `The server answered ${status}.`;
  return new NodeApiError(
    context.getNode(),
    { message, description },
    {
      message,
      description,
      ...(status === undefined ? {} : { httpCode: String(status) }),
      ...(itemIndex === undefined ? {} : { itemIndex }),
    },
  );
}
