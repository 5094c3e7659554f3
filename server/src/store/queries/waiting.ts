import type { Row, Tx } from '../tables.ts';
import { literal } from './support.ts';

/** A delivery that waits in the store. */
export type Waiting = Pick<Row<'deliveries'>, 'id' | 'webhook_id' | 'next_attempt_at'>;

export interface WaitingRequest {
  readonly webhookIds: readonly string[];
  /** The order: by due time, or by age. */
  readonly first: 'due' | 'oldest';
  /** Per webhook. */
  readonly most: number;
}

/** Locks and returns the first waiting deliveries of each webhook, in order. */
export type FirstWaiting = (tx: Tx, request: WaitingRequest) => Promise<Waiting[]>;

/** Skips deliveries locked by another transaction, which makes their lane due when it commits. */
export function waitingDeliveries(tx: Tx, { first, most }: Omit<WaitingRequest, 'webhookIds'>) {
  return tx
    .selectFrom('deliveries')
    .select(['id', 'webhook_id', 'next_attempt_at'])
    .where('state', '=', literal.pending)
    .where('owner', 'is', null)
    .$if(first === 'due', (query) => query.orderBy('next_attempt_at'))
    .orderBy('id')
    .limit(most)
    .forNoKeyUpdate()
    .skipLocked();
}
