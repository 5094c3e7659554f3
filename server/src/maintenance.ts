import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { MaintenanceStore, Retention } from './store/contract.ts';

/** How long a node's leases hold after it last said that it is alive. */
export const leaseMs = 30_000;
const heartbeatMs = 5000;
const sweepMs = 10_000;
/** Between two steps of house-keeping, so that deliveries come first. */
const stepPauseMs = 50;

export interface MaintenanceParts {
  readonly store: MaintenanceStore;
  readonly node: string;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after deliveries of a node that ended were given back. */
  readonly onTakenOver: () => void;
}

/** Says that this node is alive, takes over from those that are not, and keeps the store tidy in small steps. */
export class Maintenance {
  readonly #parts: MaintenanceParts;
  readonly #timers = new Map<string, () => void>();
  #stopped = true;

  constructor(parts: MaintenanceParts) {
    this.#parts = parts;
  }

  /** Resolves once this node is known to the store. */
  async start(): Promise<void> {
    this.#stopped = false;
    await this.#heartbeat();
    this.#every('heartbeat', heartbeatMs, () => this.#heartbeat());
    this.#every('sweep', sweepMs, () => this.#sweep());
  }

  /** Gives back whatever this node still holds. When the store cannot, the next start does. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#timers.values()) cancel();
    const { store, node, clock, log } = this.#parts;
    try {
      await store.leave(node, clock.now());
    } catch (error) {
      log.error({ err: error }, 'what this node holds could not be given back; the next start does that');
    }
  }

  async #heartbeat(): Promise<void> {
    const { store, node, clock, log, onTakenOver } = this.#parts;
    await store.heartbeat(node, clock.now() + leaseMs);
    const deliveries = await store.takeOver(node, clock.now(), clock.now());
    if (deliveries > 0) {
      log.warn({ deliveries }, 'took over what a node that ended had held');
      onTakenOver();
    }
  }

  async #sweep(): Promise<void> {
    const { store, clock, retention } = this.#parts;
    while (!this.#stopped && (await store.sweep(retention, clock.now()))) {
      await new Promise<void>((resolve) => this.#timers.set('step', clock.after(stepPauseMs, resolve)));
    }
  }

  #every(name: string, milliseconds: number, task: () => Promise<void>): void {
    const again = () => {
      if (this.#stopped) return;
      const cancel = this.#parts.clock.after(milliseconds, () => {
        task()
          .catch((error: unknown) =>
            this.#parts.log.error({ err: error, task: name }, 'maintenance failed; it goes on'),
          )
          .finally(again);
      });
      this.#timers.set(name, cancel);
    };
    again();
  }
}
