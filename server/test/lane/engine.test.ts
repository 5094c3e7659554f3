import { expect, test } from 'vitest';
import type { LaneHooks, Sent } from '../../src/attempt/sender.ts';
import type { EngineParts } from '../../src/lane/engine.ts';
import { Engine } from '../../src/lane/engine.ts';
import type { Lane } from '../../src/lane/lane.ts';
import { Wire } from '../../src/lane/wire.ts';
import type { Webhook, Work } from '../../src/model.ts';
import type { LaneStore } from '../../src/store/contract/index.ts';
import { HeldClock } from '../cluster/held-clock.ts';
import { plainWebhook } from '../webhook.ts';

const settings = {
  ...{ concurrency: 100, concurrencyPerHost: 100, ratePerHost: {}, concurrencyPerWebhook: 10 },
  ...{ window: 10, windowPerWebhook: 200, windowBytes: 1e9 },
};
const lanes = [{ webhookId: 'wh_1', term: 1, leftAt: null }];

interface Request {
  readonly id: string;
  readonly hooks: LaneHooks;
  readonly answer: (sent: Sent | null) => void;
}

/** An engine whose store does at once what it is asked, unless told otherwise, and whose requests wait for their answers. */
function newEngine(differences: Partial<LaneStore> = {}, webhook: Partial<Webhook> = {}) {
  const clock = new HeldClock();
  const asked: string[] = [];
  const requests: Request[] = [];
  const note = async (what: string, ids: readonly string[]) => void asked.push(`${what} ${ids.join()}`);
  const nothing = { work: [], lanes: [], backlogged: [], nextDueAt: null };
  const store: LaneStore = {
    claim: async () => nothing,
    refill: async () => nothing,
    fetch: async () => ({ work: [], lanes: [] }),
    holdings: () => new Promise(() => {}),
    record: async (_, results) => {
      const ids = results.map(({ attempt }) => attempt.deliveryId);
      await note('record', ids);
      return { waiting: false };
    },
    release: (_, ids) => note('release', ids),
    requeue: (_, ids) => note('requeue', ids),
    relinquish: (_, ended) =>
      note(
        'relinquish',
        ended.map(({ webhookId }) => webhookId),
      ),
    loadWebhooks: async () => [plainWebhook(webhook)],
    ...differences,
  };
  const send = ({ delivery: { id } }: Work, _: unknown, hooks: LaneHooks) =>
    new Promise<Sent | null>((answer) => requests.push({ id, hooks, answer }));
  const parts: Partial<EngineParts> = {
    ...{ store, clock, settings, shared: true, node: 'node', tuning: { lookMs: 5000, guestMs: 10_000 } },
    ...{ member: { holds: () => true, slots: [] }, signals: { tell: () => {} }, onRecorded: () => {} },
    ...{ wire: new Wire<Lane>(settings, clock), ending: new AbortController().signal },
  };
  const log = { error: () => {}, info: () => {} };
  const vault = { openOf: () => ({}) };
  const engine = new Engine({ ...parts, log, vault, sender: { send } } as unknown as EngineParts);
  return { engine, clock, asked, requests };
}

function workOf(count: number): Work[] {
  return Array.from({ length: count }, (_, index) => {
    const delivery = { id: `dlv_${index}`, webhookId: 'wh_1' };
    return { delivery, event: { data: '{}' }, webhookRevision: 1 } as Work;
  });
}

/** An answer that ends a delivery, or after which it comes again. */
function answerOf(deliveryId: string, nextAttemptAt: number | null = null): Sent {
  return {
    result: { attempt: { deliveryId, webhookId: 'wh_1', request: { body: '' } }, delivery: { nextAttemptAt } },
  } as Sent;
}

/** All that could begin at this time has. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

test('told to stop, it gives back what waits, records what is sent, and relinquishes the lane then', async () => {
  const { engine, asked, requests } = newEngine();
  engine.admit({ work: workOf(3), lanes });
  await settled();
  const stopped = engine.stop({ hurry: true });
  await settled();
  expect(asked).toEqual(['requeue dlv_2']);
  for (const { id, answer } of requests) answer(answerOf(id));
  await stopped;
  expect(asked.slice(1)).toEqual(['record dlv_0,dlv_1', 'relinquish wh_1']);
});

test('with its memory full it takes no births, and almost full it has lanes make room', async () => {
  const { engine, asked } = newEngine({ loadWebhooks: () => new Promise(() => {}) });
  engine.admit({ work: workOf(9), lanes });
  expect(engine.isFull).toBe(false);
  engine.start();
  await settled();
  expect(asked).toEqual(['requeue dlv_5,dlv_6,dlv_7,dlv_8']);
  const full = newEngine({ loadWebhooks: () => new Promise(() => {}) });
  full.engine.admit({ work: workOf(10), lanes });
  expect(full.engine.isFull).toBe(true);
});

test('a backlog that could not be fetched is fetched a little later', async () => {
  let refills = 0;
  const refill = async () => {
    refills += 1;
    throw new Error('The store is away.');
  };
  const { engine, clock } = newEngine({ refill });
  engine.admit({ work: workOf(1), lanes, backlogged: ['wh_1'] });
  await settled();
  expect(refills).toBe(1);
  clock.advance(1000);
  await settled();
  expect(refills).toBe(2);
});

test('what waits goes back when its webhook is to keep an order from now on', async () => {
  const { engine, asked } = newEngine();
  const [first, ...others] = workOf(4);
  engine.admit({ work: first ? [first] : [], lanes });
  await settled();
  engine.admit({ work: others, lanes });
  engine.refresh(plainWebhook({ ordering: 'fifo', revision: 2 }));
  await settled();
  expect(asked).toEqual(['release dlv_2,dlv_3']);
});

test('what comes once it has stopped goes back', async () => {
  const { engine, asked, requests } = newEngine();
  await engine.stop({ hurry: true });
  engine.admit({ work: workOf(2), lanes });
  await settled();
  expect([asked, requests]).toEqual([['release dlv_0,dlv_1'], []]);
});

test('nothing is sent while the store cannot take results', async () => {
  let isAway = true;
  const record = async () => {
    if (isAway) throw new Error('The store is away.');
    return { waiting: false };
  };
  const { engine, clock, requests } = newEngine({ record });
  engine.admit({ work: workOf(2), lanes });
  await settled();
  requests[0]?.answer(answerOf('dlv_0'));
  await settled();
  engine.admit({ work: workOf(3).slice(2), lanes });
  await settled();
  expect(requests).toHaveLength(2);
  isAway = false;
  clock.advance(5000);
  await settled();
  expect(requests).toHaveLength(3);
});
