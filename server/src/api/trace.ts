import type { OperationOutput } from '@bellhop/shared';
import type { Event, Webhook } from '../model.ts';

type Match = Pick<OperationOutput<'getEvent'>['trace'][number], 'matched' | 'reason' | 'explanation'>;

/** Why an event went to a webhook, or did not: pure, by what both say now and whether there is a delivery. */
export function explainMatch(webhook: Webhook, event: Event, delivered: boolean): Match {
  if (delivered) return { matched: true, reason: 'subscribed', explanation: `It subscribes to ${event.type}.` };
  const no = (reason: Match['reason'], explanation: string): Match => ({ matched: false, reason, explanation });
  if (event.test) return no('other_event_types', 'The event is a test of another webhook.');
  if (webhook.provider !== event.provider) {
    return no('other_provider', `It takes events of ${webhook.provider}, this is one of ${event.provider}.`);
  }
  if (webhook.createdAt > event.createdAt) return no('created_later', 'It was created after the event was published.');
  if (!webhook.events.includes(event.type)) {
    return no('other_event_types', `It subscribes to ${webhook.events.join(', ')}, not to ${event.type}.`);
  }
  return no('not_subscribed_then', `It did not yet subscribe to ${event.type} when the event was published.`);
}
