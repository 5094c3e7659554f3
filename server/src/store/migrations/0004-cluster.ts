import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Tables } from '../tables.ts';

/** Ownership of lanes by nodes. */
export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .alterTable('lanes')
    .addColumn('backlogged', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .alterTable('lanes')
    .addColumn('slot', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable('lanes').addColumn('left_at', 'bigint').execute();
  await db.schema
    .alterTable('nodes')
    .addColumn('delivers', 'integer', (column) => column.notNull().defaultTo(1))
    .execute();
  await db.updateTable('lanes').set({ backlogged: 1 }).where('owner', 'is not', null).execute();
  await fillSlots(db);
  // Owners look for new deliveries in their own lanes, except in those that they know to have a backlog.
  await db.schema
    .createIndex('lanes_due_owned')
    .on('lanes')
    .columns(['owner', 'due_at'])
    .where(sql.ref('state'), '=', sql.lit('open'))
    .where(sql.ref('backlogged'), '=', sql.lit(0))
    .where(sql.ref('owner'), 'is not', null)
    .where(sql.ref('due_at'), 'is not', null)
    .execute();
}

/** As in `slotOf()`: the last two hexadecimal digits of the id. */
async function fillSlots(db: Kysely<Tables>): Promise<void> {
  for (let digit = 1; digit < 16; digit += 1) {
    const hex = digit.toString(16);
    for (const [pattern, worth] of [
      [`%${hex}`, digit],
      [`%${hex}_`, digit * 16],
    ] as const) {
      await db
        .updateTable('lanes')
        .set({ slot: sql`slot + ${worth}` })
        .where('webhook_id', 'like', pattern)
        .execute();
    }
  }
}
