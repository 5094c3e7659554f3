import type { PostgresQueryCompiler } from 'kysely';
import { PostgresAdapter, PostgresDialect } from 'kysely';
import type { Batches, BatchingAdapter } from '../queries/batches.ts';
import { StoreQueryCompiler } from './query-compiler.ts';

/** Kysely's PostgreSQL as the store's queries want it. */
export class StoreDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new StoreAdapter();
  }

  override createQueryCompiler(): PostgresQueryCompiler {
    return new StoreQueryCompiler();
  }
}

class StoreAdapter extends PostgresAdapter implements BatchingAdapter {
  /** As much as comes, within reason: a statement has a deadline, and a column of rows is one string to Node. */
  readonly batches: Batches = { rows: 5000, characters: 16 * 1024 * 1024, ids: 20_000, powersOfTwo: false };
}
