import { pause, sharedNow } from '../measure/clock.ts';
import type { Receiver } from '../processes/receiver.ts';
import type { OpenLoop, Publication, Publisher } from './publisher.ts';
import type { Tenant } from './subject.ts';

/** Milliseconds, one of each per event or delivery of a round. All but `late` count from when the event was due. */
export interface Latencies {
  /** How long after its time an event was sent: what the publishing process itself adds to the other two. */
  readonly late: readonly number[];
  readonly publish: readonly number[];
  /** To the receiver; infinite for a delivery that did not come in time. */
  readonly receive: readonly number[];
}

/** Publishes at a fixed pace and says how long everything took. Waits so long for the last delivery. */
export async function measureLatency(
  parts: { readonly receiver: Receiver; readonly publisher: Publisher; readonly tenant: Tenant },
  loop: OpenLoop,
  patienceMs = 10_000,
): Promise<Latencies> {
  const { receiver, publisher, tenant } = parts;
  const publications = await publisher.openLoop(loop);
  const end = sharedNow() + patienceMs;
  let arrivals = await receiver.arrivalsOf(publications.map(({ id }) => id));
  while (arrivals.length < publications.length * tenant.fanOut && sharedNow() < end) {
    await pause(50);
    arrivals = await receiver.arrivalsOf(publications.map(({ id }) => id));
  }
  return {
    late: publications.map(({ dueAt, sentAt }) => sentAt - dueAt),
    publish: publications.map(({ dueAt, answeredAt }) => answeredAt - dueAt),
    receive: receiveTimes(publications, tenant.fanOut, arrivals),
  };
}

interface Arrival {
  readonly id: string;
  readonly at: number;
}

function receiveTimes(publications: readonly Publication[], fanOut: number, arrivals: readonly Arrival[]): number[] {
  const byEvent = Map.groupBy(arrivals, ({ id }) => id);
  return publications.flatMap(({ id, dueAt }) => {
    const came = (byEvent.get(id) ?? []).map(({ at }) => at - dueAt);
    const missing = Math.max(0, fanOut - came.length);
    return [...came, ...Array.from({ length: missing }, () => Number.POSITIVE_INFINITY)];
  });
}
