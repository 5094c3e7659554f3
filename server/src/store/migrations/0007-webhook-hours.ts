import type { Kysely } from 'kysely';
import type { Tables } from '../tables.ts';

/** How attempts went, by webhook and hour: what statistics read, so that they need not count the log. */
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
  // What is kept no longer is found by its hour.
  await db.schema.createIndex('webhook_hours_by_hour').on('webhook_hours').columns(['hour', 'webhook_id']).execute();
}
