import type { Furnished } from './furnished.ts';

/** Every page of the dashboard, as addresses in a furnished organization. */
export function places(
  { webhooks, eventId }: Furnished,
  eventType: { readonly provider: string; readonly type: string },
) {
  return {
    connect: '/connect',
    webhooks: '/webhooks',
    'new-webhook': '/webhooks/new',
    'edit-webhook': `/webhooks/${webhooks.paused}/edit`,
    'webhook-healthy': `/webhooks/${webhooks.healthy}`,
    'webhook-paused': `/webhooks/${webhooks.paused}`,
    'webhook-disabled': `/webhooks/${webhooks.disabled}`,
    'webhook-failing': `/webhooks/${webhooks.failing}`,
    'webhook-ended': `/webhooks/${webhooks.ended}`,
    events: '/events',
    event: `/events/${eventId}`,
    catalogue: '/catalogue',
    'event-type': `/catalogue/${eventType.provider}/${encodeURIComponent(eventType.type)}`,
    settings: '/settings',
    'not-found': '/webhooks/nothing/here',
  } as const;
}
