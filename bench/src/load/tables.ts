import { openDatabase } from '@bellhop/server/store/sqlite/database';
import type { NewRow, Tables } from '@bellhop/server/store/tables';
import pg from 'pg';
import { pause } from '../measure/clock.ts';

/** A row and the table that it belongs in. */
export interface TableRow {
  readonly table: keyof Tables;
  readonly row: Record<string, unknown>;
}

export function rowOf<Name extends keyof Tables>(table: Name, row: NewRow<Name>): TableRow {
  return { table, row };
}

/** The tables of a store, written straight into. */
export interface TableWriter {
  /** In one transaction; a row that others refer to comes before them. */
  write(rows: readonly TableRow[]): Promise<void>;
  /** Does to the tables what would have been done to them while they grew. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** @param file a database whose tables exist. */
export function sqliteWriter(file: string): TableWriter {
  const database = openDatabase(file);
  // What is lost when the machine fails meanwhile is a file that is thrown away anyway.
  database.pragma('synchronous = OFF');
  const inserts = new Map<keyof Tables, (row: Record<string, unknown>) => void>();
  const insertInto = (table: keyof Tables, columns: readonly string[]) => {
    const places = columns.map((column) => `@${column}`);
    const statement = database.prepare(`insert into ${table} (${columns}) values (${places})`);
    return (row: Record<string, unknown>) => void statement.run(row);
  };
  const insert = ({ table, row }: TableRow) => {
    const known = inserts.get(table) ?? insertInto(table, Object.keys(row));
    inserts.set(table, known);
    known(row);
  };
  return {
    async write(rows) {
      database.transaction(() => rows.forEach(insert))();
      // Lets this process do other things between transactions, such as noticing that it takes too long.
      await pause(0);
    },
    async settle() {},
    async close() {
      database.close();
    },
  };
}

const rowsPerInsert = 2000;

/** @param url of a PostgreSQL database whose tables exist. */
export function postgresWriter(url: string): TableWriter {
  const client = new pg.Client({ connectionString: url });
  const connected = client.connect();
  const insert = async (table: keyof Tables, rows: readonly Record<string, unknown>[]) => {
    const columns = Object.keys(rows[0] ?? {});
    await client.query(
      `insert into ${table} (${columns}) select ${columns} from json_populate_recordset(null::${table}, $1)`,
      [JSON.stringify(rows)],
    );
  };
  return {
    async write(rows) {
      await connected;
      // As with SQLite, nothing has to last.
      await client.query('begin; set local synchronous_commit = off');
      for (const [table, some] of Map.groupBy(rows, (each) => each.table)) {
        for (let start = 0; start < some.length; start += rowsPerInsert) {
          const chunk = some.slice(start, start + rowsPerInsert);
          await insert(
            table,
            chunk.map(({ row }) => row),
          );
        }
      }
      await client.query('commit');
    },
    async settle() {
      // Autovacuum's part: without, the planner knows nothing of what is in the tables.
      await client.query('vacuum (analyze)');
    },
    async close() {
      await client.end();
    },
  };
}
