import type { Webhook } from '../src/model.ts';

/** A webhook with nothing special about it but what is given. */
export function plainWebhook(differences: Partial<Webhook> = {}): Webhook {
  return {
    id: 'wh_1',
    organizationId: 'org_1',
    provider: 'salpre',
    name: null,
    description: null,
    url: 'https://example.com/',
    events: ['new_lead'],
    format: 'provider',
    platform: 'custom',
    externalId: null,
    restHook: false,
    acknowledges: false,
    listener: false,
    rateLimit: null,
    retry: null,
    filter: null,
    ordering: 'parallel',
    sealed: 'sealed',
    status: 'active',
    statusReason: null,
    statusUntil: null,
    consecutiveFailures: 0,
    goneAnswers: 0,
    revision: 1,
    createdAt: 0,
    updatedAt: 0,
    ...differences,
  };
}
