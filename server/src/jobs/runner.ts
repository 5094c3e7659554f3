import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { Loop } from '../flow/loop.ts';
import type { JobStep, JobStepStore } from '../store/contract/index.ts';

/** Between two steps, so that deliveries come first. */
const stepPauseMs = 20;
/** How often it looks for jobs that nobody told it of: those of another node. */
const lookMs = 5000;

export interface JobRunnerParts {
  readonly store: JobStepStore;
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
  readonly #steps: Loop;

  constructor(parts: JobRunnerParts) {
    this.#parts = parts;
    this.#steps = new Loop({
      clock: parts.clock,
      everyMs: lookMs,
      run: () => this.#step(),
      onError: (error) => parts.log.error({ err: error }, 'a job step failed; trying again'),
    });
  }

  start(): void {
    this.#steps.start();
  }

  /** Resolves when no step is under way. */
  async stop(): Promise<void> {
    await this.#steps.stop();
  }

  /** Makes the next step at once: a job was created. */
  wake(): void {
    this.#steps.wake();
  }

  /** Returns how long to wait for the next one, in milliseconds. */
  async #step(): Promise<number> {
    const { store, engine, clock } = this.#parts;
    const step = await store.advanceJob(clock.now());
    if (!step) return lookMs;
    if (step.due) engine.wake();
    if (step.job.status !== 'running') this.#report(step);
    return stepPauseMs;
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
