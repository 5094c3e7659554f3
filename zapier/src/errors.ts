import type { Failure } from '@bellhop/shared/connector';
import type { Bundle, ZObject } from 'zapier-platform-core';

/** Whether the customer is connecting the account or uses it, or an event has arrived. */
export type Moment = 'connecting' | 'connected' | 'receiving';

/**
 * A function of the app whose errors keep their message. To that of any other error Zapier's core appends the bundle, and
 * with it the signing secret.
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

/** Seconds. */
const tryAgainAfter = 300;

/**
 * Zapier asks the customer to reconnect an account whose key the server does not know any more. While it has an event in
 * hand, it must try again after any other failure, which it does for this error alone.
 */
export function errorOf(z: ZObject, failure: Failure, moment: Moment): Error {
  const { code, message, advice, status } = failure;
  const text = [message.replace(/\.?$/, '.'), advice].filter(Boolean).join(' ');
  if (code === 'unauthorized' && moment !== 'connecting') return new z.errors.ExpiredAuthError(text);
  return moment === 'receiving'
    ? new z.errors.ThrottledError(text, tryAgainAfter)
    : new z.errors.Error(text, code, status);
}
