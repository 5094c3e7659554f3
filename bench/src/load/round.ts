import { sharedNow } from '../measure/clock.ts';
import { cpuMs, untilQuiet } from '../measure/process-usage.ts';
import type { Receiver } from '../processes/receiver.ts';
import { Publisher } from './publisher.ts';
import type { Tenant } from './subject.ts';

/** Events that may be on their way: half a lane's window each, so that lanes are busy and nothing waits in the store. */
export const eventsOnTheWay = 100;
export const publishers = 32;

/** How it is published, for the report. */
export const publishing = `Publishing is a closed loop of ${publishers}, with at most ${eventsOnTheWay} events on their way. "burst": everything is published as fast as it is accepted, so deliveries queue up in the store and are fetched from there.`;

export interface RoundParts {
  readonly receiver: Receiver;
  /** The server's processes. */
  readonly pids: readonly number[];
  readonly tenant: Tenant;
  /** Whether publishing waits for the deliveries to keep up. */
  readonly paced: boolean;
}

export interface ServerRound {
  readonly cpuUs: number;
  readonly perSecond: number;
  readonly publishMs: readonly number[];
}

/** Publishes events and lets them be delivered; begins and ends when nothing is left to do. */
export async function serverRound({ receiver, pids, tenant, paced }: RoundParts, events: number): Promise<ServerRound> {
  await untilQuiet(...pids);
  await receiver.reset();
  const publisher = new Publisher(tenant);
  const before = cpuMs(...pids);
  const start = sharedNow();
  const mayStart = (index: number) => receiver.atLeast((index - eventsOnTheWay) * tenant.fanOut);
  const loop = { events, concurrency: publishers, ...(paced ? { mayStart } : {}) };
  const publications = await publisher.closedLoop(loop);
  const deliveries = events * tenant.fanOut;
  await receiver.atLeast(deliveries);
  const { lastAt } = await receiver.arrivals();
  await untilQuiet(...pids);
  await publisher.stop();
  return {
    cpuUs: ((cpuMs(...pids) - before) * 1000) / deliveries,
    perSecond: (deliveries * 1000) / (lastAt - start),
    publishMs: publications.map(({ sentAt, answeredAt }) => answeredAt - sentAt),
  };
}
