import type { Client } from '@bellhop/shared';
import { createClient } from '@bellhop/shared';
import type { Bundle, HttpRequestOptions, ZObject } from 'zapier-platform-core';
import { readAddress } from './address.ts';
import { fixedServer } from './edition.ts';
import type { Moment } from './errors.ts';
import { asZapierError, patience, RedirectedError } from './errors.ts';

/**
 * Calls the customer's server through the typed client, over Zapier's own HTTP client.
 *
 * @throws one of Zapier's errors, whose message tells the customer what to do.
 */
export async function ask<T>(
  z: ZObject,
  bundle: Bundle,
  call: (server: Client) => Promise<T>,
  moment: Moment = 'connected',
): Promise<T> {
  const baseUrl = addressOf(z, bundle);
  const apiKey = apiKeyOf(z, bundle);
  try {
    return await call(createClient({ baseUrl, apiKey, fetch: (url, init) => through(z, url, init) }));
  } catch (error) {
    throw asZapierError(z, error, new URL(baseUrl).host, moment);
  }
}

/** The server's host, as a person tells two servers apart. */
export function hostOf(z: ZObject, bundle: Bundle): string {
  return new URL(addressOf(z, bundle)).host;
}

function addressOf(z: ZObject, bundle: Bundle): string {
  const address = readAddress(fixedServer ?? bundle.authData.server_url ?? '');
  if (!address.ok) throw new z.errors.Error(address.problem, 'invalid_address');
  return address.url;
}

/** Anything else in a header would make the HTTP client throw an error that shows it. */
function apiKeyOf(z: ZObject, bundle: Bundle): string {
  const key = (bundle.authData.api_key ?? '').trim();
  if (/^[\w.~+/=-]{1,512}$/.test(key)) return key;
  throw new z.errors.Error('This is not an API key: it begins with `sk_live_`. Copy the whole key.', 'invalid_api_key');
}

async function through(z: ZObject, url: string | URL | globalThis.Request, init: RequestInit = {}): Promise<Response> {
  const response = await z.request({
    url: String(url),
    method: init.method as NonNullable<HttpRequestOptions['method']>,
    headers: init.headers as Record<string, string>,
    ...(typeof init.body === 'string' ? { body: init.body } : {}),
    // Another place must not get the key, and a redirected POST would arrive as a GET.
    redirect: 'manual',
    skipThrowForStatus: true,
    timeout: patience * 1000,
  });
  const { status } = response;
  if (status >= 300 && status < 400) throw new RedirectedError(response.getHeader('location') ?? null);
  const isEmpty = status === 204 || status === 205;
  return new Response(isEmpty ? null : response.content, { status });
}
