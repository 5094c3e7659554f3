import type { StoreError } from '../errors.ts';
import type { Migrations } from '../migrations/index.ts';
import type { Db, NewRow } from '../tables.ts';
import type { FirstWaiting } from './waiting.ts';

/** The differences between the databases that Kysely does not cover. */
export interface Dialect {
  /** True when a transaction failed because of a concurrent one, so that a retry can succeed. */
  readonly retryable: (error: unknown) => boolean;
  /** The database's clock, Unix milliseconds. Null for SQLite, which has no clock of its own. */
  readonly time: (db: Db) => Promise<number | null>;
  readonly firstWaiting: FirstWaiting;
  /** Null where a transaction has no round trips to save. */
  readonly atOnce: AtOnce | null;
  /** Migrations for this database only. */
  readonly migrations: Migrations;
  /** Translates an error of the database. Returns a StoreError as it is. */
  readonly toStoreError: (error: unknown) => StoreError;
}

/** The most frequent changes, each as one statement without a transaction around it. */
export interface AtOnce {
  /** Stores events and their deliveries; at least one of each. */
  readonly storeFanOut: (
    db: Db,
    events: readonly NewRow<'events'>[],
    deliveries: readonly NewRow<'deliveries'>[],
  ) => Promise<void>;
  /** Records attempts whose only effect is that their deliveries are delivered. Skips those already recorded. */
  readonly recordDelivered: (db: Db, delivered: Delivered) => Promise<void>;
}

export interface Delivered {
  readonly node: string;
  readonly attempts: readonly NewRow<'attempts'>[];
  readonly now: number;
}
