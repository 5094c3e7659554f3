import type Database from 'better-sqlite3';
import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** Statements kept. The store makes some 150 different ones; those that come once in a while may be prepared again. */
const mostKept = 256;

/**
 * A SQLite database that prepares the same SQL once: reading it and planning it costs more than most statements need to
 * run. What was not used for the longest time goes first.
 */
export class StatementCache implements SqliteDatabase {
  readonly #database: Database.Database;
  readonly #kept = new Map<string, SqliteStatement>();

  constructor(database: Database.Database) {
    this.#database = database;
  }

  prepare(sql: string): SqliteStatement {
    const statement = this.#kept.get(sql) ?? (this.#database.prepare(sql) as SqliteStatement);
    // A map keeps its entries in the order they were set.
    this.#kept.delete(sql);
    this.#kept.set(sql, statement);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= mostKept) break;
      this.#kept.delete(oldest);
    }
    return statement;
  }

  close(): void {
    this.#kept.clear();
    this.#database.close();
  }
}
