import type { StoreError } from '../errors.ts';
import type { Migrations } from '../migrations/index.ts';
import type { Db } from '../tables.ts';
import type { FirstWaiting } from './waiting.ts';

/** What differs between the databases, where a query cannot be said the same way for both. */
export interface Dialect {
  /** Whether a transaction failed because of others beside it, so that it may go well when it begins again. */
  readonly retryable: (error: unknown) => boolean;
  /** The database's clock, Unix milliseconds; null: it has none of its own. */
  readonly time: (db: Db) => Promise<number | null>;
  readonly firstWaiting: FirstWaiting;
  /** Migrations that the other database has no need of. */
  readonly migrations: Migrations;
  /** Why the database could not do it, in the store's terms; a StoreError says so already. */
  readonly toStoreError: (error: unknown) => StoreError;
}
