import type { AtOnce } from '../queries/dialect.ts';
import { deliveredNow } from '../queries/record.ts';
import { heldBy } from '../queries/support.ts';

/**
 * Several changes as one statement, which is a transaction by itself: in PostgreSQL, WITH can change rows.
 * https://www.postgresql.org/docs/18/queries-with.html#QUERIES-WITH-MODIFYING
 */
export const atOnce: AtOnce = {
  async storeFanOut(db, events, deliveries) {
    await db
      .with('stored', (cte) => cte.insertInto('events').values(events))
      .insertInto('deliveries')
      .values(deliveries)
      .execute();
  },

  async recordDelivered(db, { node, attempts, now }) {
    // Sorted, as deliveries are locked in the order of their ids: the inserted rows are joined one by one.
    const rows = attempts.toSorted((a, b) => (a.delivery_id < b.delivery_id ? -1 : 1));
    await db
      .with('logged', (cte) =>
        cte
          .insertInto('attempts')
          .values(rows)
          .onConflict((conflict) => conflict.column('id').doNothing())
          .returning('delivery_id'),
      )
      .updateTable('deliveries')
      .from('logged')
      .set(deliveredNow(now))
      .whereRef('deliveries.id', '=', 'logged.delivery_id')
      .where(heldBy(node))
      .execute();
  },
};
