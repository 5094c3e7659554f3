import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { JobStep, JobStore } from '../store/contract.ts';

/** Between two steps, so that deliveries come first. */
const stepPauseMs = 20;
/** How often it looks for jobs that nobody told it of: those of another node. */
const lookMs = 5000;
const retryDelayMs = 1000;

export interface JobRunnerParts {
  readonly store: Pick<JobStore, 'advanceJob'>;
  /** The engine, as this stage sees it. */
  readonly engine: { wake(): void };
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Carries out jobs, a small step at a time; jobs that run together take turns. Where a job stands is in the store, so the
 * runner may end at any moment, and the next one goes on.
 */
export class JobRunner {
  readonly #parts: JobRunnerParts;
  #stopped = true;
  #working = false;
  #again = false;
  #running: Promise<void> = Promise.resolve();
  #cancelTimer: () => void = () => {};

  constructor(parts: JobRunnerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#stopped = false;
    this.wake();
  }

  /** Resolves when no step is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    await this.#running;
  }

  /** Makes the next step at once: a job was created. */
  wake(): void {
    if (this.#stopped) return;
    this.#cancelTimer();
    this.#again = true;
    if (!this.#working) this.#running = this.#work();
  }

  async #work(): Promise<void> {
    this.#working = true;
    let pauseMs = lookMs;
    while (this.#again && !this.#stopped) {
      this.#again = false;
      pauseMs = await this.#step();
    }
    // In the same breath as the last step: a call that comes after it starts anew.
    this.#working = false;
    if (!this.#stopped) this.#cancelTimer = this.#parts.clock.after(pauseMs, () => this.wake());
  }

  /** Returns how long to wait for the next one, in milliseconds. */
  async #step(): Promise<number> {
    const { store, engine, clock, log } = this.#parts;
    try {
      const step = await store.advanceJob(clock.now());
      if (!step) return lookMs;
      if (step.due) engine.wake();
      if (step.job.status !== 'running') this.#report(step);
      return stepPauseMs;
    } catch (error) {
      log.error({ err: error }, 'a job could not go on; trying again');
      return retryDelayMs;
    }
  }

  #report({ job }: JobStep): void {
    this.#parts.log.info(
      {
        job_id: job.id,
        kind: job.kind,
        organization_id: job.organizationId,
        webhook_id: job.webhookId,
        examined: job.examined,
        affected: job.affected,
        duration_ms: (job.completedAt ?? job.createdAt) - job.createdAt,
      },
      'job',
    );
  }
}
