import type { Client, ClientBase } from 'pg';
import { StoreError } from '../errors.ts';
import { breaksConnection } from './errors.ts';

type Query = (...args: readonly unknown[]) => unknown;

/**
 * Gives every query of a connection a deadline: the network may swallow what either side says, and the server may hang.
 * When it passes, or the connection breaks otherwise, the connection is closed at once and whatever is asked of it later
 * fails for the same reason: a query that is under way must never answer somebody else's. A pool discards such a
 * connection by itself.
 *
 * Queries that take a callback have no deadline; neither Kysely nor we make any.
 *
 * @param onBroken told once, when the connection is closed by it, and why.
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

/** Closes a connection without a word: the other side may not be there to hear it. */
export function close(client: Client): void {
  client.end().catch(() => {});
  client.connection.stream.destroy();
}

/** @throws {StoreError} `unavailable`, when the answer takes longer. */
function within(seconds: number, answer: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StoreError('unavailable', tooLate(seconds))), seconds * 1000);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function tooLate(seconds: number): string {
  return `PostgreSQL did not answer a query within ${seconds} s (database.querySeconds).`;
}
