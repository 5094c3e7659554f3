import { ApiError, z as schemas } from '@bellhop/shared';
import type { Bundle, ZObject } from 'zapier-platform-core';
import { productName } from './edition.ts';

/** Whether the customer is connecting the account right now or uses one that was connected before. */
export type Moment = 'connecting' | 'connected';

/** Seconds that the server has to answer. Zapier itself waits for 30. */
export const patience = 20;

/** The server answered with the address of another place. */
export class RedirectedError extends Error {
  readonly location: string | null;

  constructor(location: string | null) {
    super('The server redirects.');
    this.location = location;
  }
}

/**
 * A function of the app whose errors keep to their own message. To the message of any error that does not say otherwise
 * Zapier's core adds the bundle, and in it the signing secret.
 */
export function discreet<B extends Bundle, R>(work: (z: ZObject, bundle: B) => Promise<R>) {
  return async (z: ZObject, bundle: B): Promise<R> => {
    try {
      return await work(z, bundle);
    } catch (error) {
      throw error instanceof Error ? Object.assign(error, { doNotContextify: true }) : error;
    }
  };
}

/**
 * What went wrong, as an error of Zapier's whose message tells the customer what to do. It names the server's host and
 * nothing else of the connection: people see these messages, and Zapier keeps them.
 */
export function asZapierError(z: ZObject, error: unknown, host: string, moment: Moment): Error {
  if (error instanceof ApiError) return ofAnswer(z, error, host, moment);
  if (error instanceof schemas.ZodError) return notOurServer(z, host);
  if (error instanceof RedirectedError) {
    const elsewhere = error.location === null ? null : (URL.parse(error.location)?.origin ?? null);
    const way = elsewhere ? ` Enter \`${elsewhere}\` as the server address instead.` : ' Check the server address.';
    return new z.errors.Error(`${host} redirects.${way}`, 'redirected');
  }
  const failure = networkFailure(error);
  if (failure) return new z.errors.Error(`${host} ${failure}`, 'unreachable');
  // Zapier's own that keep to their message, as the one that says when to try again.
  if (error instanceof Error && 'doNotContextify' in error) return error;
  return new z.errors.Error(`The request to ${host} failed (${nameOf(error)}).`, 'request_failed');
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

function ofAnswer(z: ZObject, { status, problem }: ApiError, host: string, moment: Moment): Error {
  if (status === 401) return keyRefused(z, host, moment);
  if (status >= 500) {
    const detail = problem ? `: ${problem.detail}` : '.';
    return new z.errors.Error(
      `${host} answered ${status}${detail} Try again in a few minutes.`,
      'server_error',
      status,
    );
  }
  if (!problem) return notOurServer(z, host, status);
  if (status === 403) {
    const way = 'Create an API key with the scopes webhooks:read and webhooks:write, and reconnect with it.';
    return new z.errors.Error(`The API key may not do this. ${problem.detail} ${way}`, problem.code, status);
  }
  const fields = problem.errors?.map(({ field, message }) => `${labelOf(field)} ${message}.`) ?? [];
  const text = fields.length > 0 ? fields.join(' ') : problem.detail;
  return new z.errors.Error(text, problem.code, status);
}

/** What the customer calls a field of the API. */
function labelOf(field: string): string {
  if (field === 'filter') return 'The filter is not in order:';
  if (field === 'provider') return 'The product';
  return field.startsWith('event') ? 'The event' : field;
}

function keyRefused(z: ZObject, host: string, moment: Moment): Error {
  if (moment === 'connecting') {
    const way = 'Copy the whole key again or create a new one, and check that the server address is right.';
    return new z.errors.Error(`${host} does not know this API key. ${way}`, 'unauthorized', 401);
  }
  const way = `Reconnect your ${productName} account with a new API key.`;
  return new z.errors.ExpiredAuthError(`${host} does not know the API key any more. ${way}`);
}

function notOurServer(z: ZObject, host: string, status?: number): Error {
  const text = `${host} does not answer as a ${productName} server does. Check the server address.`;
  return new z.errors.Error(text, 'not_our_server', status);
}

const unreachable = 'cannot be reached. Check that the server is running and can be reached from the internet.';
const unknownName = 'is not known: no server has this name. Check the server address.';

const failures: Readonly<Record<string, string>> = {
  ENOTFOUND: unknownName,
  EAI_AGAIN: unknownName,
  ECONNREFUSED: unreachable,
  ECONNRESET: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ETIMEDOUT: unreachable,
};

/** What the HTTP client below z.request found, as the end of a sentence about the host. */
function networkFailure(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'FetchError') return undefined;
  const { code, type } = error as Error & { readonly code?: string; readonly type?: string };
  if (type === 'request-timeout' || type === 'body-timeout') {
    return `did not answer within ${patience} seconds. Check that the server is running, then try again.`;
  }
  if (code && /CERT|TLS|SSL|SELF_SIGNED/.test(code)) {
    return `has no valid TLS certificate (${code}). Have the server's operator renew it.`;
  }
  return (code && failures[code]) ?? `cannot be reached (${code ?? type ?? 'unknown error'}).`;
}
