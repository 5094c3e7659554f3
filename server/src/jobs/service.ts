import { createHash } from 'node:crypto';
import type { Catalogue, RecoverInput, ReplayableOutcome, ReplayInput } from '@bellhop/shared';
import { maximumCounted } from '@bellhop/shared/api/jobs';
import type { Clock } from '../clock.ts';
import { newId } from '../ids.ts';
import type { Job, JobSelection, Webhook } from '../model.ts';
import type { FieldError } from '../problem.ts';
import { invalidInput, notFound, ProblemError, waitOrCancel } from '../problem.ts';
import { unknownEventType, unknownProvider } from '../publish/prepare.ts';
import type { Backlog, JobCreation, JobStore, WebhookReader } from '../store/contract/index.ts';
import { requireNotGone } from '../webhooks/service.ts';

export interface JobServiceParts {
  readonly catalogue: Catalogue;
  readonly store: JobStore & WebhookReader;
  readonly clock: Clock;
  readonly runner: { wake(): void };
}

export interface JobCall {
  readonly organizationId: string;
  readonly idempotencyKey: string | undefined;
}

type Order = Pick<Job, 'kind' | 'webhookId' | 'selection'>;

const nothingSelected: JobSelection = {
  ids: null,
  since: null,
  until: null,
  outcomes: null,
  provider: null,
  event: null,
};

const defaultOutcomes: readonly ReplayableOutcome[] = ['exhausted'];

/** Shows backlogs, and starts and cancels the jobs that discard them or replay deliveries. */
export class JobService {
  readonly #parts: JobServiceParts;

  constructor(parts: JobServiceParts) {
    this.#parts = parts;
  }

  /** A webhook that is gone has no backlog: its deliveries count as discarded. */
  async backlog(organizationId: string, webhookId: string): Promise<Backlog> {
    const webhook = await this.#webhook(organizationId, webhookId);
    if (webhook.status === 'gone') return { deliveries: 0, more: false, oldestAt: null };
    return this.#parts.store.backlog(webhookId, maximumCounted);
  }

