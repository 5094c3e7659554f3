import type { Failure } from '@bellhop/shared/connector';
import type { Bundle, ZObject } from 'zapier-platform-core';

/** When a call is made: while the customer connects the account, or later. */
export type Moment = 'connecting' | 'connected';

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

/** A failure as an error of Zapier's. One about the key of a connected account makes Zapier ask for a new connection. */
export function errorOf(z: ZObject, failure: Failure, moment: Moment): Error {
  const { code, message, advice, status } = failure;
  const text = [message.replace(/\.?$/, '.'), advice].filter(Boolean).join(' ');
  const isExpired = code === 'unauthorized' && moment === 'connected';
  return isExpired ? new z.errors.ExpiredAuthError(text) : new z.errors.Error(text, code, status);
}
