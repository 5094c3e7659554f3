import { evaluateFilter, parseFilter } from '@bellhop/shared';
import type { Webhook, Work } from '../model.ts';

/**
 * Why a webhook does not want an event that waited for it: it has removed the event type since, or it took the event over from
 * a hook with another filter. Undefined: it wants it.
 */
export function unwanted({ events, filter, createdAt }: Webhook, { event, delivery }: Work): string | undefined {
  if (event.test) return undefined;
  if (!events.includes(event.type)) return `The webhook does not subscribe to ${event.type} any more.`;
  // Later it was matched when it was published.
  if (filter === null || delivery.createdAt >= createdAt) return undefined;
  const parsed = parseFilter(filter);
  if (!parsed.ok) return undefined;
  const { matches, explanation } = evaluateFilter(parsed.filter, JSON.parse(event.data));
  return matches ? undefined : `The webhook took it over, and its filter does not match: ${explanation}.`;
}
