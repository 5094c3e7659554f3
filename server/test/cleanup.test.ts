import { expect, test } from 'vitest';
import { afterTest, endOfFile, endOfTest, mustStop } from './cleanup.ts';

test('what a test file leaves running is stopped, and fails it by its name and the place where it was started', async () => {
  let stopped = false;
  mustStop('a thing', () => {
    stopped = true;
  });
  await expect(endOfFile()).rejects.toThrow(/a thing, started\n.*cleanup\.test\.ts/s);
  expect(stopped).toBe(true);
});

test('what was stopped is not left running', async () => {
  const stopped = mustStop('a thing', () => {});
  stopped();
  await endOfFile();
});

test('all of a cleanup is done, the last part first, also when one part fails', async () => {
  const done: string[] = [];
  afterTest(() => done.push('first'));
  afterTest(() => {
    throw new Error('It broke.');
  });
  afterTest(() => done.push('last'));
  await expect(endOfTest()).rejects.toThrow('It broke.');
  expect(done).toEqual(['last', 'first']);
});
