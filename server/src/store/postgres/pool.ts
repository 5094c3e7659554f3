import pg from 'pg';

export interface PoolSettings {
  /** The most connections of this process. */
  readonly poolSize: number;
  /** Seconds that a call may wait for a connection. */
  readonly connectSeconds: number;
}

/** The types of columns whose values are not texts: https://www.postgresql.org/docs/18/catalog-pg-type.html */
const int8 = 20;

/** Connections to a database, made when they are needed. A connection that breaks is replaced by the next call. */
export function openPool(url: string, { poolSize, connectSeconds }: PoolSettings): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: connectSeconds * 1000,
    keepAlive: true,
    application_name: 'bellhop',
    // All our integers fit a number: times, counts.
    types: {
      getTypeParser: ((type: number, format?: 'text' | 'binary') =>
        type === int8 ? Number : pg.types.getTypeParser(type, format as 'text')) as typeof pg.types.getTypeParser,
    },
  });
  // A connection that breaks has left the pool, and the query that it carried has failed, which is told there. Without
  // anybody who listens, the news of it would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
