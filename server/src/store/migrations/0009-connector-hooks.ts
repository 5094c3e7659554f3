import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Tables } from '../tables.ts';

/** Hooks of connectors: what acknowledges, what listens for a test, and statuses that end by themselves. */
export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .alterTable('webhooks')
    .addColumn('acknowledges', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .alterTable('webhooks')
    .addColumn('listener', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable('webhooks').addColumn('status_until', 'bigint').execute();
  await db.schema.alterTable('webhooks').addColumn('heir', 'text').execute();
  await goOn(db);
  await db.schema
    .createIndex('webhooks_by_heir')
    .on('webhooks')
    .column('heir')
    .where(sql.ref('heir'), 'is not', null)
    .execute();
  const ending = {
    until: ['status_until'],
    url: ['organization_id', 'url', 'id'],
    subject: ['organization_id', 'external_id', 'id'],
  };
  for (const [name, columns] of Object.entries(ending)) {
    await db.schema
      .createIndex(`webhooks_ending_by_${name}`)
      .on('webhooks')
      .columns(columns)
      .where(sql.ref('status_until'), 'is not', null)
      .execute();
  }
}

/** What earlier rules stopped: platforms' webhooks that a count disabled, and those that a platform paused for good. */
async function goOn(db: Kysely<Tables>): Promise<void> {
  const disabled = db
    .selectFrom('webhooks')
    .select('id')
    .where('status', '=', 'disabled')
    .where(({ eb, or }) => or([eb('rest_hook', '=', 1), eb('platform', '!=', 'custom')]));
  await db.updateTable('lanes').set({ state: 'open', due_at: 0 }).where('webhook_id', 'in', disabled).execute();
  await db
    .updateTable('webhooks')
    .set({ status: 'active', status_reason: null, consecutive_failures: 0, revision: sql`revision + 1` })
    .where('id', 'in', disabled)
    .execute();
  await db
    .updateTable('webhooks')
    .set({ status_until: 0 })
    .where('status', '=', 'paused')
    .where('status_reason', 'like', '%"platform_gone"%')
    .execute();
}
