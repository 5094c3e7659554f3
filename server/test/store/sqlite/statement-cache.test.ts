import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { StatementCache } from '../../../src/store/sqlite/statement-cache.ts';

test('the same SQL is prepared once', () => {
  const cache = new StatementCache(new Database(':memory:'));
  expect(cache.prepare('select 1')).toBe(cache.prepare('select 1'));
  cache.close();
});

test('what was not used for the longest time is prepared again, what is in use is kept', () => {
  const cache = new StatementCache(new Database(':memory:'));
  const used = cache.prepare('select -1');
  const unused = cache.prepare('select -2');
  for (let other = 0; other < 300; other += 1) {
    cache.prepare(`select ${other}`);
    expect(cache.prepare('select -1')).toBe(used);
  }
  expect(cache.prepare('select -2')).not.toBe(unused);
  cache.close();
});
