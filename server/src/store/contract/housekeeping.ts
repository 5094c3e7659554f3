export interface HousekeepingStore {
  /**
   * One small step of house-keeping; true: there is more to do.
   *
   * @param leads includes what belongs to no node in particular. Default: true.
   */
  sweep(retention: Retention, now: number, leads?: boolean): Promise<boolean>;
}

export interface Retention {
  /** Attempts kept per webhook. */
  readonly attemptsPerWebhook: number;
  /** Milliseconds that complete events are kept. */
  readonly eventsMs: number;
  /** Milliseconds that idempotency keys are kept. */
  readonly idempotencyMs: number;
}
