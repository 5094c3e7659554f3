import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Tables } from '../tables.ts';

/** Jobs, and indexes for counting a backlog and for pruning deleted webhooks. */
export async function up(db: Kysely<Tables>): Promise<void> {
  await jobs(db);
  // With the webhook, so that counting a backlog does not scan everything that a node holds.
  await db.schema.dropIndex('deliveries_owned').execute();
  await db.schema
    .createIndex('deliveries_owned')
    .on('deliveries')
    .columns(['owner', 'webhook_id', 'id'])
    .where(sql.ref('owner'), 'is not', null)
    .execute();
  await db.schema
    .createIndex('webhooks_deleted')
    .on('webhooks')
    .columns(['updated_at', 'id'])
    .where(sql.ref('status'), '=', sql.lit('deleted'))
    .execute();
}

async function jobs(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('jobs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('organization_id', 'text', (column) => column.notNull().references('organizations.id'))
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('webhook_id', 'text')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('fingerprint', 'text', (column) => column.notNull())
    .addColumn('selection', 'text', (column) => column.notNull())
    .addColumn('position', 'text', (column) => column.notNull())
    .addColumn('spared', 'text', (column) => column.notNull())
    .addColumn('examined', 'integer', (column) => column.notNull())
    .addColumn('affected', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('stepped_at', 'bigint', (column) => column.notNull())
    .addColumn('completed_at', 'bigint')
    .execute();
  await db.schema.createIndex('jobs_by_organization').on('jobs').columns(['organization_id', 'id']).execute();
  await db.schema
    .createIndex('jobs_running')
    .on('jobs')
    .columns(['stepped_at', 'id'])
    .where(sql.ref('status'), '=', sql.lit('running'))
    .execute();
  await db.schema
    .createIndex('jobs_running_by_organization')
    .on('jobs')
    .column('organization_id')
    .where(sql.ref('status'), '=', sql.lit('running'))
    .execute();
  await db.schema
    .createIndex('jobs_ended')
    .on('jobs')
    .column('completed_at')
    .where(sql.ref('completed_at'), 'is not', null)
    .execute();
}
