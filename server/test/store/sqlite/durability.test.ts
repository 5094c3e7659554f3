import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openDatabase, sqliteStore } from '../../../src/store/sqlite/database.ts';
import { World } from '../conformance/world.ts';
import { killedAfter } from './child/run.ts';
import { freshFile, openStore, openTables } from './support.ts';

test('a commit is answered when it is on the disk, and readers do not wait for writers', async () => {
  const database = openDatabase(freshFile());
  const pragma = (name: string) => database.pragma(name, { simple: true });
  // https://sqlite.org/pragma.html#pragma_synchronous: 2 is FULL.
  expect([pragma('journal_mode'), pragma('synchronous'), pragma('foreign_keys')]).toEqual(['wal', 2, 1]);
  database.close();

  const file = freshFile();
  const store = await openStore(file);
  await store.migrate();
  expect(existsSync(`${file}-wal`)).toBe(true);
  await store.close();
});

test('everything is there after closing and opening again', async () => {
  const file = freshFile();
  const before = await openStore(file);
  await before.migrate();
  const world = new World({ store: before, tables: openTables(file) });
  await world.clear();
  const webhook = await world.webhook();
  const [waiting] = await world.queue(webhook);
  await world.close();

  const after = await openStore(file);
  await after.migrate();
  expect(await after.getWebhook(world.home, webhook.id)).toEqual(webhook);
  const { work } = await after.claim({ node: 'node', lanes: 1, perLane: 1, now: Date.now() });
  expect(work.map(({ delivery }) => delivery.id)).toEqual([waiting]);
  await after.close();
});

test('an event that was acknowledged survives the death of the process, and another sends it', async () => {
  const file = freshFile();
  const [, ...acknowledged] = await killedAfter(101, ['publish', file]);
  const store = await openStore(file);
  await store.migrate();
  expect(await store.expire(['heir'], Number.MAX_SAFE_INTEGER, Date.now())).toBeGreaterThanOrEqual(100);
  const { work } = await store.claim({ node: 'heir', lanes: 10, perLane: 10_000, now: Date.now() });
  expect(work.map(({ event }) => event.id)).toEqual(expect.arrayContaining(acknowledged));
  await store.close();
});

test('a migration that is broken off leaves nothing behind, and the next one starts anew', async () => {
  const database = openDatabase(freshFile());
  const store = sqliteStore(database);
  const tables = () =>
    database.prepare("select name from sqlite_master where type = 'table' and name not like 'kysely%'").pluck().all();
  // The last table of the first migration is in its way.
  database.exec('create table notes (something)');
  await expect(store.migrate()).rejects.toMatchObject({ name: 'StoreError' });
  expect(tables()).toEqual(['notes']);
  database.exec('drop table notes');
  await store.migrate();
  expect(tables()).toContain('deliveries');
  await store.close();
});
