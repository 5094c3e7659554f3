import { newId } from '@bellhop/server/ids';
import type { Work } from '@bellhop/server/model';
import type { AttemptResult, PublishResult, Store } from '@bellhop/server/store/contract/index';
import type { Filled, Group } from './fill.ts';
import { newEvent, webhooksPerGroup } from './fill.ts';
import { eventData } from './subject.ts';

/** What is measured of a store. */
export const steps = {
  claim: 'claim 100 deliveries of 10 lanes',
  recordClaimed: 'record 100 deliveries',
  claimAndRecord: 'claim and record',
  publishBehind: 'publish 10 events × 10, behind others',
  publish: 'publish 1 event × 10, held at birth',
  record: 'record 10 deliveries',
} as const;

export type Step = keyof typeof steps;

/** Milliseconds of each time a step was done. */
export type Costs = { readonly [S in Step]: number[] };

const node = 'node_bench';
const perLane = 10;

/** Does to a store what a server does, one call at a time. */
export class StoreLoad {
  readonly #store: Store;
  readonly #groups: ReadonlyMap<string, Group>;
  readonly #idle: readonly Group[];
  #turns = 0;

  constructor(store: Store, { backlogged, idle }: Filled) {
    this.#store = store;
    this.#groups = new Map(backlogged.map((group) => [group.organizationId, group]));
    this.#idle = idle;
  }

  newCosts(): Costs {
    return { claim: [], recordClaimed: [], claimAndRecord: [], publishBehind: [], publish: [], record: [] };
  }

  /** Every step once. The queue is as long afterwards as it was before. */
  async turn(costs: Costs): Promise<void> {
    const store = this.#store;
    const request = { node, lanes: webhooksPerGroup, perLane, now: Date.now() };
    const { work, lanes } = await timed(costs.claim, () => store.claim(request));
    if (work.length !== webhooksPerGroup * perLane) throw new Error(`A claim brought ${work.length} deliveries.`);
    await timed(costs.recordClaimed, () => store.record(node, work.map(delivered), Date.now()));
    costs.claimAndRecord.push((costs.claim.at(-1) ?? 0) + (costs.recordClaimed.at(-1) ?? 0));
    // A lane that stayed this node's would be the first to be claimed again.
    await store.relinquish(node, lanes);
    await timed(costs.publishBehind, () => this.#publishAgain(work));

    const idle = this.#idle[this.#turns++ % this.#idle.length];
    if (!idle) throw new Error('There is no group without a backlog.');
    const held = await timed(costs.publish, () => this.#publish(idle, 1, node));
    if (held.length !== webhooksPerGroup) throw new Error(`A publication brought ${held.length} deliveries.`);
    await timed(costs.record, () => store.record(node, held.map(delivered), Date.now()));
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  /** As many events as were taken, for those that they were taken from, left in the store. */
  async #publishAgain(work: readonly Work[]): Promise<void> {
    // Lanes of one organization are due at the same time, so a claim brings a group whole; a tie may bring two halves.
    const organizations = Map.groupBy(work, ({ event }) => event.organizationId);
    for (const [id, taken] of organizations) {
      const group = this.#groups.get(id);
      if (!group) throw new Error('A claim brought deliveries of a group without a backlog.');
      await this.#publish(group, taken.length / webhooksPerGroup, null);
    }
  }

  async #publish({ organizationId }: Group, count: number, holder: string | null): Promise<Work[]> {
    const events = Array.from({ length: count }, () => newEvent(organizationId));
    const request = { organizationId, idempotency: null, events, answer: '[]' };
    const [result] = await this.#store.publish([request], { node: holder, now: Date.now() });
    return workOf(result, events);
  }
}

function workOf(result: PublishResult | undefined, events: readonly Work['event'][]): Work[] {
  if (result?.kind !== 'stored') throw new Error('An event was not stored.');
  return result.work.flatMap(({ eventIndex, ...work }) => {
    const event = events[eventIndex];
    return event ? [{ ...work, event }] : [];
  });
}

/** An attempt that succeeded, as the sender hands it to the store. */
function delivered({ delivery, event }: Work): AttemptResult {
  return {
    attempt: {
      id: newId('attempt'),
      deliveryId: delivery.id,
      eventId: event.id,
      webhookId: delivery.webhookId,
      organizationId: event.organizationId,
      eventType: event.type,
      test: false,
      number: delivery.attempts + 1,
      startedAt: Date.now(),
      durationMs: 1,
      statusCode: 200,
      error: null,
      request: {
        headers: { 'Content-Type': 'application/json', 'X-Webhook-Signature': 'f'.repeat(64) },
        body: eventData,
      },
      response: {
        headers: { date: 'Sat, 21 Nov 2026 06:00:00 GMT', connection: 'keep-alive' },
        body: 'ok',
        truncated: false,
      },
      outcome: 'delivered',
    },
    delivery: { state: 'delivered', nextAttemptAt: null, failures: 0 },
    webhook: { failures: 'keep', goneAnswers: 'keep', change: null },
  };
}

async function timed<T>(times: number[], task: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await task();
  times.push(performance.now() - start);
  return result;
}
