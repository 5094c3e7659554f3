import type { JobService } from '../../jobs/service.ts';
import type { JobReader } from '../../store/contract/index.ts';
import { isoOrNull, jobResource, page } from '../resources.ts';
import type { Context, Handlers } from '../router.ts';

type Operations =
  | 'getBacklog'
  | 'discardBacklog'
  | 'recoverWebhook'
  | 'replayDeliveries'
  | 'listJobs'
  | 'getJob'
  | 'cancelJob';

export interface JobParts {
  readonly jobs: JobService;
  readonly store: JobReader;
}

export function jobHandlers({ jobs, store }: JobParts): Pick<Handlers, Operations> {
  return {
    async getBacklog({ params }, { organizationId }) {
      const { deliveries, more, oldestAt } = await jobs.backlog(organizationId, params.id);
      return { deliveries, more, oldest_at: isoOrNull(oldestAt) };
    },

    async discardBacklog({ params, headers }, context) {
      return accepted(await jobs.discard(callOf(context, headers), params.id), context);
    },

    async recoverWebhook({ params, headers, body }, context) {
      return accepted(await jobs.recover(callOf(context, headers), params.id, body), context);
    },

    async replayDeliveries({ headers, body }, context) {
      return accepted(await jobs.replay(callOf(context, headers), body), context);
    },

    async listJobs({ query: { limit, cursor, status, webhook_id } }, { organizationId }) {
      const filter = { status, webhookId: webhook_id };
      return page(await store.listJobs(organizationId, filter, { limit: limit + 1, cursor }), limit, jobResource);
    },

    async getJob({ params }, { organizationId }) {
      return jobResource(await jobs.get(organizationId, params.id));
    },

    async cancelJob({ params }, { organizationId }) {
      return jobResource(await jobs.cancel(organizationId, params.id));
    },
  };
}

function callOf(
  { organizationId }: Context,
  { 'idempotency-key': idempotencyKey }: { readonly 'idempotency-key'?: string | undefined },
) {
  return { organizationId, idempotencyKey };
}

function accepted(job: Parameters<typeof jobResource>[0], { setHeader }: Context) {
  setHeader('Location', `/v1/jobs/${job.id}`);
  return jobResource(job);
}
