import type Database from 'better-sqlite3';
import type { DatabaseConnection, SelectQueryNode } from 'kysely';
import { SqliteAdapter, SqliteDialect, SqliteDriver, SqliteQueryCompiler } from 'kysely';
import type { Batches, BatchingAdapter } from '../queries/batches.ts';
import { StatementCache } from './statement-cache.ts';

export class StoreDialect extends SqliteDialect {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    super({ database });
    this.#database = database;
  }

  override createDriver(): SqliteDriver {
    return new StoreDriver(this.#database);
  }

  override createAdapter(): SqliteAdapter {
    return new StoreAdapter();
  }

  override createQueryCompiler(): SqliteQueryCompiler {
    return new StoreQueryCompiler();
  }
}

/** With one connection, transactions are never concurrent: SQLite has no row locks, so they are left out. */
class StoreQueryCompiler extends SqliteQueryCompiler {
  protected override visitSelectQuery({ endModifiers: _locks, ...query }: SelectQueryNode): void {
    super.visitSelectQuery(query);
  }
}

class StoreDriver extends SqliteDriver {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    super({ database: new StatementCache(database) });
    this.#database = database;
  }

  /**
   * SQLite rolls back itself when the disk is full; a second rollback would fail and hide the cause.
   * https://sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
   */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.inTransaction) await super.rollbackTransaction(connection);
  }
}

class StoreAdapter extends SqliteAdapter implements BatchingAdapter {
  /** Well below the parameter limit for the widest table. */
  readonly batches: Batches = { rows: 512, characters: Number.POSITIVE_INFINITY, ids: 4096, powersOfTwo: true };

  /** An interrupted migration leaves nothing behind. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}
