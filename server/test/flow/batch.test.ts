import { expect, test } from 'vitest';
import { Batch } from '../../src/flow/batch.ts';

/** A batch whose writes end when the test says so. */
class Writes {
  readonly written: number[][] = [];
  readonly #open: PromiseWithResolvers<void>[] = [];
  readonly batch: Batch<number>;

  constructor(take?: (waiting: number[]) => number[]) {
    this.batch = new Batch({
      ...(take ? { take } : {}),
      write: (items) => {
        this.written.push([...items]);
        const write = Promise.withResolvers<void>();
        this.#open.push(write);
        return write.promise;
      },
    });
  }

  async end(): Promise<void> {
    this.#open.shift()?.resolve();
    await turn();
  }
}

const turn = () => new Promise(setImmediate);

test('what is added in the same turn goes together', async () => {
  const { batch, written } = new Writes();
  batch.add([1]);
  batch.add([2, 3]);
  expect(written).toEqual([]);
  await turn();
  expect(written).toEqual([[1, 2, 3]]);
});

test('what is added during a write goes together with the next one, in order', async () => {
  const writes = new Writes();
  writes.batch.add([1]);
  await turn();
  writes.batch.add([2]);
  await turn();
  writes.batch.add([3]);
  expect([writes.written, writes.batch.size]).toEqual([[[1]], 3]);
  await writes.end();
  expect([writes.written, writes.batch.size]).toEqual([[[1], [2, 3]], 2]);
  await writes.end();
  expect(writes.batch.size).toBe(0);
});

test('so many go together as fit', async () => {
  const writes = new Writes((waiting) => waiting.splice(0, 2));
  writes.batch.add([1, 2, 3, 4, 5]);
  await turn();
  await writes.end();
  await writes.end();
  await writes.end();
  expect(writes.written).toEqual([[1, 2], [3, 4], [5]]);
});

test('flushing waits for all of it, also for what is added meanwhile', async () => {
  const writes = new Writes();
  writes.batch.add([1]);
  let flushed = false;
  const flushing = writes.batch.flush().then(() => {
    flushed = true;
  });
  await turn();
  writes.batch.add([2]);
  await writes.end();
  expect(flushed).toBe(false);
  await writes.end();
  await flushing;
  expect(writes.written).toEqual([[1], [2]]);
});

test('without anything to write there is nothing to wait for', async () => {
  const { batch, written } = new Writes();
  batch.add([]);
  await batch.flush();
  expect(written).toEqual([]);
});

test('after it came to rest it begins anew', async () => {
  const writes = new Writes();
  writes.batch.add([1]);
  await turn();
  await writes.end();
  writes.batch.add([2]);
  await turn();
  expect(writes.written).toEqual([[1], [2]]);
});
