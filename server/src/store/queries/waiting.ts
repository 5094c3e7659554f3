import type { Row, Tx } from '../tables.ts';
import { literal } from './support.ts';

/** A delivery that waits in the store, as far as it matters for whether it is taken. */
export type Waiting = Pick<Row<'deliveries'>, 'id' | 'webhook_id' | 'next_attempt_at'>;

export interface WaitingRequest {
  readonly webhookIds: readonly string[];
  /** Those that have been due longest come first, or the oldest. */
  readonly first: 'due' | 'oldest';
  /** Of each webhook. */
  readonly most: number;
}

/** Locks the first of the deliveries that wait for some webhooks, and returns them in their order for each. */
export type FirstWaiting = (tx: Tx, request: WaitingRequest) => Promise<Waiting[]>;

/** Those that another transaction is changing are left to it: it makes their lane due when it is done. */
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
