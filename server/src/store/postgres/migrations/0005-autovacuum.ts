import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Tables } from '../../tables.ts';

/**
 * Rows of these tables change all the time. By default, autovacuum runs once a fifth of a table is dead, and statistics
 * get as old; here it runs often and does little at a time. Operators can change the settings afterwards.
 * https://www.postgresql.org/docs/18/sql-createtable.html#SQL-CREATETABLE-STORAGE-PARAMETERS
 */
export async function up(db: Kysely<Tables>): Promise<void> {
  for (const table of ['deliveries', 'attempts'] as const) {
    await sql`alter table ${sql.table(table)} set (
      autovacuum_vacuum_scale_factor = 0.02,
      autovacuum_vacuum_insert_scale_factor = 0.05,
      autovacuum_analyze_scale_factor = 0.02)`.execute(db);
  }
  // Few rows, some of which change with every event that waits.
  await sql`alter table lanes set (autovacuum_vacuum_scale_factor = 0.05)`.execute(db);
}
