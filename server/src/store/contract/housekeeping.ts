export interface HousekeepingStore {
  /**
   * One small step of house-keeping: what is old, and statuses of webhooks that end by themselves.
   *
   * @param leads includes what belongs to no node in particular. Default: true.
   */
  sweep(retention: Retention, now: number, leads?: boolean): Promise<Swept>;
}

export interface Swept {
  readonly more: boolean;
  /** The step made deliveries due. */
  readonly due: boolean;
}

export interface Retention {
  /** Attempts kept per webhook. */
  readonly attemptsPerWebhook: number;
  /** Milliseconds that complete events are kept. */
  readonly eventsMs: number;
  /** Milliseconds that idempotency keys are kept. */
  readonly idempotencyMs: number;
}
