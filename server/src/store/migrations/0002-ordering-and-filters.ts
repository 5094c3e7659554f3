import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Tables } from '../tables.ts';

export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('webhooks').addColumn('filter', 'text').execute();
  await db.schema
    .alterTable('webhooks')
    .addColumn('ordering', 'text', (column) => column.notNull().defaultTo('parallel'))
    .execute();
  await db.schema
    .alterTable('lanes')
    .addColumn('ordering', 'text', (column) => column.notNull().defaultTo('parallel'))
    .execute();
  // The queue in the order of events; `deliveries_waiting` is the queue in the order of due times.
  await db.schema
    .createIndex('deliveries_in_order')
    .on('deliveries')
    .columns(['webhook_id', 'id'])
    .where(sql.ref('state'), '=', sql.lit('pending'))
    .where(sql.ref('owner'), 'is', null)
    .execute();
  // To check whether a node holds deliveries of a webhook, before the next in order is taken.
  await db.schema.dropIndex('deliveries_owned').execute();
  await db.schema
    .createIndex('deliveries_owned')
    .on('deliveries')
    .columns(['owner', 'webhook_id'])
    .where(sql.ref('owner'), 'is not', null)
    .execute();
}
