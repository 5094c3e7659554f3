import { sharedNow } from '../measure/clock.ts';
import { cpuMs, untilQuiet } from '../measure/process-usage.ts';
import type { Receiver } from '../processes/receiver.ts';
import { Publisher } from './publisher.ts';
import type { Tenant } from './subject.ts';

/** Events that may be on their way to a tenant's webhooks: half a lane's window each, so that lanes are busy and nothing waits in the store. */
const eventsOnTheWay = 100;
const publishersOfEach = 32;

/** How it is published to one organization, for the report. */
export const publishing = `Publishing is a closed loop of ${publishersOfEach}, with at most ${eventsOnTheWay} events on their way. "burst": everything is published as fast as it is accepted, so deliveries queue up in the store and are fetched from there.`;

export interface RoundParts {
  readonly receiver: Receiver;
  /** The server's processes. */
  readonly pids: readonly number[];
  /** Each has publishers of its own; they get equally many events. */
  readonly tenants: readonly Tenant[];
  /** Whether publishing waits for the deliveries to keep up. */
  readonly paced: boolean;
}

export interface ServerRound {
  readonly deliveries: number;
  readonly cpuUs: number;
  readonly perSecond: number;
  readonly publishMs: readonly number[];
}

/** Publishes events and lets them be delivered; begins and ends when nothing is left to do. */
export async function serverRound(
  { receiver, pids, tenants, paced }: RoundParts,
  events: number,
): Promise<ServerRound> {
  await untilQuiet(...pids);
  await receiver.reset();
  const ofEach = Math.ceil(events / tenants.length);
  const fanOut = tenants.reduce((sum, tenant) => sum + tenant.fanOut, 0);
  const publishers = tenants.map((tenant) => new Publisher(tenant));
  const before = cpuMs(...pids);
  const start = sharedNow();
  const mayStart = (index: number) => receiver.atLeast((index - eventsOnTheWay) * fanOut);
  const loop = { events: ofEach, concurrency: publishersOfEach, ...(paced ? { mayStart } : {}) };
  const publications = await Promise.all(publishers.map((publisher) => publisher.closedLoop(loop)));
  const deliveries = ofEach * fanOut;
  await receiver.atLeast(deliveries);
  const { lastAt } = await receiver.arrivals();
  await untilQuiet(...pids);
  for (const publisher of publishers) await publisher.stop();
  return {
    deliveries,
    cpuUs: ((cpuMs(...pids) - before) * 1000) / deliveries,
    perSecond: (deliveries * 1000) / (lastAt - start),
    publishMs: publications.flat().map(({ sentAt, answeredAt }) => answeredAt - sentAt),
  };
}
