import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { MaintenanceStore, Retention } from './store/contract.ts';

const sweepMs = 10_000;
/** Between two steps of house-keeping, so that deliveries come first. */
const stepPauseMs = 50;

export interface MaintenanceParts {
  readonly store: Pick<MaintenanceStore, 'sweep'>;
  readonly retention: Retention;
  /** Whether it is this node's turn to look after what is no node's in particular. */
  readonly leads: () => boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Keeps the store tidy, in small steps. */
export class Maintenance {
  readonly #parts: MaintenanceParts;
  #stopped = true;
  #sweeping: Promise<void> = Promise.resolve();
  #cancelTimer: () => void = () => {};
  #endPause: () => void = () => {};

  constructor(parts: MaintenanceParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#stopped = false;
    this.#cancelTimer = this.#parts.clock.after(sweepMs, () => {
      this.#sweeping = this.#sweep();
    });
  }

  /** Resolves when no step is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    this.#endPause();
    await this.#sweeping;
  }

  async #sweep(): Promise<void> {
    const { store, retention, leads, clock, log } = this.#parts;
    try {
      while (!this.#stopped && (await store.sweep(retention, clock.now(), leads()))) {
        // Told to stop meanwhile, it must not begin a pause that nobody would end any more.
        if (!this.#stopped) await this.#pause();
      }
    } catch (error) {
      log.error({ err: error }, 'house-keeping failed; it goes on later');
    }
    if (!this.#stopped) this.start();
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#endPause = resolve;
      this.#cancelTimer = this.#parts.clock.after(stepPauseMs, resolve);
    });
  }
}
