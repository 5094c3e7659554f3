import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { Loop } from '../flow/loop.ts';
import type { PublishStore } from '../store/contract/index.ts';
import type { DeliveryStart } from './publisher.ts';

/** By how much longer than a step it rests: sending what a step brings takes longer than the step. */
const restFactor = 3;
/** How often it looks for events that nobody told it of: those of another node. */
const lookMs = 5000;

export interface FanOutParts {
  readonly store: Pick<PublishStore, 'fanOut'>;
  readonly delivery: DeliveryStart;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Fans out the events that have too many webhooks for one transaction, a step at a time. It rests between two steps, so that
 * others publish meanwhile and are delivered. Where an event stands is in the store.
 */
export class FanOutRunner {
  readonly #parts: FanOutParts;
  readonly #steps: Loop;

  constructor(parts: FanOutParts) {
    this.#parts = parts;
    this.#steps = new Loop({
      clock: parts.clock,
      everyMs: lookMs,
      run: () => this.#step(),
      onError: (error) => parts.log.error({ err: error }, 'a step of a fan-out failed; trying again'),
    });
  }

  start(): void {
    this.#steps.start();
  }

  /** Resolves when no step is under way. */
  async stop(): Promise<void> {
    await this.#steps.stop();
  }

  /** Makes the next step at once: an event was published. */
  wake(): void {
    this.#steps.wake();
  }

  /** Returns how long to rest, in milliseconds. */
  async #step(): Promise<number> {
    const { store, delivery, clock } = this.#parts;
    const askedAt = clock.elapsed();
    const step = await store.fanOut({ ...delivery.birth(), now: clock.now() });
    if (!step) return lookMs;
    const work = step.work.map(({ eventIndex, ...rest }) => ({ ...rest, event: step.event }));
    delivery.dispatch({ ...step, work, askedAt, eventIds: [step.event.id] });
    return Math.max(1, restFactor * (clock.elapsed() - askedAt));
  }
}
