import type {
  IDataObject,
  IExecuteFunctions,
  IHookFunctions,
  IHttpRequestMethods,
  IHttpRequestOptions,
  ILoadOptionsFunctions,
  IN8nHttpFullResponse,
  IWebhookFunctions,
} from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';
import type { Failure } from './failures.ts';
import { networkFailure, refusal } from './failures.ts';

/** Whatever n8n calls a node with. */
export type Context = IExecuteFunctions | IHookFunctions | ILoadOptionsFunctions | IWebhookFunctions;

export interface ServerRequest {
  readonly method: IHttpRequestMethods;
  /** Below the server's address: `/v1/hooks`. */
  readonly path: string;
  readonly query?: IDataObject;
  readonly body?: IDataObject;
  readonly headers?: IDataObject;
  /** Which of several input items it is made for, as errors say it. */
  readonly itemIndex?: number;
}

/** Where the server is and what the node may do there. */
export interface Account {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly apiKey: string;
}

export const credentialName = 'bellhopApi';

/** Milliseconds that the server has to answer. */
const patience = 20_000;

export async function accountOf(context: Context): Promise<Account> {
  const { baseUrl, apiKey } = await context.getCredentials(credentialName);
  return { baseUrl: String(baseUrl).trim().replace(/\/+$/, ''), apiKey: String(apiKey).trim() };
}

/**
 * Asks the Bellhop server of the node's credential and gives its answer, parsed.
 *
 * @throws {NodeApiError} whose message says what to change; its `httpCode` is the server's status.
 */
export async function ask(context: Context, request: ServerRequest): Promise<unknown> {
  const { answer, failure } = await answerOf(context, request);
  if (failure) throw apiError(context, failure, request);
  return answer;
}

/** The same for what may not be there: undefined, then. */
export async function askIfThere(context: Context, request: ServerRequest): Promise<unknown> {
  const { answer, failure } = await answerOf(context, request);
  if (failure?.status === 404 && failure.known) return undefined;
  if (failure) throw apiError(context, failure, request);
  return answer;
}

interface Answered {
  readonly answer?: unknown;
  readonly failure?: Failure;
}

async function answerOf(context: Context, request: ServerRequest): Promise<Answered> {
  const { baseUrl } = await accountOf(context);
  const { statusCode, headers, body } = await send(context, baseUrl, request);
  if (statusCode >= 200 && statusCode < 300) return { answer: body };
  return { failure: refusal({ status: statusCode, location: headers.location, body }, baseUrl) };
}

async function send(context: Context, baseUrl: string, request: ServerRequest): Promise<IN8nHttpFullResponse> {
  const options: IHttpRequestOptions = {
    method: request.method,
    url: baseUrl + request.path,
    headers: { accept: 'application/json', ...request.headers },
    ...(request.query === undefined ? {} : { qs: request.query }),
    ...(request.body === undefined ? {} : { body: request.body }),
    json: true,
    timeout: patience,
    // A redirect would take the API key to a place that nobody entered.
    disableFollowRedirect: true,
    returnFullResponse: true,
    ignoreHttpStatusErrors: true,
  };
  try {
    return (await context.helpers.httpRequestWithAuthentication.call(
      context,
      credentialName,
      options,
    )) as IN8nHttpFullResponse;
  } catch (error) {
    throw apiError(context, networkFailure(error, baseUrl), request);
  }
}

/** Made of texts alone: the client's own error holds the request, and with it the API key. */
function apiError(context: Context, failure: Failure, { itemIndex }: ServerRequest): NodeApiError {
  const { message, description, status } = failure;
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
