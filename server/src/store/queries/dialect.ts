import type { StoreError } from '../errors.ts';
import type { Migrations } from '../migrations/index.ts';
import type { Db, NewRow } from '../tables.ts';
import type { FirstWaiting } from './waiting.ts';

/** What differs between the databases, where a query cannot be said the same way for both. */
export interface Dialect {
  /** Whether a transaction failed because of others beside it, so that it may go well when it begins again. */
  readonly retryable: (error: unknown) => boolean;
  /** The database's clock, Unix milliseconds; null: it has none of its own. */
  readonly time: (db: Db) => Promise<number | null>;
  readonly firstWaiting: FirstWaiting;
  /** Null: a transaction costs nothing but what is in it. */
  readonly atOnce: AtOnce | null;
  /** Migrations that the other database has no need of. */
  readonly migrations: Migrations;
  /** Why the database could not do it, in the store's terms; a StoreError says so already. */
  readonly toStoreError: (error: unknown) => StoreError;
}

/** What happens most, each as one statement that needs no transaction around it. */
export interface AtOnce {
  /** Stores events and deliveries of theirs; at least one of both. */
  readonly storeFanOut: (
    db: Db,
    events: readonly NewRow<'events'>[],
    deliveries: readonly NewRow<'deliveries'>[],
  ) => Promise<void>;
  /**
   * Writes down attempts by which deliveries were delivered, and nothing else happened. Those that are written down already
   * are left out.
   */
  readonly recordDelivered: (db: Db, delivered: Delivered) => Promise<void>;
}

export interface Delivered {
  readonly node: string;
  readonly attempts: readonly NewRow<'attempts'>[];
  readonly now: number;
}
