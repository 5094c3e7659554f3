import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { Store } from '../../../src/store/contract/index.ts';
import { openPostgresStore } from '../../../src/store/postgres/store.ts';
import type { Db } from '../../../src/store/tables.ts';
import { freshDatabase } from '../../databases.ts';
import { World } from '../conformance/world.ts';
import { openTables, storeSettings } from './support.ts';

/** Nodes that share one database, each with a store of its own, and what their transactions do to each other. */
export class Together {
  readonly tables: Db;
  readonly worlds: readonly World[];
  readonly #stores: readonly Store[];

  constructor(tables: Db, stores: readonly Store[]) {
    this.tables = tables;
    this.#stores = stores;
    this.worlds = stores.map((store) => new World({ store, tables }));
  }

  /** Empties the database. */
  async clear(): Promise<void> {
    await this.worlds[0]?.clear();
    for (const world of this.worlds) world.home = this.worlds[0]?.home ?? '';
  }

  /** Two nodes' views of the database. */
  get two(): [World, World] {
    const [here, there] = this.worlds;
    if (!here || !there) throw new Error('There are not two nodes.');
    return [here, there];
  }

  /**
   * Holds every transaction that inserts into a table at one point: `insert`, when it comes to that table; `commit`, when it
   * has done everything and is about to commit. Resolves with how to let them go on.
   */
  async holdBack(table: 'events' | 'deliveries', point: 'insert' | 'commit'): Promise<() => Promise<void>> {
    await sql`create or replace function hold_back() returns trigger language plpgsql as
      'begin perform pg_advisory_xact_lock_shared(42); return new; end'`.execute(this.tables);
    const trigger =
      point === 'insert'
        ? sql`create trigger held_back before insert on ${sql.table(table)}`
        : sql`create constraint trigger held_back after insert on ${sql.table(table)} deferrable initially deferred`;
    await sql`${trigger} for each row execute function hold_back()`.execute(this.tables);
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let held = () => {};
    const holding = new Promise<void>((resolve) => {
      held = resolve;
    });
    const transaction = this.tables.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(42)`.execute(tx);
      held();
      await released;
    });
    await holding;
    return async () => {
      release();
      await transaction;
      await sql`drop trigger held_back on ${sql.table(table)}`.execute(this.tables);
    };
  }

  /** Resolves once a transaction is held back. */
  someoneWaits(): Promise<void> {
    return this.#waits(sql`wait_event = 'advisory'`);
  }

  /** Resolves once a transaction waits for rows that another has. */
  someoneWaitsForRows(): Promise<void> {
    return this.#waits(sql`wait_event in ('transactionid', 'tuple')`);
  }

  async #waits(how: RawBuilder<unknown>): Promise<void> {
    const waiting = sql`select 1 from pg_stat_activity where datname = current_database() and ${how}`;
    while ((await waiting.execute(this.tables)).rows.length === 0);
  }

  deadlocks(): Promise<number> {
    return deadlocksOf(this.tables);
  }

  async close(): Promise<void> {
    for (const store of this.#stores) await store.close();
    await this.tables.destroy();
  }
}

/** Transactions of this database that PostgreSQL had to end because they waited for each other. */
async function deadlocksOf(tables: Db): Promise<number> {
  const { rows } = await sql<{ deadlocks: number }>`
    select deadlocks from pg_stat_database where datname = current_database()`.execute(tables);
  return rows[0]?.deadlocks ?? -1;
}

/** The same when all connections are closed: until then, one may keep for some seconds what it has not told yet. */
async function deadlocksAfterwards(url: string): Promise<number> {
  const tables = openTables(url, { poolSize: 1 });
  const others = sql`select 1 from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`;
  while ((await others.execute(tables)).rows.length > 0);
  const deadlocks = await deadlocksOf(tables);
  await tables.destroy();
  return deadlocks;
}

/** Four nodes on a database of their own, for the tests of a file; it is empty before each of them. */
export function useTogether(): () => Together {
  let together: Together;
  let url: string;
  beforeAll(async () => {
    url = await freshDatabase();
    const stores = Array.from({ length: 4 }, () => openPostgresStore(url, storeSettings));
    together = new Together(openTables(url), stores);
  });
  beforeEach(() => together.clear());
  afterAll(async () => {
    await together.close();
    expect(await deadlocksAfterwards(url)).toBe(0);
  });
  return () => together;
}
