import type { DataTypeNode } from 'kysely';
import { PostgresDialect, PostgresQueryCompiler } from 'kysely';

/** Kysely's PostgreSQL with text that sorts and compares as in SQLite. */
export class StoreDialect extends PostgresDialect {
  override createQueryCompiler(): PostgresQueryCompiler {
    return new StoreQueryCompiler();
  }
}

/**
 * Every column of text has the collation "C": ids sort by time, cursors and locks go by their order, and so it must be
 * bytewise whatever the database's own collation is.
 */
class StoreQueryCompiler extends PostgresQueryCompiler {
  protected override visitDataType(node: DataTypeNode): void {
    super.visitDataType(node);
    if (node.dataType === 'text') this.append(' collate "C"');
  }
}
