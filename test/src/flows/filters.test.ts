import type { JsonObject } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import type { Subject } from './support.ts';
import { FlowStage } from './support.ts';

const stage = new FlowStage();

/** A webhook on Boltcall leads with a filter, beside one without, which shows that everything has been sent. */
async function filtered(filter: string): Promise<{ subject: Subject; witness: Subject }> {
  const subject = await stage.webhook('boltcall', { body: { filter } });
  const witness = await stage.webhook('boltcall', { tenant: subject.tenant });
  return { subject, witness };
}

function scores({ receiver }: Subject): unknown[] {
  return receiver.received.map(({ json }) => (json.data as JsonObject).score);
}

describe('a webhook with a filter', () => {
  test('gets the events that satisfy it, and no other', async () => {
    const { subject, witness } = await filtered('score >= 80 and tags contains "high-intent"');
    for (const score of [79, 80, 81]) await witness.publish({ ...witness.sample, score });
    await witness.publish({ ...witness.sample, score: 82, tags: [] });
    await witness.receiver.atLeast(4);
    await subject.recorded(2);
    expect(scores(subject).sort()).toEqual([80, 81]);
    expect(await subject.deliveries()).toHaveLength(2);
  });

  test('in a batch each event is judged for itself', async () => {
    const { subject, witness } = await filtered('score < 50');
    const event = { provider: 'boltcall', type: witness.type };
    const events = Array.from({ length: 100 }, (_, score) => ({ ...event, data: { ...witness.sample, score } }));
    await witness.tenant.client.publishBatch({ body: { events } });
    await witness.receiver.atLeast(100);
    await subject.recorded(50);
    expect(await subject.deliveries()).toHaveLength(50);
    expect(scores(subject).every((score) => Number(score) < 50)).toBe(true);
  });

  test('a test is sent whatever the filter says', async () => {
    const { subject } = await filtered('score > 1000');
    const attempt = await subject.tenant.client.testWebhook({ params: { id: subject.webhook.id } });
    expect(attempt).toMatchObject({ test: true, outcome: 'delivered' });
    expect(subject.receiver.received).toHaveLength(1);
  });

  test('a changed filter holds for what is published afterwards; what is held goes on', async () => {
    const { subject, witness } = await filtered('score >= 80');
    await subject.pause();
    await witness.publish({ ...witness.sample, score: 85 });
    const params = { id: subject.webhook.id };
    await subject.tenant.client.updateWebhook({ params, body: { filter: 'score < 80' } });
    await witness.publish({ ...witness.sample, score: 86 });
    await witness.publish({ ...witness.sample, score: 10 });
    await subject.resume();
    await witness.receiver.atLeast(3);
    await subject.recorded(2);
    expect(scores(subject).sort()).toEqual([10, 85]);
  });

  test("sees the data as the organization's settings let it leave", async () => {
    const tenant = await stage.server.tenant();
    const body = { opportunity_fields: ['title'], contact_fields: ['id'], won_stages: [], lost_stages: [] };
    await tenant.client.putProviderSettings({ params: { provider: 'bolten' }, body });
    const type = 'opportunity.created';
    const make = (filter: string) => stage.webhook('bolten', { tenant, body: { events: [type], filter } });
    const kept = await make('opportunity.id exists');
    const sent = await make('not opportunity.id exists and opportunity.title exists');
    const { sample } = await tenant.client.getEventType({ params: { provider: 'bolten', type } });
    await tenant.client.publishEvent({ body: { provider: 'bolten', type, data: sample } });
    await sent.recorded(1);
    expect(await kept.deliveries()).toEqual([]);
  });
});
