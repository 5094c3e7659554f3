import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openDatabase, sqliteStore } from '../../../src/store/sqlite/database.ts';
import { World } from '../conformance/world.ts';
import { freshFile, openTables } from './support.ts';

const full = { name: 'StoreError', code: 'storage_full' };

test('a store without room says so, keeps nothing of what it could not store, and goes on once there is room', async () => {
  const file = freshFile();
  const database = openDatabase(file);
  const store = sqliteStore(database);
  await store.migrate();
  const world = new World({ store, tables: openTables(file) });
  await world.clear();
  const webhook = await world.webhook();
  const bulky = () => world.eventFor(webhook, { data: JSON.stringify('x'.repeat(20_000)) });

  // SQLite answers the same when its file may not grow as when the disk is full.
  database.pragma(`max_page_count = ${Number(database.pragma('page_count', { simple: true })) + 20}`);
  const stored = await publishUntilFull(async () => {
    await world.publish([bulky()], { node: 'node' });
  });
  expect(stored).toBeGreaterThan(0);
  await expect(world.publish([bulky(), bulky(), bulky()])).rejects.toMatchObject(full);
  await expect(
    store.insertOrganization({ id: 'org_big', name: 'x'.repeat(90_000), createdAt: 1 }),
  ).rejects.toMatchObject(full);
  expect(await world.count('events')).toBe(stored);
  expect(await world.count('deliveries')).toBe(stored);

  database.pragma('max_page_count = 1000000');
  await world.publish([bulky()], { node: 'node' });
  expect(await world.count('events')).toBe(stored + 1);
  await world.close();
});

test('a large transaction leaves no -wal file behind that is as large', () => {
  const file = freshFile();
  const size = () => statSync(`${file}-wal`).size;
  const database = openDatabase(file);
  database.exec('CREATE TABLE large (bytes BLOB)');
  database.exec(`INSERT INTO large VALUES (zeroblob(${64 * 1024 * 1024}))`);
  expect(size()).toBeGreaterThan(64 * 1024 * 1024);
  // The next that begins the file anew cuts it.
  for (let row = 0; row < 2; row += 1) database.exec('INSERT INTO large VALUES (zeroblob(10))');
  expect(size()).toBeLessThanOrEqual(16 * 1024 * 1024);
  database.close();
});

/** How many times it went well before the store was full. */
async function publishUntilFull(publish: () => Promise<void>): Promise<number> {
  for (let count = 0; count < 100; count += 1) {
    try {
      await publish();
    } catch (error) {
      expect(error).toMatchObject(full);
      return count;
    }
  }
  throw new Error('The store does not get full.');
}
