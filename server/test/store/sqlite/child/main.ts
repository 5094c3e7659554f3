import { randomUUID } from 'node:crypto';
import type { Event } from '../../../../src/model.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/store.ts';
import { plainWebhook } from '../../../webhook.ts';

/**
 * A process that has a store open, for tests that kill it. `hold`: it does nothing more. `publish`: it publishes for ever
 * and prints the id of each event that the store has acknowledged.
 */
const [task, file = ''] = process.argv.slice(2);
const node = 'node_child';
const now = Date.now();

const webhook = plainWebhook({ createdAt: now, updatedAt: now });

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
