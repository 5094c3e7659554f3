import type { PostgresQueryCompiler } from 'kysely';
import { PostgresAdapter, PostgresDialect } from 'kysely';
import type { Batches, BatchingAdapter } from '../queries/batches.ts';
import { StoreQueryCompiler } from './query-compiler.ts';

export class StoreDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new StoreAdapter();
  }

  override createQueryCompiler(): PostgresQueryCompiler {
    return new StoreQueryCompiler();
  }
}

class StoreAdapter extends PostgresAdapter implements BatchingAdapter {
  /** Bounded, as a statement has a deadline and Node builds one string from a column of rows. */
  readonly batches: Batches = { rows: 5000, characters: 16 * 1024 * 1024, ids: 20_000, powersOfTwo: false };
}
