import type { Page } from 'playwright-core';

/** Ids of what the pages are about. */
interface Subjects {
  readonly webhooks: Readonly<Record<'healthy' | 'paused' | 'disabled' | 'failing' | 'ended', string>>;
  readonly eventId: string;
}

/** Every page of the dashboard, as addresses in a furnished organization. */
export function places(
  { webhooks, eventId }: Subjects,
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

/** Opens an address, and resolves when the page shows what it is about. */
export async function opened(page: Page, address: string): Promise<void> {
  // With a fragment, the page that is open might only be asked to move to another place in it.
  if (address.includes('#')) await page.goto('about:blank');
  await page.goto(address);
  await page.getByRole('heading', { level: 1 }).filter({ hasNotText: 'Signing in' }).waitFor();
  await page.locator('[aria-label="Loading"]').first().waitFor({ state: 'detached' });
}
