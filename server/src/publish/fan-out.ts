import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { Loop } from '../flow/loop.ts';
import type { PublishStore } from '../store/contract/index.ts';
import type { DeliveryStart } from './publisher.ts';

/** How often it looks for events that nobody told it of: those of another node. */
const lookMs = 5000;
/** By how much longer than a step it rests: sending what a step brings takes longer than the step. */
const restFactor = 3;

export interface FanOutParts {
  readonly store: Pick<PublishStore, 'fanOut'>;
  readonly delivery: DeliveryStart;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Fans out the events that have too many webhooks for one transaction, a step at a time. It rests between two steps, so that
 * others publish meanwhile and are delivered. Where an event stands is in the store. Wake it when an event was put off.
 */
export function fanOutLoop(parts: FanOutParts): Loop {
  const { clock, log } = parts;
  return new Loop({
    clock,
    everyMs: lookMs,
    run: () => step(parts),
    onError: (error) => log.error({ err: error }, 'a step of a fan-out failed; trying again'),
  });
}

/** Returns how long to rest, in milliseconds. */
async function step({ store, delivery, clock }: FanOutParts): Promise<number> {
  const askedAt = clock.elapsed();
  const fannedOut = await store.fanOut({ ...delivery.birth(), now: clock.now() });
  if (!fannedOut) return lookMs;
  const { event } = fannedOut;
  const work = fannedOut.work.map(({ eventIndex, ...rest }) => ({ ...rest, event }));
  delivery.dispatch({ ...fannedOut, work, askedAt, eventIds: [event.id] });
  return Math.max(1, restFactor * (clock.elapsed() - askedAt));
}
