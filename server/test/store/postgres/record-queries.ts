import type { Pool } from 'pg';

export interface Query {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Keeps every kind of query that is made from now on, with the last of its texts and parameters. */
export function recordQueries(pool: Pool): Map<string, Query> {
  const queries = new Map<string, Query>();
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: readonly unknown[]) => unknown;
    client.query = ((text: string, parameters: readonly unknown[], ...more: readonly unknown[]) => {
      if (!/^(begin|commit|rollback)$/.test(text)) queries.set(shortened(text), { sql: text, parameters });
      return query(text, parameters, ...more);
    }) as typeof client.query;
  });
  return queries;
}

/** A query without its quotes and casts, with every parameter as the same. */
function shortened(text: string): string {
  return text
    .replaceAll('"', '')
    .replaceAll(/\$\d+(::\w+\[\])?/g, '?')
    .replaceAll(/= any\(\?\)/g, 'in (?)')
    .replaceAll(/\?(, \?)+/g, '?');
}
