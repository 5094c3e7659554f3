import type { OperationOutput } from '@bellhop/shared';
import { evaluateFilter, parseFilter } from '@bellhop/shared';
import type { Delivery, Event, Webhook } from '../model.ts';

type Match = Pick<OperationOutput<'getEvent'>['trace'][number], 'matched' | 'reason' | 'explanation'>;

/**
 * Explains why an event matched a webhook or did not, from the state of both now.
 *
 * @param deliveries of the event to the webhook
 */
export function explainMatch(webhook: Webhook, event: Event, deliveries: readonly Pick<Delivery, 'state'>[]): Match {
  if (deliveries.length > 0) return { matched: true, ...explainDeliveries(webhook, event, deliveries) };
  const no = (reason: Match['reason'], explanation: string): Match => ({ matched: false, reason, explanation });
  if (event.test) return no('other_event_types', 'The event is a test for another webhook.');
  if (webhook.provider !== event.provider) {
    return no('other_provider', `It receives events of ${webhook.provider}; this is an event of ${event.provider}.`);
  }
  if (webhook.createdAt > event.createdAt) return no('created_later', 'It was created after the event was published.');
  if (!webhook.events.includes(event.type)) {
    return no('other_event_types', `It subscribes to ${webhook.events.join(', ')}, not to ${event.type}.`);
  }
  const unsatisfied = filterProblem(webhook, event);
  if (unsatisfied) return no('filtered', unsatisfied);
  return no(
    'not_subscribed_then',
    `It was changed later: when the event was published, it did not subscribe to ${event.type} or its filter did not match.`,
  );
}

function explainDeliveries(
  { createdAt, statusReason, statusUntil }: Webhook,
  event: Event,
  deliveries: readonly Pick<Delivery, 'state'>[],
): Pick<Match, 'reason' | 'explanation'> {
  const isDropped = deliveries.some(({ state }) => state === 'pending' || state === 'discarded');
  if (statusReason?.code === 'unsubscribed' && statusUntil === null && isDropped) {
    const explanation = `It subscribed to ${event.type} until its platform unsubscribed. No hook replaced it in time, so what waited was dropped.`;
    return { reason: 'subscribed', explanation };
  }
  if (createdAt > event.createdAt && !event.test) {
    return { reason: 'taken_over', explanation: 'It took this over from the hook that it replaced.' };
  }
  return { reason: 'subscribed', explanation: `It subscribes to ${event.type}.` };
}

/** Why the webhook's current filter rejects the event; undefined when it does not. */
function filterProblem(webhook: Webhook, event: Event): string | undefined {
  const parsed = webhook.filter === null ? undefined : parseFilter(webhook.filter);
  if (!parsed?.ok) return undefined;
  const { matches, explanation } = evaluateFilter(parsed.filter, JSON.parse(event.data));
  if (matches) return undefined;
  if (!changedSince(webhook, event)) return `Its filter does not match: ${explanation}.`;
  return `Its current filter does not match: ${explanation}. The webhook was changed after the event was published, so an earlier filter or other event types may be the reason.`;
}

/** True when anything about the webhook, even its name, can have changed since the event was published. */
function changedSince({ revision, updatedAt }: Webhook, { createdAt }: Event): boolean {
  return revision > 1 && updatedAt >= createdAt;
}