  /** Discards what waits now. @throws {ProblemError} `conflict`, when the webhook is gone or a replay is running. */
  async discard(call: JobCall, webhookId: string): Promise<Job> {
    requireNotGone(await this.#webhook(call.organizationId, webhookId));
    const selection = { ...nothingSelected, until: this.#parts.clock.now() };
    return this.#start(call, { kind: 'discard', webhookId, selection }, null);
  }

  /**
   * Replays a webhook's deliveries of a period.
   *
   * @throws {ProblemError} `conflict`, when the webhook is gone or its backlog is being discarded.
   */
  async recover(call: JobCall, webhookId: string, input: RecoverInput): Promise<Job> {
    requireNotGone(await this.#webhook(call.organizationId, webhookId));
    const selection = this.#selection(input);
    return this.#start(call, { kind: 'replay', webhookId, selection }, identityOf(input));
  }

  /** Replays deliveries of any webhook. @throws {ProblemError} `invalid_input`, naming what does not exist. */
  async replay(call: JobCall, input: ReplayInput): Promise<Job> {
    if (input.ids) {
      const ids = [...new Set(input.ids)].sort();
      return this.#start(
        call,
        { kind: 'replay', webhookId: null, selection: { ...nothingSelected, ids } },
        ids,
        input.ids,
      );
    }
    const webhookId = input.webhook_id ?? null;
    const errors = [...catalogueErrors(this.#parts.catalogue, input), ...(await this.#webhookErrors(call, webhookId))];
    if (errors.length > 0) throw invalidInput(errors);
    const selection = this.#selection({ ...input, since: input.since ?? '' });
    return this.#start(call, { kind: 'replay', webhookId, selection }, identityOf(input));
  }

  async get(organizationId: string, id: string): Promise<Job> {
    const job = await this.#parts.store.getJob(organizationId, id);
    if (!job) throw notFound('job');
    return job;
  }

  /** Does not undo what the job has done. */
  async cancel(organizationId: string, id: string): Promise<Job> {
    const job = await this.#parts.store.cancelJob(organizationId, id, this.#parts.clock.now());
    if (!job) throw notFound('job');
    return job;
  }

  async #webhook(organizationId: string, id: string): Promise<Webhook> {
    const webhook = await this.#parts.store.getWebhook(organizationId, id);
    if (!webhook) throw notFound('webhook');
    return webhook;
  }

  async #webhookErrors({ organizationId }: JobCall, id: string | null): Promise<FieldError[]> {
    if (id === null || (await this.#parts.store.getWebhook(organizationId, id))) return [];
    return [{ field: 'webhook_id', message: 'is not a webhook of this organization' }];
  }

  /** @throws {ProblemError} `invalid_input`, when `since` is in the future. */
  #selection(input: RecoverInput & Pick<ReplayInput, 'provider' | 'event'>): JobSelection {
    const now = this.#parts.clock.now();
    const since = Date.parse(input.since);
    if (since > now) throw invalidInput([{ field: 'since', message: 'must not be in the future' }]);
    return {
      ids: null,
      since,
      // Now at the latest: deliveries created while the job runs are not replayed.
      until: input.until === undefined ? now : Math.min(Date.parse(input.until), now),
      outcomes: input.outcomes ?? defaultOutcomes,
      provider: input.provider ?? null,
      event: input.event ?? null,
    };
  }

  /** @param request identifies the request: an idempotency key cannot be reused for another one. */
  async #start(
    { organizationId, idempotencyKey }: JobCall,
    order: Order,
    request: unknown,
    named: readonly string[] = [],
  ): Promise<Job> {
    const job: Job = {
      ...order,
      id: newId('job'),
      organizationId,
      status: 'running',
      examined: 0,
      affected: 0,
      createdAt: this.#parts.clock.now(),
      completedAt: null,
    };
    const identity = JSON.stringify([order.kind, order.webhookId, request]);
    const fingerprint = createHash('sha256').update(identity).digest('hex');
    const creation = await this.#parts.store.createJob(job, { fingerprint, idempotencyKey: idempotencyKey ?? null });
    if (creation.kind === 'created') this.#parts.runner.wake();
    return jobOf(creation, idempotencyKey, named);
  }
}

/** The request before time-dependent defaults are filled in, so that a repetition is equal to it. */
function identityOf({ since, until, outcomes, provider, event }: Partial<ReplayInput>): unknown {
  const times = [since, until].map((time) => (time === undefined ? null : Date.parse(time)));
  return [...times, (outcomes ?? defaultOutcomes).toSorted(), provider ?? null, event ?? null];
}

function catalogueErrors(catalogue: Catalogue, { provider: id, event }: ReplayInput): FieldError[] {
  const provider = id === undefined ? undefined : catalogue.provider(id);
  if (id !== undefined && !provider) return [{ field: 'provider', message: unknownProvider(catalogue) }];
  if (event === undefined) return [];
  if (provider) {
    return catalogue.eventType(provider.id, event) ? [] : [{ field: 'event', message: unknownEventType(provider) }];
  }
  const known = catalogue.providers.some((each) => catalogue.eventType(each.id, event));
  return known
    ? []
    : [{ field: 'event', message: 'is not an event type of any provider; GET /v1/providers lists them' }];
}

/** @throws {ProblemError} when no job was created. */
function jobOf(creation: JobCreation, idempotencyKey: string | undefined, named: readonly string[]): Job {
  switch (creation.kind) {
    case 'created':
    case 'repeated':
      return creation.job;
    case 'contradicted': {
      const { id, kind } = creation.job;
      const does = kind === 'discard' ? 'is discarding a backlog' : 'is replaying deliveries';
      throw new ProblemError('conflict', `Job ${id} ${does} that this request affects. ${waitOrCancel(id)}`);
    }
    case 'crowded':
      throw new ProblemError(
        'conflict',
        `Too many jobs are running (limit ${creation.running}). Wait until one completes, or cancel one; GET /v1/jobs?status=running lists them.`,
      );
    case 'unknown': {
      const unknown = new Set(creation.ids);
      throw invalidInput(
        named.flatMap((id, index) =>
          unknown.has(id) ? [{ field: `ids.${index}`, message: 'is not a delivery of this organization' }] : [],
        ),
      );
    }
    case 'key_reused':
      throw new ProblemError(
        'idempotency_key_reused',
        `The idempotency key "${idempotencyKey}" was used for another request. Use a new key for a new request.`,
      );
  }
}
