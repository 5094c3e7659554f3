import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '@bellhop/server';
import { StoreError } from '@bellhop/server';
import { afterEach, expect, test } from 'vitest';
import { TestBellhop } from '../harness/bellhop.ts';
import { Receiver } from '../harness/receiver.ts';
import { FlowStage, firstEventType } from './support.ts';

/** What the store answers to every change at the moment; undefined: it works. */
let trouble: StoreError | undefined;

const changes = new Set<PropertyKey>(['publish', 'record', 'insertWebhook', 'leave']);

/** A store that can be told to fail before it changes anything, as a full disk makes it. */
function failing(store: Store): Store {
  return new Proxy(store, {
    get(target, method) {
      const works: unknown = Reflect.get(target, method);
      if (typeof works !== 'function' || !changes.has(method)) return works;
      return (...args: unknown[]) => (trouble ? Promise.reject(trouble) : works(...args));
    },
  });
}

const stage = new FlowStage({ wrapStore: failing });
afterEach(() => {
  trouble = undefined;
});

test.each([
  ['a full disk', new StoreError('storage_full', 'database or disk is full'), 507, 'storage_full'],
  ['a store out of reach', new StoreError('unavailable', 'disk I/O error'), 503, 'unavailable'],
  ['a fault of ours', new StoreError('failed', 'no such table: whatever'), 500, 'internal'],
])('%s: publishing is refused, nothing is stored, and it goes on when that is over', async (_, error, status, code) => {
  const subject = await stage.webhook('boltly');
  trouble = error;
  const refused = await subject.publish().catch((caught: unknown) => caught);
  expect(refused).toMatchObject({ status, problem: { code } });
  expect(JSON.stringify(refused)).not.toContain(error.message);
  trouble = undefined;
  expect((await subject.tenant.client.listEvents()).data).toEqual([]);
  await subject.publish();
  await subject.delivery((delivery) => delivery.status === 'delivered');
  expect(subject.receiver.received).toHaveLength(1);
});

test('what was sent while results could not be written is written afterwards, and not sent again', async () => {
  const subject = await stage.webhook('boltly', {
    answer: () => {
      trouble = new StoreError('storage_full', 'database or disk is full');
      return { status: 200 };
    },
  });
  await subject.publish();
  await subject.receiver.atLeast(1);
  expect(await subject.attempts()).toEqual([]);
  trouble = undefined;
  const [attempt] = await subject.recorded(1);
  expect(attempt).toMatchObject({ outcome: 'delivered', number: 1 });
  expect(subject.receiver.received).toHaveLength(1);
});

test('a server that cannot write its results stops all the same; the next start sends them again', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'bellhop-trouble-'));
  const receiver = await Receiver.start(() => {
    trouble = new StoreError('storage_full', 'database or disk is full');
    return { status: 200 };
  });
  const first = await TestBellhop.start({ dataDir, wrapStore: failing, config: { shutdownSeconds: 0 } });
  const { client } = await first.tenant();
  const { type, sample } = firstEventType('boltly');
  await client.createWebhook({ body: { provider: 'boltly', events: [type], url: receiver.url() } });
  const { id } = await client.publishEvent({ body: { provider: 'boltly', type, data: sample } });
  await receiver.atLeast(1);
  await first.stop();

  receiver.answer({ status: 200 });
  trouble = undefined;
  const second = await TestBellhop.start({ dataDir });
  await receiver.atLeast(2);
  expect(receiver.received.map(({ json }) => json.id)).toEqual([id, id]);
  await second.stop();
  await receiver.stop();
  await rm(dataDir, { recursive: true, force: true });
});
