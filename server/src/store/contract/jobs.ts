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
  /** Pending deliveries of a webhook, leased or not. @param most counted at most */
  backlog(webhookId: string, most: number): Promise<Backlog>;
  /** Stores a job, unless the same one is running. */
  createJob(job: Job, request: JobRequest): Promise<JobCreation>;
  getJob(organizationId: string, id: string): Promise<Job | null>;
  /** Ends a running job. Returns the job; null: there is none. */
  cancelJob(organizationId: string, id: string, now: number): Promise<Job | null>;
}

export interface Backlog {
  readonly deliveries: number;
  /** There are more than were counted. */
  readonly more: boolean;
  readonly oldestAt: number | null;
}

export interface JobRequest {
  /** Equal for equal requests. */
  readonly fingerprint: string;
  readonly idempotencyKey: string | null;
}

export type JobCreation =
  /** Stored and running. */
  | { readonly kind: 'created'; readonly job: Job }
  /** The job of the same request, which runs or came with the same key. */
  | { readonly kind: 'repeated'; readonly job: Job }
  /** A running job does the opposite. */
  | { readonly kind: 'contradicted'; readonly job: Job }
  /** Too many jobs of the organization are running. */
  | { readonly kind: 'crowded'; readonly running: number }
  /** The organization has no such deliveries. */
  | { readonly kind: 'unknown'; readonly ids: string[] }
  /** The key was used for another request. */
  | { readonly kind: 'key_reused' };

export interface JobStepStore {
  /** One small step of the running job whose last step is oldest; null: none is running. */
  advanceJob(now: number): Promise<JobStep | null>;
}

export interface JobStep {
  /** After the step. */
  readonly job: Job;
  /** The step made deliveries due. */
  readonly due: boolean;
}
