import type { Happening } from '@bellhop/shared';
import {
  deliveryExhausted,
  failingAfterFailures,
  operationalEvent,
  operationalProvider,
  webhookFailing,
  webhookRecovered,
  webhookStopped,
} from '@bellhop/shared';
import { newId } from '../../ids.ts';
import type { Attempt, Event, Webhook } from '../../model.ts';
import type { AttemptResult, WebhookEffect } from '../contract/index.ts';
import { toWebhook } from '../rows.ts';
import type { Tx } from '../tables.ts';
import { inChunks } from './batches.ts';
import type { Unheld } from './publish.ts';
import { storeUnheld } from './publish.ts';

/** An operational event to publish, and the attempt that caused it. */
export interface Report {
  readonly happening: Happening;
  readonly attempt: Attempt;
  /**
   * The webhook's status changed. Such reports are few, and all are stored. The others can be as many as the attempts:
   * they are stored only when somebody subscribes to them, and never about webhooks of operational events, whose
   * reports would cause further reports.
   */
  readonly transition: boolean;
}

/** A webhook was stopped, possibly by a test. */
export function stop(attempt: Attempt, { status, reason }: NonNullable<WebhookEffect['change']>): Report {
  return { happening: webhookStopped(status, reason), attempt, transition: true };
}

/** A delivery was given up. Tests are not reported, as their caller has the result. */
export function exhaustion(attempt: Attempt): Report[] {
  return attempt.test ? [] : [{ happening: deliveryExhausted(attempt.number), attempt, transition: false }];
}

/**
 * Reports when a webhook's consecutive failures reach the threshold, and when such a streak ends.
 *
 * @param before the webhook's consecutive failures before these results.
 */
export function streaks(before: number, results: readonly AttemptResult[]): Report[] {
  const reports: Report[] = [];
  let failures = before;
  for (const { attempt, webhook } of results) {
    // Reported by `stop`.
    if (webhook.change) break;
    if (webhook.failures === 'increment') {
      failures += 1;
      const reached = failures === failingAfterFailures;
      if (reached) reports.push({ happening: webhookFailing(failures), attempt, transition: false });
    }
    if (webhook.failures === 'reset') {
      const reported = failures >= failingAfterFailures;
      if (reported) reports.push({ happening: webhookRecovered(failures), attempt, transition: false });
      failures = 0;
    }
  }
  return reports;
}

/** Stores reports as operational events, in the transaction of their cause. Their deliveries wait to be claimed. */
export async function storeReports(tx: Tx, reports: readonly Report[], now: number): Promise<Unheld> {
  const wanted = await wantedOf(tx, reports);
  if (wanted.length === 0) return { webhookIds: new Set(), waiting: false };
  const webhooks = await webhooksOf(tx, wanted);
  const events = wanted.flatMap((report) => {
    const webhook = webhooks.get(report.attempt.webhookId);
    const counts = webhook && (report.transition || webhook.provider !== operationalProvider.id);
    return counts ? [toEvent(report, webhook, now)] : [];
  });
  return storeUnheld(tx, events, now);
}

/** One query per organization and event type, however many reports there are. */
async function wantedOf(tx: Tx, reports: readonly Report[]): Promise<Report[]> {
  const keyOf = ({ attempt, happening }: Report) => `${attempt.organizationId} ${happening.type}`;
  const subscribed = new Map<string, boolean>();
  for (const report of reports) {
    const key = keyOf(report);
    if (report.transition || subscribed.has(key)) continue;
    subscribed.set(key, await isSubscribed(tx, report.attempt.organizationId, report.happening.type));
  }
  return reports.filter((report) => report.transition || subscribed.get(keyOf(report)));
}

async function isSubscribed(tx: Tx, organizationId: string, type: string): Promise<boolean> {
  const row = await tx
    .selectFrom('subscriptions')
    .select('webhook_id')
    .where('organization_id', '=', organizationId)
    .where('provider', '=', operationalProvider.id)
    .where('event_type', '=', type)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

async function webhooksOf(tx: Tx, reports: readonly Report[]): Promise<Map<string, Webhook>> {
  const ids = [...new Set(reports.map(({ attempt }) => attempt.webhookId))];
  const rows = await inChunks(tx, ids, (some) =>
    tx.selectFrom('webhooks').selectAll().where('id', 'in', some).execute(),
  );
  return new Map(rows.map((row) => [row.id, toWebhook(row)]));
}

function toEvent({ happening, attempt }: Report, webhook: Webhook, now: number): Event {
  const { type, data } = operationalEvent(happening, { webhook, attempt, at: now });
  return {
    id: newId('event'),
    organizationId: webhook.organizationId,
    provider: operationalProvider.id,
    type,
    test: false,
    occurredAt: now,
    createdAt: now,
    data: JSON.stringify(data),
  };
}
