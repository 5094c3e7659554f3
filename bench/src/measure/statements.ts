import type { Client } from 'pg';

/** What a database was asked so far. */
export interface Asked {
  /** Everything that clients sent to be executed, BEGIN and COMMIT included. */
  readonly statements: number;
  /** Those that BEGIN opened; a statement outside of one is counted as a statement alone. */
  readonly transactions: number;
}

/** Of a server that does not count. */
export const notCounted: Asked = { statements: Number.NaN, transactions: Number.NaN };

/** One statement, as pg_stat_statements keeps it, and what it took. */
export interface StatementCost {
  readonly query: string;
  readonly calls: number;
  readonly rows: number;
  readonly milliseconds: number;
  readonly walBytes: number;
}

/**
 * Counts a database's statements by pg_stat_statements: it counts each time that one is executed, also the same one again,
 * and also BEGIN, COMMIT, LISTEN and NOTIFY. Left out are statements that failed, and those that the database runs by
 * itself, such as the checks of foreign keys. https://www.postgresql.org/docs/18/pgstatstatements.html
 */
export class StatementCounter {
  readonly #client: Client;
  readonly #database: string;

  /** @param client is connected to another database, so that its own statements do not count. */
  constructor(client: Client, database: string) {
    this.#client = client;
    this.#database = database;
  }

  async read(): Promise<Asked> {
    const { rows } = await this.#client.query<Asked>(
      `select coalesce(sum(calls), 0)::float8 as statements,
         coalesce(sum(calls) filter (where query ~* '^(begin|start transaction)'), 0)::float8 as transactions
       from pg_stat_statements join pg_database on pg_database.oid = dbid where datname = $1`,
      [this.#database],
    );
    return rows[0] ?? notCounted;
  }

  /** Begins anew. */
  async reset(): Promise<void> {
    await this.#client.query('select pg_stat_statements_reset(0, oid, 0) from pg_database where datname = $1', [
      this.#database,
    ]);
  }

  /** Those that took longest in all come first. */
  async costs(): Promise<StatementCost[]> {
    const { rows } = await this.#client.query<StatementCost>(
      `select query, calls::float8, rows::float8, total_exec_time as milliseconds, wal_bytes::float8 as "walBytes"
       from pg_stat_statements join pg_database on pg_database.oid = dbid where datname = $1
       order by total_exec_time desc`,
      [this.#database],
    );
    return rows;
  }
}
