import type { Store } from '@bellhop/server';
import type { Client, JsonObject } from '@bellhop/shared';
import { builtInProviders } from '@bellhop/shared';
import { afterEach } from 'vitest';
import { allOf } from '../../harness/all-of.ts';
import type { TestBellhop, TestOptions } from '../../harness/bellhop.ts';
import type { ClusterOptions, Place } from '../../harness/cluster.ts';
import { Cluster } from '../../harness/cluster.ts';
import { senderOf } from '../../harness/cluster-mark.ts';
import type { ProcessOptions } from '../../harness/cluster-processes.ts';
import { ProcessCluster } from '../../harness/cluster-processes.ts';
import { eventually } from '../../harness/eventually.ts';
import type { ManualClock } from '../../harness/manual-clock.ts';
import { PrivateServer } from '../../harness/postgres/private-server.ts';
import type { Answer, Answering, Received } from '../../harness/receiver.ts';
import { Receiver } from '../../harness/receiver.ts';
import type { Gate } from '../gate.ts';
import type { WebhookBody } from '../support.ts';

const boltly = builtInProviders.find(({ id }) => id === 'boltly');
/** The event types of the provider that all these tests use. */
export const types = Object.keys(boltly?.events ?? {});
const [anyType = ''] = types;

/** Clusters and their receivers, which end with the test or the suite. */
export class World {
  readonly #ends: (() => Promise<void>)[] = [];

  /** @param atEnd when they end: `afterEach` or `afterAll` */
  constructor(atEnd: typeof afterEach = afterEach) {
    // Receivers that keep others waiting end before the servers that wait for them.
    atEnd(async () => {
      for (const end of this.#ends.splice(0).reverse()) await end();
    });
  }

  async cluster(options: ClusterOptions = {}): Promise<Cluster> {
    const cluster = await Cluster.start(options);
    this.#ends.push(() => cluster.stop());
    return cluster;
  }

  async processes(options: ProcessOptions): Promise<ProcessCluster> {
    const cluster = await ProcessCluster.start(options);
    this.#ends.push(() => cluster.end());
    return cluster;
  }

  async privateServer(): Promise<PrivateServer> {
    const server = await PrivateServer.start();
    this.#ends.push(() => server.stop());
    return server;
  }

  /** A webhook with a receiver of its own. */
  async webhook(place: Place, { answer = {}, ...body }: WebhookOptions = {}): Promise<Watched> {
    const receiver = await Receiver.start(answer);
    this.#ends.push(() => receiver.stop());
    const given = { provider: 'boltly', events: [anyType], url: receiver.url('/hook'), ...body };
    const { id } = await place.client.createWebhook({ body: given });
    return new Watched(id, receiver);
  }
}

export interface WebhookOptions extends Partial<WebhookBody> {
  readonly answer?: Answering | Answer;
}

/** A webhook under test. */
export class Watched {
  readonly id: string;
  readonly receiver: Receiver;

  constructor(id: string, receiver: Receiver) {
    this.id = id;
    this.receiver = receiver;
  }

  get params() {
    return { params: { id: this.id } };
  }

  get received(): readonly Received[] {
    return this.receiver.received;
  }

  /** The ids of the events that came, in the order of their coming. */
  get ids(): string[] {
    return this.received.map(({ json }) => String(json.id));
  }

  /** The nodes that have sent, in the order in which they began to. */
  get senders(): number[] {
    return [...new Set(this.received.map(senderOf))];
  }

  /** The node that sent last. */
  get sender(): number {
    const last = this.received.at(-1);
    if (!last) throw new Error('Nothing was sent to the webhook.');
    return senderOf(last);
  }

  /** Resolves when nothing is on its way to it any more, and that is written down. */
  async settled({ client }: { readonly client: Client }): Promise<void> {
    await eventually(
      () => client.getBacklog(this.params),
      ({ deliveries }) => deliveries === 0,
    );
  }
}

/** An event of a type, with data that say which one it is. */
export function event(type = anyType, mark: JsonObject = {}) {
  return { provider: 'boltly', type, data: { ...boltly?.events[type]?.sample, ...mark } };
}

/** Publishes events at the places in turn, each when the one before was acknowledged. Answers their ids. */
export async function publishInTurn(places: readonly Place[], count: number, type?: string): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const place = places[ids.length % places.length];
    if (!place) throw new Error('There is no place to publish at.');
    ids.push((await place.client.publishEvent({ body: event(type) })).id);
  }
  return ids;
}

/** Publishes so many events in one request. Answers their ids. */
export async function publishMany({ client }: Place, count: number, type?: string): Promise<string[]> {
  const events = Array.from({ length: count }, () => event(type));
  return allOf(await client.publishBatch({ body: { events } }));
}

/** What is in a list more than once. */
export function duplicates(ids: readonly string[]): string[] {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
}

/** The most of these times, in milliseconds, within any so long a window. */
export function mostWithin(times: readonly number[], windowMs: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.max(0, ...sorted.map((start) => sorted.filter((at) => at >= start && at < start + windowMs).length));
}

/** What a node has that goes by a clock of the test's, as the store does that it shares with others. */
export function goingBy(clock: ManualClock): Pick<TestOptions, 'clock' | 'wrapStore'> {
  return { clock, wrapStore: (store) => ({ ...store, time: async () => clock.now() }) };
}

/** More than from one heartbeat to the next, of nodes that go by a clock of the test's. */
const heartbeatMs = 65_000;

/** Moves the clock on, and resolves when each of these knows of so many nodes that deliver. */
export async function acquainted(servers: readonly TestBellhop[], clock: ManualClock, nodes: number): Promise<void> {
  clock.advance(heartbeatMs);
  await knowing(servers, nodes);
}

/** Resolves when each of these knows of so many nodes that deliver. */
export async function knowing(servers: readonly TestBellhop[], nodes: number): Promise<void> {
  for (const { log } of servers) {
    await eventually(
      async () => log.findLast(({ slots }) => slots !== undefined)?.nodes,
      (known) => known === nodes,
    );
  }
}

/** A store that looks up what a node holds when a gate is open. */
export function heldBack(gate: Gate): Pick<TestOptions, 'wrapStore'> {
  const wrapStore = (store: Store): Store => ({
    ...store,
    holdings: async (node) => {
      await gate.pass();
      return store.holdings(node);
    },
  });
  return { wrapStore };
}
