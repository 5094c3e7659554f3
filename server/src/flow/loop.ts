import type { Clock } from '../clock.ts';
import { Alarm } from './alarm.ts';
import type { BackoffSettings } from './backoff.ts';
import { Backoff, storePauses } from './backoff.ts';

export interface LoopParts {
  readonly clock: Pick<Clock, 'elapsed' | 'after'>;
  /** The longest time between two runs. */
  readonly everyMs: number;
  /** Runs once. Resolves with how soon to run again, in milliseconds; anything else: after `everyMs`. */
  readonly run: () => Promise<unknown>;
  /** Told what a run threw; the next one follows after a pause. */
  readonly onError: (error: unknown) => void;
  /** Pauses after runs that threw. Default: those for a store that does not answer. */
  readonly pauses?: BackoffSettings;
}

/**
 * Runs a task again and again, never twice at a time: when woken, when the last run asked for it, and at least every
 * `everyMs`.
 *
 *     stopped ──start──▶ waiting ──wake, alarm──▶ running ──▶ waiting
 *        ▲                  │                        │
 *        └───────stop───────┴──stop, once it ends────┘
 */
export class Loop {
  readonly #parts: LoopParts;
  readonly #alarm: Alarm;
  readonly #backoff: Backoff;
  #stopped = true;
  #active = false;
  /** It was woken since the last run began. */
  #again = false;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: LoopParts) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.clock, () => this.wake());
    this.#backoff = new Backoff(parts.pauses ?? storePauses);
  }

  /** Runs for the first time after so many milliseconds. Default: at once. */
  start(inMs = 0): void {
    this.#stopped = false;
    if (inMs > 0) this.#alarm.setIn(inMs);
    else this.wake();
  }

  /** Begins no further run. Resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#alarm.clear();
    await this.#running;
  }

  /** Runs at once, or right after the run under way. */
  wake(): void {
    if (this.#stopped) return;
    this.#again = true;
    if (!this.#active) this.#running = this.#work();
  }

  /** Runs within so many milliseconds. */
  wakeIn(milliseconds: number): void {
    if (!this.#stopped) this.#alarm.setIn(milliseconds);
  }

  async #work(): Promise<void> {
    this.#active = true;
    while (this.#again && !this.#stopped) {
      this.#again = false;
      this.#alarm.clear();
      const pauseMs = await this.#run();
      if (pauseMs > 0) this.wakeIn(pauseMs);
      else this.#again = true;
    }
    // No await since the condition was checked, so no wake-up is missed.
    this.#active = false;
  }

  /** Returns how long to pause. */
  async #run(): Promise<number> {
    const { run, everyMs, onError } = this.#parts;
    try {
      const pauseMs = await run();
      this.#backoff.reset();
      return typeof pauseMs === 'number' ? Math.min(pauseMs, everyMs) : everyMs;
    } catch (error) {
      onError(error);
      return this.#backoff.next();
    }
  }
}
