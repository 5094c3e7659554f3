import { sql } from 'kysely';

/** An item of a list, and the bytes of its text as stored. */
export interface Sized {
  readonly id: string;
  readonly bytes: number;
}

/** Databases know these without reading the texts. */
export const eventBytes = sql<number>`octet_length(data)`.as('bytes');
export const attemptBytes = sql<number>`octet_length(request) + coalesce(octet_length(response), 0)`.as('bytes');

/** How many of the items, from the first on, have at most so many bytes together; at least one. */
export function countWithin(items: readonly Sized[], bytes = Number.POSITIVE_INFINITY): number {
  let sum = 0;
  const end = items.findIndex((item) => {
    sum += item.bytes;
    return sum > bytes;
  });
  return end === -1 ? items.length : Math.max(end, 1);
}
