import type { Kysely } from 'kysely';
import type { Tables } from '../tables.ts';

/** Events with many webhooks are fanned out in steps. */
export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('fan_outs')
    .addColumn('event_id', 'text', (column) => column.primaryKey().references('events.id'))
    .addColumn('organization_id', 'text', (column) => column.notNull().references('organizations.id'))
    .addColumn('after', 'text', (column) => column.notNull())
    .addColumn('stepped_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('fan_outs_by_organization')
    .on('fan_outs')
    .columns(['organization_id', 'event_id'])
    .execute();
  await db.schema.createIndex('fan_outs_by_step').on('fan_outs').columns(['stepped_at', 'event_id']).execute();
}
