import type { PoolClient } from 'pg';
import pg from 'pg';
import { keepDeadlines } from './deadline.ts';
import { sessionUrl } from './session.ts';

export interface PoolSettings {
  /** The most connections of this process. */
  readonly poolSize: number;
  /** Seconds that a call may wait for a connection. */
  readonly connectSeconds: number;
  /** Seconds that a query may wait for its answer. */
  readonly querySeconds: number;
  /** Seconds after which other nodes take over from this one. */
  readonly leaseSeconds: number;
}

/** The types of columns whose values are not texts: https://www.postgresql.org/docs/18/catalog-pg-type.html */
const int8 = 20;

/** Seconds without a word before the system asks whether the other side is still there. */
const silenceMs = 10_000;

/** How one connects to a database, alone or from a pool. */
export function connectionConfig(url: string, settings: PoolSettings): pg.ClientConfig {
  return {
    connectionString: sessionUrl(url, settings),
    connectionTimeoutMillis: settings.connectSeconds * 1000,
    keepAlive: true,
    keepAliveInitialDelayMillis: silenceMs,
    application_name: 'bellhop',
    // All our integers fit a number: times, counts.
    types: {
      getTypeParser: ((type: number, format?: 'text' | 'binary') =>
        type === int8 ? Number : pg.types.getTypeParser(type, format as 'text')) as typeof pg.types.getTypeParser,
    },
  };
}

/** Connections to a database, made when they are needed. A connection that breaks is replaced by the next call. */
export function openPool(url: string, settings: PoolSettings): pg.Pool {
  const pool = new pg.Pool({ ...connectionConfig(url, settings), max: settings.poolSize });
  // A connection that breaks has left the pool, and the query that it carried has failed, which is told there. Without
  // anybody who listens, the news of it would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    client.on('error', () => {});
    keepDeadlines(client, settings.querySeconds, () => discardIdle(pool));
  });
  return pool;
}

/** What broke one connection may have broken those beside it, which nobody would notice before the next deadline. */
function discardIdle(pool: pg.Pool): void {
  for (let count = pool.idleCount; count > 0; count -= 1) pool.connect().then(discard, () => {});
}

function discard(client: PoolClient): void {
  client.release(true);
}
