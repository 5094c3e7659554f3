import type { Clock } from '../../clock.ts';
import type { AttemptFeed } from '../../observe/attempt-feed.ts';
import { notFound, ProblemError, waitOrCancel } from '../../problem.ts';
import type { JobReader, LoggedDelivery, LogStore, ReplayStore } from '../../store/contract/index.ts';
import type { WebhookService } from '../../webhooks/service.ts';
import { answerBytes, attemptResource, deliveryResource, listedPage, page } from '../resources.ts';
import type { Handlers } from '../router.ts';

type Operations =
  | 'listAttempts'
  | 'listEventDeliveries'
  | 'streamAttempts'
  | 'listDeliveries'
  | 'getDelivery'
  | 'replayDelivery';

export interface LogParts {
  readonly store: LogStore & ReplayStore & JobReader;
  readonly webhooks: WebhookService;
  readonly feed: AttemptFeed;
  /** The engine, as this stage sees it. */
  readonly engine: { wake(): void };
  readonly clock: Clock;
}

export function logHandlers({ store, webhooks, feed, engine, clock }: LogParts): Pick<Handlers, Operations> {
  async function find(organizationId: string, id: string): Promise<LoggedDelivery> {
    const delivery = await store.getDelivery(organizationId, id);
    if (!delivery) throw notFound('delivery');
    return delivery;
  }

  async function pageOfDeliveries(deliveries: readonly LoggedDelivery[], limit: number) {
    const attempts = await store.lastAttempts(
      deliveries.map(({ id }) => id),
      answerBytes,
    );
    const last = new Map(attempts.map((attempt) => [attempt.deliveryId, attemptResource(attempt)]));
    return page(deliveries, limit, (delivery) => ({
      ...deliveryResource(delivery),
      last_attempt: last.get(delivery.id) ?? null,
    }));
  }

  return {
    async listAttempts({ params, query: { limit, cursor } }, { organizationId }) {
      await webhooks.get(organizationId, params.id);
      const page = { limit, cursor, bytes: answerBytes };
      return listedPage(await store.listAttempts(organizationId, params.id, page), attemptResource);
    },

    async streamAttempts({ params }, { organizationId }) {
      await webhooks.get(organizationId, params.id);
      return feed.watch(organizationId, params.id, attemptResource);
    },

    async listDeliveries({ params, query: { limit, cursor } }, { organizationId }) {
      await webhooks.get(organizationId, params.id);
      const deliveries = await store.listDeliveries(organizationId, params.id, { limit: limit + 1, cursor });
      return pageOfDeliveries(deliveries, limit);
    },

    async listEventDeliveries({ params, query: { limit, cursor } }, { organizationId }) {
      if (!(await store.getEvent(organizationId, params.id))) throw notFound('event');
      const deliveries = await store.listDeliveriesOfEvent(organizationId, params.id, { limit: limit + 1, cursor });
      return pageOfDeliveries(deliveries, limit);
    },

    async getDelivery({ params }, { organizationId }) {
      const delivery = await find(organizationId, params.id);
      const attempts = await store.listAttemptsOfDeliveries([delivery.id], answerBytes);
      return { ...deliveryResource(delivery), log: attempts.map(attemptResource) };
    },

    async replayDelivery({ params }, { organizationId }) {
      const delivery = await find(organizationId, params.id);
      requireActive(delivery);
      await requireNoDiscard(store, delivery);
      await store.replay(organizationId, params.id, clock.now());
      const replayed = await find(organizationId, params.id);
      engine.wake();
      return deliveryResource(replayed);
    },
  };
}

/** @throws {ProblemError} `conflict` while a job discards the webhook's backlog. */
async function requireNoDiscard(store: JobReader, { organizationId, webhookId }: LoggedDelivery): Promise<void> {
  const running = await store.listJobs(organizationId, { webhookId, status: 'running' }, { limit: 100 });
  const discard = running.find(({ kind }) => kind === 'discard');
  if (!discard) return;
  throw new ProblemError('conflict', `The backlog of the webhook is being discarded. ${waitOrCancel(discard.id)}`);
}

/** @throws {ProblemError} `conflict`, unless the delivery's webhook is active. */
function requireActive({ webhookStatus }: LoggedDelivery): void {
  if (webhookStatus === 'active') return;
  if (webhookStatus === 'paused' || webhookStatus === 'disabled') {
    throw new ProblemError(
      'conflict',
      `The webhook is ${webhookStatus}. Resume it first; that also sends what it holds.`,
    );
  }
  throw new ProblemError('conflict', 'The webhook of this delivery is gone, so it cannot be sent again.');
}
