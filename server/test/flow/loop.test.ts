import { expect, test } from 'vitest';
import { Loop } from '../../src/flow/loop.ts';
import { HeldClock } from '../cluster/held-clock.ts';

const everyMs = 1000;

/** A loop whose runs end when the test says so. */
class Runs {
  readonly clock = new HeldClock();
  readonly errors: unknown[] = [];
  readonly #open: PromiseWithResolvers<unknown>[] = [];
  begun = 0;
  readonly loop = new Loop({
    clock: this.clock,
    everyMs,
    pauses: { firstMs: 100, maxMs: 400, random: () => 0 },
    run: () => {
      this.begun += 1;
      const run = Promise.withResolvers<unknown>();
      this.#open.push(run);
      return run.promise;
    },
    onError: (error) => this.errors.push(error),
  });

  /** Runs that have not ended. */
  get underWay(): number {
    return this.#open.length;
  }

  async end(pauseMs?: number): Promise<void> {
    this.#open.shift()?.resolve(pauseMs);
    await turn();
  }

  async fail(error: Error): Promise<void> {
    this.#open.shift()?.reject(error);
    await turn();
  }
}

const turn = () => new Promise(setImmediate);

test('it runs at the start, and again after the longest time', async () => {
  const runs = new Runs();
  runs.loop.start();
  expect(runs.begun).toBe(1);
  await runs.end();
  runs.clock.advance(everyMs - 1);
  expect(runs.begun).toBe(1);
  runs.clock.advance(1);
  expect(runs.begun).toBe(2);
});

test('a start with a pause waits for that', async () => {
  const runs = new Runs();
  runs.loop.start(300);
  expect(runs.begun).toBe(0);
  runs.clock.advance(300);
  expect(runs.begun).toBe(1);
});

test('a run says how soon the next one follows, at the latest after the longest time', async () => {
  const runs = new Runs();
  runs.loop.start();
  await runs.end(20);
  runs.clock.advance(20);
  expect(runs.begun).toBe(2);
  await runs.end(everyMs * 10);
  runs.clock.advance(everyMs);
  expect(runs.begun).toBe(3);
  await runs.end(0);
  expect(runs.begun).toBe(4);
});

test('woken while it runs, it runs once more right after, never beside itself', async () => {
  const runs = new Runs();
  runs.loop.start();
  for (let times = 0; times < 3; times += 1) runs.loop.wake();
  expect([runs.begun, runs.underWay]).toEqual([1, 1]);
  await runs.end();
  expect([runs.begun, runs.underWay]).toEqual([2, 1]);
  await runs.end();
  expect(runs.begun).toBe(2);
});

test('of several times that it is to run by, the earliest counts', async () => {
  const runs = new Runs();
  runs.loop.start();
  await runs.end();
  runs.loop.wakeIn(500);
  runs.loop.wakeIn(200);
  runs.loop.wakeIn(800);
  runs.clock.advance(200);
  expect(runs.begun).toBe(2);
  await runs.end();
  runs.clock.advance(everyMs - 1);
  expect(runs.begun).toBe(2);
});

test('a time that it is given while it runs counts after the run', async () => {
  const runs = new Runs();
  runs.loop.start();
  runs.loop.wakeIn(50);
  await runs.end();
  runs.clock.advance(50);
  expect(runs.begun).toBe(2);
});

test('a run that throws is told of and followed by growing pauses, until one succeeds', async () => {
  const runs = new Runs();
  runs.loop.start();
  for (const pauseMs of [100, 200, 400, 400]) {
    const error = new Error(`before a pause of ${pauseMs}`);
    await runs.fail(error);
    expect(runs.errors.at(-1)).toBe(error);
    const { begun } = runs;
    runs.clock.advance(pauseMs - 1);
    expect(runs.begun).toBe(begun);
    runs.clock.advance(1);
    expect(runs.begun).toBe(begun + 1);
  }
  await runs.end(10);
  runs.clock.advance(10);
  await runs.fail(new Error('again'));
  runs.clock.advance(100);
  expect(runs.begun).toBe(7);
});

test('stopping waits for the run under way, and nothing runs after it', async () => {
  const runs = new Runs();
  runs.loop.start();
  runs.loop.wake();
  let stopped = false;
  const stopping = runs.loop.stop().then(() => {
    stopped = true;
  });
  await turn();
  expect(stopped).toBe(false);
  await runs.end();
  await stopping;
  runs.loop.wake();
  runs.loop.wakeIn(1);
  runs.clock.advance(10 * everyMs);
  expect(runs.begun).toBe(1);
});

test('stopped before it ran, it does not run', async () => {
  const runs = new Runs();
  runs.loop.start(100);
  await runs.loop.stop();
  runs.clock.advance(everyMs);
  expect(runs.begun).toBe(0);
});

test('stopped, it can be started again', async () => {
  const runs = new Runs();
  runs.loop.start();
  await runs.end();
  await runs.loop.stop();
  runs.loop.start();
  expect(runs.begun).toBe(2);
});
