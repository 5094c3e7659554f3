import type { AtOnce } from '../queries/dialect.ts';
import { deliveredNow } from '../queries/record.ts';
import { heldBy } from '../queries/support.ts';

/**
 * Several changes as one statement, which is a transaction by itself: WITH may change rows in PostgreSQL, and all its parts
 * are carried out or none. https://www.postgresql.org/docs/18/queries-with.html#QUERIES-WITH-MODIFYING
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
    // In the order of their ids, as deliveries are locked: the rows of the log lead to them one by one.
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
