import { setImmediate } from 'node:timers/promises';

/** Milliseconds after which others have the event loop. */
const longestMs = 5;

/** As `items.map(each)`, with others let through in between. */
export async function inTurns<T, R>(items: readonly T[], each: (item: T, index: number) => R): Promise<R[]> {
  const results: R[] = [];
  let since = performance.now();
  for (const [index, item] of items.entries()) {
    results.push(each(item, index));
    if (index === items.length - 1 || performance.now() - since < longestMs) continue;
    await setImmediate();
    since = performance.now();
  }
  return results;
}
