import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { killedAfter } from './child/run.ts';
import { freshFile, openStore } from './support.ts';

const refusal = {
  name: 'StoreError',
  code: 'unavailable',
  message: expect.stringMatching(/^Another Bellhop server already uses .*bellhop\.db\. Stop it, or .* DATA_DIR/),
};

test('a second opening is refused, and the first goes on', async () => {
  const file = freshFile();
  const store = await openStore(file);
  await expect(openStore(file)).rejects.toMatchObject(refusal);
  await store.migrate();
  expect(await store.getOrganization('org_none')).toBeNull();
  await store.close();
});

test('closing lets another open it', async () => {
  const file = freshFile();
  for (let times = 0; times < 3; times += 1) {
    const store = await openStore(file);
    await store.migrate();
    await store.close();
  }
});

test('a second process is refused while the first lives, and let in when it was killed', async () => {
  const file = freshFile();
  await killedAfter(1, ['hold', file], async () => {
    await expect(openStore(file)).rejects.toMatchObject(refusal);
  });
  const store = await openStore(file);
  await store.migrate();
  await store.close();
});

test('a directory that is missing is made', async () => {
  const store = await openStore(join(dirname(freshFile()), 'a', 'b', 'bellhop.db'));
  await store.migrate();
  await store.close();
});

test('a place that cannot be written to is named', async () => {
  const file = freshFile();
  mkdirSync(`${file}.lock`);
  const problem = { name: 'StoreError', code: 'unavailable', message: expect.stringContaining(`${file}.lock`) };
  await expect(openStore(file)).rejects.toMatchObject(problem);
  writeFileSync(join(dirname(file), 'file'), '');
  await expect(openStore(join(dirname(file), 'file', 'bellhop.db'))).rejects.toMatchObject({
    name: 'StoreError',
  });
});

test('a file that is no database is said to be none, and is not kept locked', async () => {
  const file = freshFile();
  writeFileSync(file, 'This is a text and not a database. '.repeat(100));
  for (let times = 0; times < 2; times += 1) {
    const store = await openStore(file);
    const problem = { name: 'StoreError', message: expect.stringContaining('file is not a database') };
    await expect(store.migrate()).rejects.toMatchObject(problem);
    await store.close();
  }
});
