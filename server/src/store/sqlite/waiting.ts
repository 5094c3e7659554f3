import type { Waiting, WaitingRequest } from '../queries/waiting.ts';
import { waitingDeliveries } from '../queries/waiting.ts';
import type { Tx } from '../tables.ts';

/** One statement per webhook, which is cheap without a network. */
export async function firstWaiting(tx: Tx, { webhookIds, ...request }: WaitingRequest): Promise<Waiting[]> {
  const waiting: Waiting[] = [];
  for (const id of webhookIds) {
    waiting.push(...(await waitingDeliveries(tx, request).where('webhook_id', '=', id).execute()));
  }
  return waiting;
}
