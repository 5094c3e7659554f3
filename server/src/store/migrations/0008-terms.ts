import type { Kysely } from 'kysely';
import type { Tables } from '../tables.ts';

/** Each assignment of a lane to a node has a term, by which a node knows a stale answer. */
export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .alterTable('lanes')
    .addColumn('term', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  // Nodes take term 0 for "none yet".
  await db.updateTable('lanes').set({ term: 1 }).where('owner', 'is not', null).execute();
}
