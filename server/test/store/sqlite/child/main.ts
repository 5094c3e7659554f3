import { randomUUID } from 'node:crypto';
import type { Event, Webhook } from '../../../../src/model.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/store.ts';

/**
 * A process that has a store open, for tests that kill it. `hold`: it does nothing more. `publish`: it publishes for ever
 * and prints the id of each event that the store has acknowledged.
 */
const [task, file = ''] = process.argv.slice(2);
const node = 'node_child';
const now = Date.now();

const webhook: Webhook = {
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
  rateLimit: null,
  retry: null,
  filter: null,
  ordering: 'parallel',
  sealed: '',
  status: 'active',
  statusReason: null,
  consecutiveFailures: 0,
  goneAnswers: 0,
  revision: 1,
  createdAt: now,
  updatedAt: now,
};

function newEvent(): Event {
  const { organizationId, provider } = webhook;
  const data = JSON.stringify({ filler: 'x'.repeat(500) });
  return {
    id: randomUUID(),
    organizationId,
    provider,
    type: 'new_lead',
    test: false,
    occurredAt: now,
    createdAt: now,
    data,
  };
}

const store = await openSqliteStore(file);
await store.migrate();
await store.heartbeat(node, now + 30_000);
process.stdout.write('ready\n');

if (task === 'publish') {
  await store.insertOrganization({ id: webhook.organizationId, name: 'Acme', createdAt: now });
  await store.insertWebhook(webhook);
  for (;;) {
    const event = newEvent();
    const request = { organizationId: webhook.organizationId, idempotency: null, events: [event], answer: '' };
    await store.publish([request], { node, now });
    process.stdout.write(`${event.id}\n`);
  }
}
setInterval(() => {}, 1000);
