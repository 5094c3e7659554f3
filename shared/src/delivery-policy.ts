/** How a provider delivers: what counts as success, how long to wait, when to try again, when to give up on a webhook. */
export interface DeliveryPolicy {
  /** Status codes that mean success. Default: `2xx`. */
  readonly success: '2xx' | readonly number[];
  /** Milliseconds from the start of an attempt to the last byte of the answer. Default: 15,000. */
  readonly timeoutMs: number;
  /** When failed attempts are made again. Default: {@link houseRetrySchedule}. */
  readonly retry: RetrySchedule;
  /** Failed attempts in a row, over all deliveries of a webhook, after which it is disabled; `null`: never. Default: `null`. */
  readonly disableAfterFailures: number | null;
}

export interface RetrySchedule {
  /** Seconds to wait before the 2nd, 3rd, … attempt. Empty: one attempt and no more. */
  readonly delays: readonly number[];
  /** Share of each delay that is added at random, so that failed deliveries do not come back in step. 0 to 1. Default: 0.2. */
  readonly jitter: number;
}

/**
 * The schedule that the Standard Webhooks specification recommends ("Deliverability and reliability", retry schedule):
 * at once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h.
 */
export const houseRetrySchedule: RetrySchedule = {
  delays: [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600],
  jitter: 0.2,
};

export const noRetries: RetrySchedule = { delays: [], jitter: 0 };

/** A policy with every default filled in. */
export function resolveDeliveryPolicy(policy: Partial<DeliveryPolicy> = {}): DeliveryPolicy {
  return {
    success: policy.success ?? '2xx',
    timeoutMs: policy.timeoutMs ?? 15_000,
    retry: policy.retry ?? houseRetrySchedule,
    disableAfterFailures: policy.disableAfterFailures ?? null,
  };
}

export function isSuccess(policy: Pick<DeliveryPolicy, 'success'>, status: number): boolean {
  return policy.success === '2xx' ? status >= 200 && status < 300 : policy.success.includes(status);
}
