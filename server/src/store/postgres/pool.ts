import type { PoolClient } from 'pg';
import pg from 'pg';
import { keepDeadlines } from './deadline.ts';
import { sessionUrl } from './session.ts';

export interface PoolSettings {
  /** Maximum connections of this process. */
  readonly poolSize: number;
  /** Seconds to wait for a connection. */
  readonly connectSeconds: number;
  /** Seconds to wait for the result of a query. */
  readonly querySeconds: number;
  /** Seconds after this node's last heartbeat when others take over. */
  readonly leaseSeconds: number;
}

/** The OID of bigint: https://www.postgresql.org/docs/18/catalog-pg-type.html */
const int8 = 20;

const keepAliveMs = 10_000;

export function connectionConfig(url: string, settings: PoolSettings): pg.ClientConfig {
  return {
    connectionString: sessionUrl(url, settings),
    connectionTimeoutMillis: settings.connectSeconds * 1000,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMs,
    application_name: 'bellhop',
    // All integers of the store, times and counts, are safe as numbers.
    types: {
      getTypeParser: ((type: number, format?: 'text' | 'binary') =>
        type === int8 ? Number : pg.types.getTypeParser(type, format as 'text')) as typeof pg.types.getTypeParser,
    },
  };
}

/** A pool that connects on demand. The next call replaces a broken connection. */
export function openPool(url: string, settings: PoolSettings): pg.Pool {
  const pool = new pg.Pool({ ...connectionConfig(url, settings), max: settings.poolSize });
  // A broken connection leaves the pool, and its query reports the error. Without a listener, the event would end the
  // process.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    client.on('error', () => {});
    keepDeadlines(client, settings.querySeconds, () => discardIdle(pool));
  });
  return pool;
}

/** The cause can have broken idle connections too, which would only show at the next query's deadline. */
function discardIdle(pool: pg.Pool): void {
  for (let count = pool.idleCount; count > 0; count -= 1) pool.connect().then(discard, () => {});
}

function discard(client: PoolClient): void {
  client.release(true);
}
