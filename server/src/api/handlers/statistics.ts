import type { OperationOutput } from '@bellhop/shared';
import type { Clock } from '../../clock.ts';
import type { AttemptCounts } from '../../model.ts';
import type { StatisticsStore, WebhookCounts } from '../../store/contract/index.ts';
import { iso } from '../resources.ts';
import type { Handlers } from '../router.ts';

type StatisticsResource = OperationOutput<'getWebhookStatistics'>['data'][number];

const hourMs = 3600 * 1000;
/** The current hour and those before it. */
const hoursShown = 24;

export interface StatisticsParts {
  readonly store: StatisticsStore;
  readonly clock: Clock;
}

export function statisticsHandlers({ store, clock }: StatisticsParts): Pick<Handlers, 'getWebhookStatistics'> {
  return {
    async getWebhookStatistics({ query: { ids } }, { organizationId }) {
      const now = clock.now();
      const first = now - (now % hourMs) - (hoursShown - 1) * hourMs;
      const counts = await store.countsOf(organizationId, ids, first);
      return { data: counts.map((each) => statisticsResource(each, first)) };
    },
  };
}

const none: AttemptCounts = { delivered: 0, failed: 0, throttled: 0 };

/** @param first the start of the oldest hour shown. */
function statisticsResource({ webhookId, hours }: WebhookCounts, first: number): StatisticsResource {
  const counted = new Map(hours.map((each) => [each.hour, each]));
  const shown = Array.from({ length: hoursShown }, (_, index) => {
    const hour = first + index * hourMs;
    const { delivered, failed, throttled } = counted.get(hour) ?? none;
    return { at: iso(hour), delivered, failed, throttled };
  });
  const total = shown.reduce<AttemptCounts>(sum, none);
  const finished = total.delivered + total.failed;
  return {
    webhook_id: webhookId,
    ...total,
    success_rate: finished === 0 ? null : total.delivered / finished,
    hours: shown,
  };
}

function sum(one: AttemptCounts, other: AttemptCounts): AttemptCounts {
  return {
    delivered: one.delivered + other.delivered,
    failed: one.failed + other.failed,
    throttled: one.throttled + other.throttled,
  };
}
