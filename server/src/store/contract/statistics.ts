import type { HourCounts } from '../../model.ts';

/** Live attempts by webhook and hour, counted beside the log. */
export interface CountStore {
  /** Adds to what was counted so far: all of it or, when it throws, nothing. */
  addCounts(counts: readonly HourCounts[]): Promise<void>;
}

export interface StatisticsStore {
  /**
   * What was counted of an organization's webhooks, in the order of the ids. Ids that the organization does not have, and
   * those of deleted webhooks, are left out.
   *
   * @param since when the first hour began that is wanted.
   */
  countsOf(organizationId: string, webhookIds: readonly string[], since: number): Promise<WebhookCounts[]>;
}

export interface WebhookCounts {
  readonly webhookId: string;
  /** The hours in which there were attempts, the oldest first. */
  readonly hours: readonly HourCounts[];
}
