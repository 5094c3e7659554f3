import type { Kysely } from 'kysely';
import type { Tables } from '../tables.ts';

/** Sessions of the dashboard, and portal links. */
export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('sessions')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('organization_id', 'text', (column) => column.notNull().references('organizations.id'))
    .addColumn('api_key_id', 'text', (column) => column.references('api_keys.id'))
    .addColumn('link', 'text')
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('theme', 'text')
    .addColumn('session_ms', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('kept_until', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('sessions_by_end').on('sessions').column('kept_until').execute();
}
