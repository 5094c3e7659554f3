import type { Answer, Connection, HttpRequest, NetworkFailure } from '@bellhop/shared/connector';
import { parseJson, patience } from '@bellhop/shared/connector';
import type { Bundle, ZObject } from 'zapier-platform-core';
import { readAddress } from './address.ts';
import { fixedServer, productName } from './edition.ts';
import type { Moment } from './errors.ts';
import { errorOf } from './errors.ts';

/** The customer's server, over Zapier's HTTP client. */
export function connect(z: ZObject, bundle: Bundle, moment: Moment = 'connected'): Connection {
  const baseUrl = addressOf(z, bundle);
  const apiKey = apiKeyOf(z, bundle);
  return {
    baseUrl,
    wording: {
      product: productName,
      address: 'the server address',
      origin: 'the internet',
      unknownKey:
        moment === 'connecting'
          ? 'Copy the whole key again or create a new one, and check that the server address is right.'
          : `Reconnect your ${productName} account with a new API key.`,
      missingScope: 'Create an API key with the scopes webhooks:read and webhooks:write, and reconnect with it.',
    },
    send: (request) => send(z, apiKey, request),
    errorOf: (failure) => errorOf(z, failure, moment),
  };
}

function addressOf(z: ZObject, bundle: Bundle): string {
  const address = readAddress(fixedServer ?? bundle.authData.server_url ?? '');
  if (!address.ok) throw new z.errors.Error(address.problem, 'invalid_address');
  return address.url;
}

/** The HTTP client shows the value of an invalid header in its error. */
function apiKeyOf(z: ZObject, bundle: Bundle): string {
  const key = (bundle.authData.api_key ?? '').trim();
  if (/^[\w.~+/=-]{1,512}$/.test(key)) return key;
  throw new z.errors.Error('This is not an API key: it begins with `sk_live_`. Copy the whole key.', 'invalid_api_key');
}

async function send(z: ZObject, apiKey: string, request: HttpRequest): Promise<Answer | NetworkFailure> {
  const { method, url, headers, body } = request;
  try {
    const response = await z.request({
      method,
      url,
      headers: {
        ...headers,
        authorization: `Bearer ${apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'manual',
      skipThrowForStatus: true,
      timeout: patience * 1000,
    });
    const { status, content } = response;
    return { status, location: response.getHeader('location'), body: parseJson(content) };
  } catch (error) {
    const networkError = networkErrorOf(error);
    if (networkError) return { networkError };
    // Zapier's own errors whose message is whole, such as the one that says when to try again.
    if (error instanceof Error && 'doNotContextify' in error) throw error;
    const name = error instanceof Error ? error.name : typeof error;
    throw new z.errors.Error(`The request to ${new URL(url).host} failed (${name}).`, 'request_failed');
  }
}

/** The code of an error of node-fetch, which is below z.request. */
function networkErrorOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'FetchError') return undefined;
  const { code, type = 'unknown error' } = error as Error & { readonly code?: string; readonly type?: string };
  return /^(?:request|body)-timeout$/.test(type) ? 'ETIMEDOUT' : (code ?? type);
}
