import type { Client, ClientBase } from 'pg';
import { StoreError } from '../errors.ts';
import { breaksConnection } from './errors.ts';

type Query = (...args: readonly unknown[]) => unknown;

/**
 * Gives every query of a connection a deadline, as the network can drop packets and the server can hang. When it
 * passes, or the connection breaks, the connection is closed and later queries fail with the same error: a late result
 * must never answer another query. A pool discards such a connection itself.
 *
 * Queries with a callback have no deadline; neither Kysely nor this store uses them.
 *
 * @param onBroken called once, when this closes the connection.
 */
export function keepDeadlines(
  connection: ClientBase,
  seconds: number,
  onBroken: (error: unknown) => void = () => {},
): void {
  const client = connection as Client;
  const query = client.query.bind(client) as Query;
  let broken: unknown;
  const limited: Query = (...args) => {
    if (broken !== undefined) return Promise.reject(broken);
    const answer = query(...args);
    if (!(answer instanceof Promise)) return answer;
    return within(seconds, answer).catch((error: unknown) => {
      if (broken === undefined && breaksConnection(error)) {
        broken = error;
        close(client);
        onBroken(error);
      }
      throw error;
    });
  };
  client.query = limited as Client['query'];
}

/** Closes a connection without waiting for the other side, which can be gone. */
export function close(client: Client): void {
  client.end().catch(() => {});
  client.connection.stream.destroy();
}

/** @throws {StoreError} `unavailable`, when the result takes longer. */
function within(seconds: number, answer: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StoreError('unavailable', timedOut(seconds))), seconds * 1000);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function timedOut(seconds: number): string {
  return `PostgreSQL did not answer a query within ${seconds} s (database.querySeconds).`;
}
