import type { Failure } from '@bellhop/shared/connector';
import type { Bundle, ZObject } from 'zapier-platform-core';

/** Whether the customer is connecting the account or uses it. */
export type Moment = 'connecting' | 'connected';

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

/** Zapier asks the customer to reconnect an account whose key the server does not know any more. */
export function errorOf(z: ZObject, failure: Failure, moment: Moment): Error {
  const { code, message, advice, status } = failure;
  const text = [message.replace(/\.?$/, '.'), advice].filter(Boolean).join(' ');
  const isExpired = code === 'unauthorized' && moment === 'connected';
  return isExpired ? new z.errors.ExpiredAuthError(text) : new z.errors.Error(text, code, status);
}
