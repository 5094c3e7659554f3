import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Tables } from '../../tables.ts';

/**
 * Rows of these tables come, change and go all the time. By default autovacuum would let a fifth of a large table be dead
 * before it cleans up, and statistics grow as old; here it comes often and does little. Who runs PostgreSQL may set it
 * otherwise afterwards. https://www.postgresql.org/docs/18/sql-createtable.html#SQL-CREATETABLE-STORAGE-PARAMETERS
 */
export async function up(db: Kysely<Tables>): Promise<void> {
  for (const table of ['deliveries', 'attempts'] as const) {
    await sql`alter table ${sql.table(table)} set (
      autovacuum_vacuum_scale_factor = 0.02,
      autovacuum_vacuum_insert_scale_factor = 0.05,
      autovacuum_analyze_scale_factor = 0.02)`.execute(db);
  }
  // Few rows, of which some change with every event that waits.
  await sql`alter table lanes set (autovacuum_vacuum_scale_factor = 0.05)`.execute(db);
}
