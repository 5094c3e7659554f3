import { writeFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import type { Store } from '../../../src/store/contract/index.ts';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import { freshFile, openStore } from './support.ts';

let store: Store;

beforeEach(async () => {
  store = await openStore(freshFile());
  await store.migrate();
});

function insert(number: number): Promise<void> {
  return store.insertOrganization({ id: `org_${number}`, name: `Organization ${number}`, createdAt: number });
}

test('every call gets its own answer, however many are under way', async () => {
  await Promise.all(Array.from({ length: 200 }, (_, number) => insert(number)));
  const found = await Promise.all(Array.from({ length: 200 }, (_, number) => store.getOrganization(`org_${number}`)));
  expect(found.map((organization) => organization?.createdAt)).toEqual(
    Array.from({ length: 200 }, (_, number) => number),
  );
});

test('a call that fails takes no other with it', async () => {
  await insert(1);
  const [again, other] = await Promise.allSettled([insert(1), insert(2)]);
  expect(again).toMatchObject({ status: 'rejected', reason: { name: 'StoreError', code: 'failed' } });
  expect(other.status).toBe('fulfilled');
});

test('a call after closing is rejected', async () => {
  await store.close();
  const closed = { name: 'StoreError', code: 'unavailable', message: 'The store is closed.' };
  await expect(store.getOrganization('org_1')).rejects.toMatchObject(closed);
});

test('a read does not wait for what is being written, and sees what was written before', async () => {
  await insert(1);
  const list = () => store.listOrganizations({ limit: 3000 });
  // The first starts the thread that reads.
  await Promise.all([insert(2), list()]);
  const order: string[] = [];
  const written = Array.from({ length: 2000 }, (_, number) => insert(number + 10))
    .at(-1)
    ?.then(() => order.push('write'));
  const read = list().then((found) => order.push(...found.map(({ id }) => id).filter((id) => /_[12]$/.test(id))));
  await Promise.all([written, read]);
  expect(order.at(-1)).toBe('write');
  expect(order.slice(0, -1).toSorted()).toEqual(['org_1', 'org_2']);
});

test('closing waits for the calls that are under way, and takes no more', async () => {
  const underWay = Array.from({ length: 20 }, (_, number) => insert(number));
  const closing = store.close();
  await expect(insert(20)).rejects.toMatchObject({ name: 'StoreError', code: 'unavailable' });
  await Promise.all(underWay);
  await closing;
});

test('who opened it is told when the thread is lost', async () => {
  const file = freshFile();
  writeFileSync(file, 'This is a text, and no database. '.repeat(100));
  const lost = await new Promise<Error>((resolve, reject) => {
    openSqliteStore(file, resolve).catch(reject);
  });
  expect(lost).toMatchObject({ name: 'StoreError', code: 'unavailable', message: expect.stringContaining('database') });
});

test('closing is not losing', async () => {
  const lost: Error[] = [];
  const closed = await openSqliteStore(freshFile(), (error) => lost.push(error));
  await closed.migrate();
  await closed.close();
  expect(lost).toEqual([]);
});

test('closing twice is closing', async () => {
  await Promise.all([store.close(), store.close()]);
  await store.close();
});

test('asking for what the store does not have does it no harm', async () => {
  const { toJSON } = store as unknown as { toJSON(): Promise<unknown> };
  await expect(toJSON()).rejects.toMatchObject({ name: 'StoreError', code: 'failed' });
  expect(await store.getOrganization('org_1')).toBeNull();
});
