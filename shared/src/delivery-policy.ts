import type { PlatformId } from './platforms.ts';
import type { FormatId } from './wire-format.ts';

/** How a provider delivers: what counts as success, time-out, retries, when a webhook is disabled. */
export interface DeliveryPolicy {
  /** Status codes that mean success. Default: `2xx`. */
  readonly success: '2xx' | readonly number[];
  /** Milliseconds from the start of an attempt to the last byte of the response. Default: 15,000. */
  readonly timeoutMs: number;
  /** Default: {@link defaultRetrySchedule}. */
  readonly retry: RetrySchedule;
  /** Consecutive failed attempts, over all deliveries of a webhook, that disable it; `null`: never. Default: `null`. */
  readonly disableAfterFailures: number | null;
}

export interface RetrySchedule {
  /** Seconds to wait before the 2nd, 3rd, … attempt. Empty: no retries. */
  readonly delays: readonly number[];
  /** Maximum random extra, as a share of each delay, so that failed deliveries spread out. 0 to 1. Default: 0.2. */
  readonly jitter: number;
}

/**
 * The schedule that the Standard Webhooks specification recommends ("Deliverability and reliability", retry schedule):
 * immediately, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h.
 */
export const defaultRetrySchedule: RetrySchedule = {
  delays: [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600],
  jitter: 0.2,
};

export const noRetries: RetrySchedule = { delays: [], jitter: 0 };

/** A policy with every default filled in. */
export function resolveDeliveryPolicy(policy: Partial<DeliveryPolicy> = {}): DeliveryPolicy {
  return {
    success: policy.success ?? '2xx',
    timeoutMs: policy.timeoutMs ?? 15_000,
    retry: policy.retry ?? defaultRetrySchedule,
    disableAfterFailures: policy.disableAfterFailures ?? null,
  };
}

/** Who receives, as far as it decides how a webhook is delivered. */
export interface Recipient {
  readonly platform: PlatformId;
  readonly format: FormatId;
  /** A platform subscribed. */
  readonly restHook: boolean;
  /** It ends with a test that somebody runs. Default: false. */
  readonly listener?: boolean;
  /** A customer's own schedule: seconds to wait before the 2nd, 3rd, … attempt. Default: none. */
  readonly retry?: { readonly schedule: readonly number[] } | null;
}

export interface WebhookPolicy extends DeliveryPolicy {
  /** While the receiver cannot be reached, the webhook waits, and no delivery uses up its retries. */
  readonly waitsOutOutages: boolean;
}

/**
 * The policy for a webhook. What a provider's document says is about its customers' own receivers. A platform gets the
 * default policy, with the provider's timeout if that is longer; so does whatever subscribed by itself. In the standard format
 * any 2xx is a success, as Standard Webhooks has it.
 */
export function deliveryPolicyFor(provider: DeliveryPolicy, recipient: Recipient): WebhookPolicy {
  const { platform, format, restHook, listener, retry } = recipient;
  const isPlatform = platform !== 'custom' || restHook;
  const policy = isPlatform ? platformPolicy(provider) : provider;
  const success = format === 'standard' ? '2xx' : policy.success;
  if (listener) return { ...policy, success, retry: noRetries, waitsOutOutages: false };
  if (retry) return { ...policy, success, retry: { ...policy.retry, delays: retry.schedule }, waitsOutOutages: false };
  return { ...policy, success, waitsOutOutages: isPlatform };
}

function platformPolicy(provider: DeliveryPolicy): DeliveryPolicy {
  const policy = resolveDeliveryPolicy();
  return { ...policy, timeoutMs: Math.max(policy.timeoutMs, provider.timeoutMs) };
}

export function isSuccess(policy: Pick<DeliveryPolicy, 'success'>, status: number): boolean {
  return policy.success === '2xx' ? status >= 200 && status < 300 : policy.success.includes(status);
}
