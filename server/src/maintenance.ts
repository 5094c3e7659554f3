import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import { Loop } from './flow/loop.ts';
import type { HousekeepingStore, Retention } from './store/contract/index.ts';

const sweepMs = 10_000;
/** Between two steps of house-keeping, so that deliveries come first. */
const stepPauseMs = 50;

export interface MaintenanceParts {
  readonly store: HousekeepingStore;
  readonly retention: Retention;
  /** It is this node's turn to look after what is no node's in particular. */
  readonly leads: () => boolean;
  /** Told when deliveries have become due. */
  readonly onDue: () => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Keeps the store tidy, in small steps. */
export class Maintenance {
  readonly #steps: Loop;

  constructor({ store, retention, leads, onDue, clock, log }: MaintenanceParts) {
    this.#steps = new Loop({
      clock,
      everyMs: sweepMs,
      run: async () => {
        const { more, due } = await store.sweep(retention, clock.now(), leads());
        if (due) onDue();
        return more ? stepPauseMs : sweepMs;
      },
      onError: (error) => log.error({ err: error }, 'house-keeping failed; trying again'),
    });
  }

  start(): void {
    this.#steps.start(sweepMs);
  }

  /** Resolves when no step is under way. */
  async stop(): Promise<void> {
    await this.#steps.stop();
  }
}
