import type { Job, Page } from '../../model.ts';

export interface JobReader {
  /** Newest first. */
  listJobs(organizationId: string, filter: JobFilter, page: Page): Promise<Job[]>;
}

export interface JobFilter {
  readonly status?: Job['status'] | undefined;
  readonly webhookId?: string | undefined;
}

/** Backlogs, and jobs on many deliveries. */
export interface JobStore extends JobReader {
  /** Pending deliveries of a webhook, also those that nodes hold: at most so many are counted. */
  backlog(webhookId: string, most: number): Promise<Backlog>;
  /** Stores a job, unless a running one is the same. */
  createJob(job: Job, request: JobRequest): Promise<JobCreation>;
  getJob(organizationId: string, id: string): Promise<Job | null>;
  /** Ends a job that runs. Returns it as it is then, and one that had ended as it is; null: there is none. */
  cancelJob(organizationId: string, id: string, now: number): Promise<Job | null>;
}

export interface Backlog {
  readonly deliveries: number;
  /** Whether there are more than were counted. */
  readonly more: boolean;
  readonly oldestAt: number | null;
}

export interface JobRequest {
  /** The same for the same request, whenever it is made. */
  readonly fingerprint: string;
  readonly idempotencyKey: string | null;
}

export type JobCreation =
  /** It is stored and runs. */
  | { readonly kind: 'created'; readonly job: Job }
  /** The same request runs already, or came before with the same key: this is its job. */
  | { readonly kind: 'repeated'; readonly job: Job }
  /** A job that runs does the opposite. */
  | { readonly kind: 'contradicted'; readonly job: Job }
  /** As many jobs of the organization run as may. */
  | { readonly kind: 'crowded'; readonly running: number }
  /** These of the deliveries it names are none of the organization. */
  | { readonly kind: 'unknown'; readonly ids: string[] }
  /** The key was used for another request. */
  | { readonly kind: 'key_reused' };

/** What carries jobs out. */
export interface JobStepStore {
  /** One small step of the running job whose last step is longest ago; null: none runs. */
  advanceJob(now: number): Promise<JobStep | null>;
}

export interface JobStep {
  /** As it is after the step. */
  readonly job: Job;
  /** Whether deliveries became due by it. */
  readonly due: boolean;
}
