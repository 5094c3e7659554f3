import { Kysely, sql } from 'kysely';
import type { Pool } from 'pg';
import type { Store } from '../contract/index.ts';
import { StoreError } from '../errors.ts';
import { sqlStore } from '../sql-store.ts';
import type { Db, Tables } from '../tables.ts';
import { atOnce } from './at-once.ts';
import { StoreDialect } from './dialect.ts';
import { retryable, toStoreError } from './errors.ts';
import * as autovacuum from './migrations/0005-autovacuum.ts';
import type { PoolSettings } from './pool.ts';
import { openPool } from './pool.ts';
import { firstWaiting } from './waiting.ts';

/** Indexing a large table takes a while, and so does waiting for another node that does it. */
const migrationSeconds = 3600;

/**
 * A PostgreSQL database as a store, shared by any number of processes. It connects at the first call; closing waits for
 * the calls under way. Heartbeats and takeovers have a dedicated connection, so that other work cannot delay them.
 */
export function openPostgresStore(url: string, settings: PoolSettings): Store {
  const store = postgresStore(openPool(url, settings));
  const urgent = postgresStore(openPool(url, { ...settings, poolSize: 1 }));
  const { time, heartbeat, deliveringNodes, expire } = urgent;
  const close = async () => void (await Promise.all([store.close(), urgent.close()]));
  const migrateTables = () => migrate(url, settings);
  return closingInOrder({ ...store, time, heartbeat, deliveringNodes, expire, migrate: migrateTables, close });
}

async function migrate(url: string, settings: PoolSettings): Promise<string[]> {
  const unhurried = postgresStore(openPool(url, { ...settings, querySeconds: migrationSeconds }));
  try {
    return await unhurried.migrate();
  } finally {
    await unhurried.close();
  }
}

const migrations = { '0005-autovacuum': autovacuum };

/** Closing the store closes the pool. */
export function postgresStore(pool: Pool): Store {
  const db = new Kysely<Tables>({ dialect: new StoreDialect({ pool }) });
  return sqlStore(db, { retryable, toStoreError, time, firstWaiting, atOnce, migrations });
}

async function time(db: Db): Promise<number | null> {
  const { rows } = await sql<{ time: number }>`
    select (extract(epoch from clock_timestamp()) * 1000)::bigint as time`.execute(db);
  return rows[0]?.time ?? null;
}

type Method = (...args: readonly unknown[]) => Promise<unknown>;

/** Makes `close` wait for earlier calls, and rejects later ones. */
function closingInOrder(store: Store): Store {
  const underWay = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= Promise.allSettled(underWay).then(() => store.close());
    return closing;
  };
  const methods = Object.entries(store as unknown as Record<string, Method>).map(([name, method]) => {
    const tracked: Method = (...args) => {
      if (closing !== undefined) return Promise.reject(new StoreError('unavailable', 'The store is closed.'));
      const call = method(...args).finally(() => underWay.delete(call));
      underWay.add(call);
      return call;
    };
    return [name, tracked];
  });
  return { ...(Object.fromEntries(methods) as Store), close };
}
