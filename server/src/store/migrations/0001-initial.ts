import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Tables } from '../tables.ts';

export async function up(db: Kysely<Tables>): Promise<void> {
  await accounts(db);
  await webhooks(db);
  await events(db);
  await deliveries(db);
  await attempts(db);
  await db.schema
    .createTable('nodes')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('alive_until', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('notes')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('text', 'text', (column) => column.notNull())
    .execute();
}

async function accounts(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('organizations')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('api_keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('organization_id', 'text', (column) => column.notNull().references('organizations.id'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull().unique())
    .addColumn('preview', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .execute();
  await db.schema.createIndex('api_keys_by_organization').on('api_keys').columns(['organization_id', 'id']).execute();
  await db.schema
    .createTable('provider_settings')
    .addColumn('organization_id', 'text', (column) => column.notNull().references('organizations.id'))
    .addColumn('provider', 'text', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('provider_settings_key', ['organization_id', 'provider'])
    .execute();
}

async function webhooks(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('webhooks')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('organization_id', 'text', (column) => column.notNull().references('organizations.id'))
    .addColumn('provider', 'text', (column) => column.notNull())
    .addColumn('name', 'text')
    .addColumn('description', 'text')
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('events', 'text', (column) => column.notNull())
    .addColumn('format', 'text', (column) => column.notNull())
    .addColumn('platform', 'text', (column) => column.notNull())
    .addColumn('external_id', 'text')
    .addColumn('rest_hook', 'integer', (column) => column.notNull())
    .addColumn('subscription', 'text', (column) => column.unique())
    .addColumn('rate_limit', 'text')
    .addColumn('retry', 'text')
    .addColumn('sealed', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('status_reason', 'text')
    .addColumn('consecutive_failures', 'integer', (column) => column.notNull())
    .addColumn('gone_answers', 'integer', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('webhooks_by_organization').on('webhooks').columns(['organization_id', 'id']).execute();
  await db.schema
    .createTable('subscriptions')
    .addColumn('organization_id', 'text', (column) => column.notNull())
    .addColumn('provider', 'text', (column) => column.notNull())
    .addColumn('event_type', 'text', (column) => column.notNull())
    .addColumn('webhook_id', 'text', (column) => column.notNull().references('webhooks.id'))
    .addPrimaryKeyConstraint('subscriptions_key', ['organization_id', 'provider', 'event_type', 'webhook_id'])
    .execute();
  await db.schema.createIndex('subscriptions_by_webhook').on('subscriptions').column('webhook_id').execute();
  await db.schema
    .createTable('lanes')
    .addColumn('webhook_id', 'text', (column) => column.primaryKey().references('webhooks.id'))
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('due_at', 'bigint')
    .addColumn('owner', 'text')
    .execute();
  await db.schema
    .createIndex('lanes_due')
    .on('lanes')
    .column('due_at')
    .where(sql.ref('state'), '=', sql.lit('open'))
    .where(sql.ref('owner'), 'is', null)
    .where(sql.ref('due_at'), 'is not', null)
    .execute();
  await db.schema
    .createIndex('lanes_discarding')
    .on('lanes')
    .column('webhook_id')
    .where(sql.ref('state'), '=', sql.lit('discarding'))
    .execute();
  await db.schema
    .createIndex('lanes_owned')
    .on('lanes')
    .column('owner')
    .where(sql.ref('owner'), 'is not', null)
    .execute();
}

async function events(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('events')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('organization_id', 'text', (column) => column.notNull())
    .addColumn('provider', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('test', 'integer', (column) => column.notNull())
    .addColumn('occurred_at', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('events_by_organization').on('events').columns(['organization_id', 'id']).execute();
  await db.schema
    .createIndex('events_by_type')
    .on('events')
    .columns(['organization_id', 'provider', 'type', 'id'])
    .execute();
  await db.schema
    .createTable('idempotency_keys')
    .addColumn('organization_id', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('answer', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('idempotency_keys_key', ['organization_id', 'key'])
    .execute();
  await db.schema.createIndex('idempotency_keys_by_age').on('idempotency_keys').column('created_at').execute();
}

async function deliveries(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('deliveries')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('event_id', 'text', (column) => column.notNull())
    .addColumn('webhook_id', 'text', (column) => column.notNull())
    .addColumn('organization_id', 'text', (column) => column.notNull())
    .addColumn('test', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('failures', 'integer', (column) => column.notNull())
    .addColumn('next_attempt_at', 'bigint')
    .addColumn('owner', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('completed_at', 'bigint')
    .execute();
  await db.schema.createIndex('deliveries_by_webhook').on('deliveries').columns(['webhook_id', 'id']).execute();
  await db.schema.createIndex('deliveries_by_event').on('deliveries').column('event_id').execute();
  await db.schema
    .createIndex('deliveries_waiting')
    .on('deliveries')
    .columns(['webhook_id', 'next_attempt_at', 'id'])
    .where(sql.ref('state'), '=', sql.lit('pending'))
    .where(sql.ref('owner'), 'is', null)
    .execute();
  await db.schema
    .createIndex('deliveries_owned')
    .on('deliveries')
    .column('owner')
    .where(sql.ref('owner'), 'is not', null)
    .execute();
}

async function attempts(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('attempts')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('delivery_id', 'text', (column) => column.notNull())
    .addColumn('event_id', 'text', (column) => column.notNull())
    .addColumn('webhook_id', 'text', (column) => column.notNull())
    .addColumn('organization_id', 'text', (column) => column.notNull())
    .addColumn('event_type', 'text', (column) => column.notNull())
    .addColumn('test', 'integer', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('duration_ms', 'integer', (column) => column.notNull())
    .addColumn('status_code', 'integer')
    .addColumn('error', 'text')
    .addColumn('request', 'text', (column) => column.notNull())
    .addColumn('response', 'text')
    .addColumn('outcome', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('attempts_by_webhook').on('attempts').columns(['webhook_id', 'id']).execute();
  await db.schema.createIndex('attempts_by_delivery').on('attempts').columns(['delivery_id', 'id']).execute();
}
