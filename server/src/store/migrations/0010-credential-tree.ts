import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Tables } from '../tables.ts';

/** Who made an API key or a portal link, and what it ends with. */
export async function up(db: Kysely<Tables>): Promise<void> {
  for (const table of ['api_keys', 'sessions'] as const) {
    await db.schema.alterTable(table).addColumn('made_by', 'text').execute();
    await db.schema.alterTable(table).addColumn('parent', 'text').execute();
    await db.schema
      .createIndex(`${table}_by_parent`)
      .on(table)
      .column('parent')
      .where(sql.ref('parent'), 'is not', null)
      .execute();
  }
  await db.schema.alterTable('sessions').addColumn('id', 'text').execute();
  await db.schema
    .alterTable('sessions')
    .addColumn('single_use', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable('sessions').addColumn('used_at', 'bigint').execute();
  await db.updateTable('sessions').set({ id: idFromHash, parent: parentOfLink }).execute();
  await db.schema
    .createIndex('sessions_links')
    .on('sessions')
    .columns(['organization_id', 'id'])
    .where(sql.ref('kind'), '=', sql.lit('link'))
    .execute();
}

/** Like other ids, but not by time. */
const idFromHash = sql<string>`case kind when 'link' then 'lnk_' else 'ses_' end
  || substr(hash, 1, 8) || '-' || substr(hash, 9, 4) || '-' || substr(hash, 13, 4) || '-' || substr(hash, 17, 4)
  || '-' || substr(hash, 21, 12)`;

const parentOfLink = sql<string | null>`case kind when 'link' then api_key_id end`;
