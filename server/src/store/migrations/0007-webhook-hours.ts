import type { Kysely } from 'kysely';
import type { Tables } from '../tables.ts';

/** Attempts counted by webhook and hour, for statistics without counting the log. */
export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('webhook_hours')
    .addColumn('webhook_id', 'text', (column) => column.notNull())
    .addColumn('hour', 'bigint', (column) => column.notNull())
    .addColumn('delivered', 'bigint', (column) => column.notNull())
    .addColumn('failed', 'bigint', (column) => column.notNull())
    .addColumn('throttled', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('webhook_hours_key', ['webhook_id', 'hour'])
    .execute();
  // For pruning.
  await db.schema.createIndex('webhook_hours_by_hour').on('webhook_hours').columns(['hour', 'webhook_id']).execute();
}
