import { sql } from 'kysely';
import { listed } from '../queries/batches.ts';
import type { Waiting, WaitingRequest } from '../queries/waiting.ts';
import { waitingDeliveries } from '../queries/waiting.ts';
import type { Tx } from '../tables.ts';

/** One statement for all webhooks, with an index lookup for each. */
export async function firstWaiting(tx: Tx, { webhookIds, ...request }: WaitingRequest): Promise<Waiting[]> {
  if (webhookIds.length === 0) return [];
  const lanes = listed<{ column1: string }, 'lane'>(
    ['text'],
    webhookIds.map((id) => [id]),
    'lane',
  );
  const ofLane = waitingDeliveries(tx, request).where('webhook_id', '=', sql.ref<string>('lane.column1'));
  return tx
    .selectFrom(lanes)
    .innerJoinLateral(ofLane.as('waiting'), (join) => join.onTrue())
    .select(['waiting.id', 'waiting.webhook_id', 'waiting.next_attempt_at'])
    .execute();
}
